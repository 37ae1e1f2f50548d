"""The figures on top: verdict, recovery, losses, latency against the objective."""

from collections.abc import Sequence
from typing import NamedTuple

from wavetank.face.report.designs import Design
from wavetank.results.judge.outcomes import IS_WELL, Outcome
from wavetank.results.result import Result
from wavetank.results.slo import Judged
from wavetank.results.statistics import difference
from wavetank.studies import formatting

SIGNS = {outcome.value: "✓" if outcome in IS_WELL else "✗" for outcome in Outcome} | {"undecided": "?"}
"""The sign next to a verdict's word, for those who see no colours."""


SAME = "="
"""No difference at all."""


class Big(NamedTuple):
    """A large figure: what it is, what it comes to, and a line below. `metric` is where it leads."""

    title: str
    figure: str
    below: str
    metric: str


class Row(NamedTuple):
    """A line of the table of objectives: the bound, what came out, and whether that is met."""

    metric: str
    bound: str
    figure: str
    told: str


def big_figures(result: Result) -> list[Big]:
    """The four that are looked at first."""
    return [_recovery(result), _lost(result), _latency(result), _cores(result)]


def _figure(result: Result, metric: str) -> str:
    if metric not in result.summary:
        return formatting.ABSENT
    return formatting.found(metric, result.summary[metric], result.censored)


def _interval(result: Result, metric: str) -> str:
    pair = result.intervals.get(metric)
    return f"95 % interval {formatting.interval(metric, pair)}" if pair else ""


def _recovery(result: Result) -> Big:
    title, metric = "Back after", "recovery_s"
    if metric not in result.summary:
        return Big(title, "–", "there is no fault in this run", metric)
    if result.summary[metric] is None:
        return Big(title, formatting.recovery(result.censored), "not back when the run ended", metric)
    return Big(
        title, _figure(result, metric), _interval(result, metric) or "from the end of the fault", metric
    )


def _lost(result: Result) -> Big:
    produced, queued = (_figure(result, metric) for metric in ("events_produced", "events_queued"))
    below = f"of {produced} created; {queued} still wait at the end"
    return Big("Events lost", _figure(result, "events_dropped"), below, "events_dropped")


def _latency(result: Result) -> Big:
    metric = "event_latency_p99_s"
    judged = next((judged_one for judged_one in result.judged if judged_one.metric == metric), None)
    below = (
        f"objective: at most {formatting.figure(metric, judged.bound)}, {_met(judged)}"
        if judged
        else "no objective is stated"
    )
    return Big("Event latency, p99", _figure(result, metric), below, metric)


def _cores(result: Result) -> Big:
    metric = "server_utilisation"
    wasted = _figure(result, f"{metric}.wasted")
    return Big("Cores busy", _figure(result, metric), f"{wasted} wasted on abandoned requests", metric)


def _met(judged: Judged) -> str:
    if judged.met is None and judged.at_least is not None:
        return "the run ended too early to say"
    return {True: "met", False: "missed", None: "nothing to measure"}[judged.met]


def objectives(result: Result) -> list[Row]:
    """Every objective of the scenario."""
    return [
        Row(formatting.title_of(bound.metric), f"at most {formatting.figure(bound.metric, bound.bound)}",
            formatting.outcome_of(bound.metric, bound.value, bound.met, bound.at_least), _met(bound))
        for bound in result.judged
    ]  # fmt: skip


class Cell(NamedTuple):
    """A figure; below it its interval, or its difference from A with the interval of that."""

    figure: str
    below: str = ""


def cells(designs: Sequence[Design], metric: str) -> list[Cell]:
    """The figure of every design, with the paired differences from the first.

    Of two designs the difference has a cell of its own; of more it stands below the figures.
    """
    first, *others = [design.result for design in designs]
    steps = [_step(first, other, metric) for other in others]
    if len(steps) == 1:
        return [
            *(Cell(_figure(result, metric), _pair(result, metric)) for result in (first, *others)),
            *steps,
        ]
    below = [" ".join(part for part in step if part != SAME) or SAME for step in steps]
    differences = [Cell(_figure(other, metric), text) for other, text in zip(others, below, strict=True)]
    return [Cell(_figure(first, metric), _pair(first, metric)), *differences]


def columns(designs: Sequence[Design]) -> list[str]:
    """Return the headings of the columns."""
    letters = [design.letter for design in designs]
    return [*letters, "B − A"] if len(letters) == 2 else letters


def _pair(result: Result, metric: str) -> str:
    return formatting.interval(metric, result.intervals.get(metric))


def _step(a: Result, b: Result, metric: str) -> Cell:
    """Difference of b from a in words, and its 95 % interval."""
    if metric not in a.summary and metric not in b.summary:
        return Cell("")
    mean, low, high = difference(a, b, metric)
    if mean is None:
        return Cell("")
    if not any((mean, low, high)):
        return Cell(SAME)
    pair = None if low is None or high is None else (low, high)
    return Cell(
        formatting.step(metric, mean).replace("-", "\u2212", 1), formatting.step_interval(metric, pair)
    )
