"""The table of a comparison: metric by design, with what sets them apart from A."""

from rich.table import Table

from wavetank.cli.tables import headlines, plain_table
from wavetank.results.result import Result
from wavetank.studies import Comparison, words

SAME = "="


def comparison_table(found: Comparison) -> Table:
    """Headlines by design, with the paired differences from A and, over replications, their intervals.

    Two designs have them in columns of their own; of more designs they stand below the figures, if there
    are replications.
    """
    replicated = found.a.replications > 1
    two = len(found.results) == 2
    headings = ["", *found.letters]
    if two:
        headings += ["B - A", "95 % interval"] if replicated else ["B - A"]
    verdicts = ["verdict", *(result.verdict for result in found.results)]
    rows = [verdicts + [""] * (len(headings) - len(verdicts))]
    for metric, title in headlines([result.summary for result in found.results]):
        cells = [_cell(metric, result) for result in found.results]
        steps = [_step(found, metric, index) for index in range(1, len(found.results))]
        if two:
            cells += steps[0] if replicated else steps[0][:1]
        elif replicated:
            below = ["\n".join(part for part in step if part) for step in steps]
            cells[1:] = [f"{cell}\n{text}" for cell, text in zip(cells[1:], below, strict=True)]
        rows.append([title, *cells])
    return plain_table(headings, rows)


def _cell(metric: str, result: Result) -> str:
    if metric not in result.summary:
        return words.ABSENT
    return words.found(metric, result.summary[metric], result.censored)


def _step(found: Comparison, metric: str, design: int) -> tuple[str, str]:
    """Difference of a design from A and its interval, as text."""
    mean, low, high = found.difference(metric, design)
    if mean is None:
        return words.ABSENT, ""
    if not any((mean, low, high)):
        return SAME, ""
    pair = words.step_interval(metric, None if low is None or high is None else (low, high))
    return words.step(metric, mean), pair
