"""Write a decision as a MADR 4 record, in Markdown, with the verdicts under *Confirmation*.

MADR (adr.github.io/madr) is a template for architecture decision records. The text depends on the review's
record alone: it has no time of the run and no path, so the same review writes the same file.
"""

from collections.abc import Iterator

from wavetank.studies.reviewing.quantities import value_text
from wavetank.studies.reviewing.record import DecisionRecord, RowRecord
from wavetank.studies.reviewing.telling import number_of, range_of, runs_of, verdict_words

FOLDER = "adr"
"""Where the records of a review are, below its folder."""


def name_of(number: int, decision: DecisionRecord) -> str:
    """Return the file's name of a decision: "0001-token-lifetime.md".

    Examples
    --------
    >>> from wavetank.studies.reviewing.record import OptionRecord
    >>> options = (OptionRecord(id="a", title="A"),)
    >>> shown = {"id": "x", "title": "t", "status": "proposed", "date": "2026-11-30", "context": "c"}
    >>> name_of(1, DecisionRecord(**shown, options=options))
    '0001-x.md'
    """
    return f"{number:04d}-{decision.id}.md"


def record_of(decision: DecisionRecord) -> str:
    """Return a decision as a record of MADR 4 (adr.github.io/madr), with every claim and its verdict."""
    return "\n".join([*_front(decision), *_body(decision), *_confirmation(decision), *_options(decision), ""])


def _front(decision: DecisionRecord) -> Iterator[str]:
    yield "---"
    yield f"status: {decision.status}"
    yield f"date: {decision.date}"
    people = (
        ("decision-makers", decision.decided_by),
        ("consulted", decision.consulted),
        ("informed", decision.informed),
    )
    for name, words in people:
        if words:
            yield f"{name}: [{', '.join(_quoted(word) for word in words)}]"
    yield "---"
    yield ""


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'


def _body(decision: DecisionRecord) -> Iterator[str]:
    yield from (f"# {_inline(decision.title)}", "", "## Context and Problem Statement", "")
    yield from (decision.context.strip(), "")
    if decision.drivers:
        yield from ("## Decision Drivers", "", *_items(decision.drivers), "")
    yield from ("## Considered Options", "")
    yield from (*_items(option.title for option in decision.options), "")
    yield from ("## Decision Outcome", "", _outcome(decision), "")
    if decision.good or decision.bad:
        good = (f"Good, because {_clause(text)}" for text in decision.good)
        bad = (f"Bad, because {_clause(text)}" for text in decision.bad)
        yield from ("### Consequences", "", *_items([*good, *bad]), "")


def _outcome(decision: DecisionRecord) -> str:
    if not decision.chosen:
        lacking = " ".join(decision.missing)
        return f"Nothing is chosen yet. {lacking}".strip()
    against = sum(row.verdict == "fails" for row in decision.rows if row.option != decision.chosen)
    own = [row.verdict for row in decision.of_option(decision.chosen)]
    held = f"{own.count('holds')} of its {len(own)} claims hold, and the other options fail {against}"
    return f'Chosen option: "{_inline(decision.option(decision.chosen).title)}", because {held}.'


def _confirmation(decision: DecisionRecord) -> Iterator[str]:
    if not decision.rows:
        return
    yield from ("### Confirmation", "")
    yield "The claims were run by `wavetank review`. Each row repeats with the command of its option."
    yield from ("", "| claim | option | verdict | limit | figure | evidence |", "|---|---|---|---|---|---|")
    for row in decision.rows:
        cells = (
            decision.claim(row.claim).text,
            row.option + (" (chosen)" if row.option == decision.chosen else ""),
            verdict_words(row),
            _limit(row),
            number_of(row),
            ", ".join(part for part in (runs_of(row), range_of(row), row.why_not) if part),
        )
        yield "| " + " | ".join(_inline(cell).replace("|", "\\|") for cell in cells) + " |"
    yield ""
    if decision.notes:
        yield from (*_items(decision.notes), "")


def _limit(row: RowRecord) -> str:
    if row.limit is None or not row.sense:
        return ""
    if row.than:
        return f"{row.sense} {row.limit:g} times {row.than}"
    return f"{row.sense} {value_text(row.quantity, row.limit)}"


def _options(decision: DecisionRecord) -> Iterator[str]:
    yield from ("## Pros and Cons of the Options", "")
    for option in decision.options:
        yield from (f"### {_inline(option.title)}", "")
        good = [f"Good, because {_clause(text)}" for text in option.good]
        bad = [f"Bad, because {_clause(text)}" for text in option.bad]
        for row in decision.of_option(option.id):
            said = f"“{decision.claim(row.claim).text}” {row.verdict}"
            figure = f" ({number_of(row)})" if number_of(row) else ""
            if row.verdict == "holds":
                good.append(f"Good, because {said}{figure}")
            elif row.verdict == "fails":
                bad.append(f"Bad, because {said}{figure}")
        yield from (*_items([*good, *bad]), "")
        command = next((row.command for row in decision.of_option(option.id) if row.command), "")
        if command:
            yield from ("```sh", command, "```", "")
    if decision.sources:
        yield from ("## More Information", "")
        yield from _items(f"{name}: {source}" for name, source in decision.sources.items())


def _items(texts: "Iterator[str] | tuple[str, ...] | list[str]") -> list[str]:
    return [f"* {_inline(text)}" for text in texts]


def _inline(text: str) -> str:
    return " ".join(text.split())


def _clause(text: str) -> str:
    """A sentence as it stands behind "because"."""
    flat = _inline(text).rstrip(".")
    second = flat[1:2]
    return flat if second.isupper() else flat[:1].lower() + flat[1:]
