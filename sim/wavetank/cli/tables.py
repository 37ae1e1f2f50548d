"""Aligned tables of figures on standard output."""

import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from wavetank.policy.codes import Activity
from wavetank.results.result import Result
from wavetank.results.slo import Judged
from wavetank.results.summary import Summary
from wavetank.studies import formatting
from wavetank.studies.headlines import headlines

_WIDE = 110
"""Columns where there is no terminal: as wide as the lines of our sources, so that files wrap nowhere."""


def console() -> Console:
    """Standard output, without colours or wrapped lines where it is no terminal."""
    width = None if sys.stdout.isatty() else _WIDE
    return Console(file=sys.stdout, highlight=False, markup=False, emoji=False, width=width)


def say(out: Console, text: str) -> None:
    """A sentence, wrapped at words on a terminal."""
    out.print(text, soft_wrap=not out.is_terminal)


def put(out: Console, table: Table) -> None:
    """A table, without blanks at the ends of its lines where it is no terminal."""
    if out.is_terminal:
        out.print(table)
    else:
        with out.capture() as captured:
            out.print(table)
        out.print("\n".join(line.rstrip() for line in captured.get().splitlines()), soft_wrap=True)


def plain_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A table without lines: the first column to the left, figures to the right."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=any(headings))
    for index, heading in enumerate(headings):
        table.add_column(Text(heading), justify="left" if index == 0 else "right", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def result_table(result: Result) -> Table:
    """The headlines of one result, with intervals where there are replications."""
    rows = []
    for metric, text in headlines([result.summary]):
        pair = formatting.interval(metric, result.intervals.get(metric))
        rows.append((text, formatting.found(metric, result.summary[metric], result.censored), pair))
        if metric == "recovery_s" and len(result.faults) > 1:
            rows += _recoveries(result)
        if metric == "server_utilisation":
            rows += [(f"  {name}", share, "") for name, share in _activities(result.summary)]
    interval = "95 % interval" if result.replications > 1 else ""
    return plain_table(("", "", interval), rows)


def _recoveries(result: Result) -> list[tuple[str, str, str]]:
    """The recovery from each of several faults."""
    rows = []
    for index, span in enumerate(result.faults):
        metric = f"recovery_s.{index}"
        pair = formatting.interval(metric, result.intervals.get(metric))
        shown = formatting.found(metric, result.summary.get(metric), result.censored)
        rows.append((f"  from {span.kind}", shown, pair))
    return rows


def _activities(summary: Summary) -> list[tuple[str, str]]:
    """List the activities that kept the cores busy, the greatest share first."""
    names = [activity.name.lower() for activity in Activity]
    shares = {name: summary.get(f"server_utilisation.{name}") or 0.0 for name in names}
    ordered = sorted(shares.items(), key=lambda pair: -pair[1])
    return [(name, f"{100 * share:.1f} %") for name, share in ordered if share >= 0.0005]


def slo_table(judged: Sequence[Judged]) -> Table:
    """Every objective, what came out, and whether it was met."""
    rows = [
        (
            formatting.title_of(objective.metric),
            f"at most {formatting.figure(objective.metric, objective.bound)}",
            formatting.outcome_of(objective.metric, objective.value, objective.met, objective.at_least),
            met_word(objective),
        )
        for objective in judged
    ]
    return plain_table(("objective", "", "found", ""), rows)


def met_word(objective: Judged) -> str:
    """Return whether an objective is met, as tables say it."""
    if objective.met is None and objective.at_least is not None:
        return "the run ended too early to say"
    return {True: "met", False: "MISSED", None: "nothing to measure"}[objective.met]


def colophon(results: Sequence[Result], wall_s: float) -> str:
    """Who answered, from what, and how long it took."""
    first = results[0]
    runs = "1 run" if first.replications == 1 else f"{first.replications} replications"
    return (
        f"Engine {first.engine}, model version {first.model_version}, seed {first.seed}, {runs}, "
        f"{formatting.duration(wall_s)} of wall time."
    )


def text_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A table of words; the last column is wrapped."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=any(headings))
    for index, heading in enumerate(headings):
        table.add_column(Text(heading), no_wrap=index < len(headings) - 1)
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    return table
