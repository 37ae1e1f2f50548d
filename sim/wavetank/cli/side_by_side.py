"""The table of a comparison: metric by design, with what sets them apart from A."""

from rich.table import Table

from wavetank.cli.tables import met_word, plain_table
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.result import Result
from wavetank.results.shares import share_of
from wavetank.results.slo import Judged
from wavetank.studies import formatting
from wavetank.studies.comparison import Comparison
from wavetank.studies.headlines import headlines

SAME = "="


def comparison_table(comparison: Comparison) -> Table:
    """Headlines by design, with the paired differences from A and, over replications, their intervals.

    Two designs have them in columns of their own; of more designs they stand below the figures, if there
    are replications.
    """
    replicated = comparison.a.replications > 1
    two = len(comparison.results) == 2
    headings = ["", *comparison.letters]
    if two:
        headings += ["B - A", "95 % interval"] if replicated else ["B - A"]
    verdicts = ["verdict", *(result.verdict for result in comparison.results)]
    rows = [verdicts]
    if replicated:
        rows += _shares(comparison)
    for metric, title in headlines([result.summary for result in comparison.results]):
        cells = [_cell(metric, result) for result in comparison.results]
        steps = [_step(comparison, metric, index) for index in range(1, len(comparison.results))]
        if two:
            cells += steps[0] if replicated else steps[0][:1]
        elif replicated:
            below = ["\n".join(part for part in step if part) for step in steps]
            cells[1:] = [f"{cell}\n{text}" for cell, text in zip(cells[1:], below, strict=True)]
        rows.append([title, *cells])
    return plain_table(headings, [row + [""] * (len(headings) - len(row)) for row in rows])


def _shares(comparison: Comparison) -> list[list[str]]:
    """In how many runs of each design every outcome came, with 95 % intervals from 5 runs on."""
    seen = {outcome for result in comparison.results for outcome in result.shares}
    return [
        [f"  {outcome.value}", *(_share(result, outcome) for result in comparison.results)]
        for outcome in Outcome
        if outcome in seen
    ]


def _share(result: Result, outcome: Outcome) -> str:
    share = share_of(result.verdicts.count(outcome.value), result.replications)
    text = f"{share.count} of {share.total}"
    if share.low is None or share.high is None:
        return text
    return f"{text} [{100 * share.low:.0f} %, {100 * share.high:.0f} %]"


def objectives_table(comparison: Comparison) -> Table:
    """Return every objective of any design, with what came out of each design and whether it is met."""
    judged = [
        {(judged_one.metric, judged_one.bound): judged_one for judged_one in result.judged}
        for result in comparison.results
    ]
    objectives = dict.fromkeys(key for of_design in judged for key in of_design)
    rows = [
        [formatting.title_of(metric), f"at most {formatting.figure(metric, bound)}"]
        + [_judged(of_design.get((metric, bound))) for of_design in judged]
        for metric, bound in objectives
    ]
    return plain_table(["objective", "", *comparison.letters], rows)


def _judged(judged: Judged | None) -> str:
    if judged is None:
        return formatting.ABSENT
    value = formatting.outcome_of(judged.metric, judged.value, judged.met, judged.at_least)
    return f"{value}, {met_word(judged)}"


def _cell(metric: str, result: Result) -> str:
    if metric not in result.summary:
        return formatting.ABSENT
    return formatting.found(metric, result.summary[metric], result.censored)


def _step(comparison: Comparison, metric: str, design: int) -> tuple[str, str]:
    """Difference of a design from A and its interval, as text."""
    mean, low, high = comparison.difference(metric, design)
    if mean is None:
        return formatting.ABSENT, ""
    if not any((mean, low, high)):
        return SAME, ""
    pair = formatting.step_interval(metric, None if low is None or high is None else (low, high))
    return formatting.step(metric, mean), pair
