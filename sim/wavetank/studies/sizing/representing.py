"""Show a sizing as rows, as a data frame, as JSON and as a table for notebooks.

All four are made from `Answer`. The table lists the answer first, then its neighbours. Numbers stay in SI
units in the frame and in JSON; only the table for people is rounded and has words. JSON has no infinity, so
an infinite value is null there. pandas is imported only when a frame is asked for. Nothing is decided here.
"""

from collections.abc import Iterable, Sequence
from html import escape
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

from wavetank.results.metrics import unit_of
from wavetank.studies.sequential import Decision
from wavetank.studies.sizing import telling
from wavetank.studies.sizing.answer import Answer
from wavetank.studies.sizing.asked import Asked
from wavetank.studies.sizing.conditions import DAY, TITLES

if TYPE_CHECKING:
    import pandas

COLOURS = {Decision.HOLDS: "#009E7355", Decision.UNDECIDED: "#E69F0055", Decision.FAILS: "#D55E0055"}
"""As a sweep has them: good, open and bad."""
HEADS = ("condition", "simulated", "runs held", "P at least", "nearest to its bound", "decision")


class Line(NamedTuple):
    """The row of a table for a design under a condition."""

    value: str
    condition: str
    simulated: str
    runs: str
    probability: str
    nearest: str
    decision: Decision
    few: bool

    @property
    def texts(self) -> tuple[str, ...]:
        """Its cells behind the value."""
        word = f"{self.decision.value}, to make sure" if self.few else self.decision.value
        return (self.condition, self.simulated, self.runs, self.probability, self.nearest, word)


def lines_of(size: Answer) -> list[Line]:
    """Return the sizing table: the answer first, then the designs around it."""
    ordered = sorted(size.asked, key=lambda asked: (asked.rank != size.rank, asked.rank))
    return [_line(size, asked) for asked in ordered]


def _line(size: Answer, asked: Asked) -> Line:
    evidence, margin = asked.evidence, telling.tightest_of(asked)
    claimed = asked.condition != DAY and not asked.few
    return Line(
        f"{size.sought.value(asked.rank):,}",
        TITLES[asked.condition],
        asked.shape.text,
        f"{evidence.held} of {evidence.runs}",
        f"{evidence.low:.2f}" if claimed else "",
        telling.reached_text(margin) if margin is not None else "",
        evidence.decision,
        asked.few,
    )


def frame_of(size: Answer) -> "pandas.DataFrame":
    """Return a row for each design, condition and objective."""
    import pandas

    rows = []
    for asked in size.asked:
        server, evidence = asked.shape.resolved.server, asked.evidence
        head = {
            size.sought.word: size.sought.value(asked.rank),
            "is_answer": asked.rank == size.rank,
            "condition": asked.condition,
            "simulated_agents": asked.shape.resolved.agents,
            "simulated_nodes": server.nodes,
            "simulated_cores": server.cores,
            "decision": evidence.decision.value,
            "held": evidence.held,
            "failed": evidence.failed,
            "runs": evidence.runs,
            "probability_low": evidence.low,
            "probability_high": evidence.high,
            "runs_needed": evidence.needed,
            "claimed": not asked.few,
        }
        for margin in asked.margins:
            unit = unit_of(margin.metric)
            rows.append({**head, **margin._asdict(), "ratio": margin.ratio, "unit": unit})
        if not asked.margins:
            rows.append({**head, "metric": "", "bound": None, "worst": None, "ratio": None, "unit": ""})
    return pandas.DataFrame.from_records(rows)


def json_of(size: Answer) -> dict[str, Any]:
    """Return a sizing as JSON types; what is infinite is null."""
    return {
        "scenario": size.scenario,
        "find": size.sought.word,
        "answer": size.answer,
        "decision": size.decision.value,
        "probability": size.claim.probability,
        "confidence": round(1 - 3 / size.claim.threshold, 4),
        "agents": size.agents,
        "nodes": size.nodes,
        "cores": size.cores,
        "text": list(telling.sentences(size)),
        "table": [_plain(size, asked) for asked in size.asked],
        "resources": [resource._asdict() | {"share": _finite(resource.share)} for resource in size.resources],
        "seed": size.seed,
        "runs": size.runs,
    }


def _plain(size: Answer, asked: Asked) -> dict[str, Any]:
    server = asked.shape.resolved.server
    return {
        size.sought.word: size.sought.value(asked.rank),
        "condition": asked.condition,
        "simulated": {
            "agents": asked.shape.resolved.agents,
            "nodes": server.nodes,
            "cores": server.cores,
        },
        **asked.evidence._asdict(),
        "decision": asked.evidence.decision.value,
        "claimed": not asked.few,
        "objectives": [margin._asdict() | {"worst": _finite(margin.worst)} for margin in asked.margins],
    }


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def html_of(size: Answer) -> str:
    """Return what a notebook shows: the answer in a sentence, and the sizing table."""
    lines = lines_of(size)
    rows = [(line.value, *line.texts) for line in lines]
    table = table_html((size.sought.word, *HEADS), rows, [COLOURS[line.decision] for line in lines])
    first, *others = telling.sentences(size)
    notes = "".join(f"<li>{escape(text)}</li>" for text in others)
    return f"<p><b>{escape(first)}</b></p>{table}<ul>{notes}</ul>"


def table_html(heads: Sequence[str], rows: Iterable[Sequence[str]], colours: Sequence[str] = ()) -> str:
    """Return a table, with a colour behind each row."""
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = []
    for index, row in enumerate(rows):
        style = f' style="background:{colours[index]}"' if colours else ""
        body.append(f"<tr{style}>{''.join(f'<td>{escape(text)}</td>' for text in row)}</tr>")
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"
