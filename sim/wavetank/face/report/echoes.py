"""Echoes and relapses in words and a table: when each came, how high it was, and where it came from."""

import tomllib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from wavetank.face.marks import NAMES, Marks, Worse, marks_of
from wavetank.face.report.causes import logins_surge
from wavetank.face.report.designs import Design
from wavetank.results.judge.statements import Kind
from wavetank.results.result import Result
from wavetank.studies import formatting
from wavetank.studies.fates import letters_of
from wavetank.units import SECOND, parse_duration

REMEDY = (
    'A random part of each token\'s life spreads them: auth.jitter with auth.renew = "before-expiry", over '
    "several minutes."
)
HEADS = (
    "begins",
    "after the fault",
    "lasts",
    "height, share of the first peak",
    "logins that renew marked tokens",
)


class Row(NamedTuple):
    """One echo, relapse or later wave: its name, and a cell for each of `HEADS`."""

    name: str
    cells: tuple[str, ...]


class Told(NamedTuple):
    """The section on echoes: its heading ("" for none), its sentences, and its table."""

    heading: str
    sentences: list[str]
    rows: list[Row]


def told(designs: Sequence[Design]) -> Told:
    """Return the section on what came after a fleet was back."""
    marked = [(design, marks_of(design.result)) for design in designs]
    rows = [_row(design, worse) for design, marks in marked for worse in marks.worse]
    kinds = {worse.kind for _, marks in marked for worse in marks.worse}
    sentences = list(_sentences(designs, marked))
    if Kind.ECHO in kinds:
        heading = "Echoes"
    else:
        heading = "Worse again" if kinds else "Echoes to come" if sentences else ""
    if rows and designs[0].result.replications > 1:
        sentences.append("The table is of the first run.")
    return Told(heading, sentences, rows)


def _row(design: Design, worse: Worse) -> Row:
    name = NAMES[worse.kind]
    lasts = formatting.duration(worse.end_s - worse.begin_s)
    return Row(
        f"{design.letter}: {name}" if design.letter else name.capitalize(),
        (
            formatting.clock(worse.begin_s),
            formatting.duration(worse.after_s),
            lasts if worse.over else f"> {lasts}",
            formatting.ABSENT if worse.height is None else formatting.figure("echo_height_max", worse.height),
            formatting.ABSENT if worse.marked_share is None else f"{100 * worse.marked_share:.0f} %",
        ),
    )


def _sentences(designs: Sequence[Design], marked: Sequence[tuple[Design, Marks]]) -> Iterator[str]:
    stretches = [worse for _, marks in marked for worse in marks.worse]
    echoes = [worse for worse in stretches if worse.kind is Kind.ECHO]
    if any(worse.marked_share is not None for worse in echoes):
        yield _by_tokens(designs[0].result)
    elif echoes:
        yield "Agents that began again together keep in step, so the load comes again each period: an echo."
    if any(worse.kind is Kind.RELAPSE for worse in stretches):
        yield (
            "In a relapse most logins renew other tokens than those that were granted in a disturbance: look "
            "for another cause."
        )
    if any(worse.kind is Kind.LATER_WAVE for worse in stretches):
        yield "The cause of a later wave cannot be told: recovery took too long for that."
    if not echoes:
        yield from _to_come(marked)


def _by_tokens(result: Result) -> str:
    life_s = token_life_s(result)
    later = f"{formatting.duration(life_s)} later" if life_s else "a token's life later"
    return (
        "Tokens that are granted together expire together. The agents that logged in at once after the fault "
        f"renew at once {later}, and that wave of logins is an echo. Marked tokens are those granted before "
        f"the fleet was back, or in an earlier echo. {REMEDY}"
    )


def _to_come(marked: Sequence[tuple[Design, Marks]]) -> Iterator[str]:
    """Where a run ended before the tokens of its first wave expired, its echoes were not seen."""
    unseen = []
    for design, marks in marked:
        back_s = next((instant.at_s for instant in marks.instants if instant.name == "back"), None)
        life_s = token_life_s(design.result)
        if back_s is not None and life_s > marks.ended_s - back_s and logins_surge(design.result):
            unseen.append((design.letter, back_s + life_s))
    if unseen:
        who = f" of {letters_of([letter for letter, _ in unseen])}" if unseen[0][0] else ""
        until = formatting.duration(max(until_s for _, until_s in unseen))
        ends = "runs{} end" if len(unseen) > 1 else "run{} ends"
        yield (
            f"Tokens that are granted together expire together, and the {ends.format(who)} before they do. "
            f"Run at least {until} to see whether the logins come again as an echo. {REMEDY}"
        )


def token_life_s(result: Result) -> float:
    """Return how long the server's tokens live, in s; 0 where there are none, or the scenario is not held."""
    auth = tomllib.loads(result.toml).get("auth", {})
    if auth.get("scheme") != "server-token" or "ttl" not in auth:
        return 0.0
    return parse_duration(auth["ttl"]) / SECOND
