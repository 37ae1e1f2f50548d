"""A comparison in a notebook: the sentence, a table of metric by design, and the backlogs in one chart."""

from html import escape

from wavetank.face.notebook.html import LEFT, cell, sparkline, table
from wavetank.face.notebook.results import backlog_of, fault_times, objectives_html
from wavetank.studies import formatting
from wavetank.studies.comparison import Comparison
from wavetank.studies.headlines import headlines


def comparison_html(comparison: Comparison) -> str:
    """Return a comparison as a notebook shows it; differences in bold have an interval that excludes 0."""
    titles = zip(comparison.letters, comparison.titles, strict=True)
    named = "; ".join(f"{letter}: {title}" for letter, title in titles)
    faults = fault_times(comparison.a)
    lines = [backlog_of(result) for result in comparison.results]
    missed = "".join(
        f"<p>{letter}:</p>{shown}"
        for letter, result in zip(comparison.letters, comparison.results, strict=True)
        if (shown := objectives_html(result.judged))
    )
    return "".join(
        (
            f"<p><b>{escape(comparison.sentence)}</b></p><p>{escape(named)}</p>",
            sparkline(lines, faults, f"events waiting over time by design, faults shaded: {named}"),
            _table(comparison),
            missed,
        )
    )


def _table(comparison: Comparison) -> str:
    steps = [f"{letter} - A" for letter in comparison.letters[1:]]
    rows = [
        [
            cell("verdict", LEFT),
            *(cell(result.verdict) for result in comparison.results),
            *[cell("") for _ in steps],
        ]
    ]
    for metric, title in headlines([result.summary for result in comparison.results]):
        values = [
            cell(formatting.found(metric, result.summary.get(metric), result.censored))
            for result in comparison.results
        ]
        differences = [_step(comparison, metric, design) for design in range(1, len(comparison.results))]
        rows.append([cell(title, LEFT), *values, *differences])
    return table(("", *comparison.letters, *steps), rows)


def _step(comparison: Comparison, metric: str, design: int) -> str:
    mean, low, high = comparison.difference(metric, design)
    if mean is None:
        return cell(formatting.ABSENT)
    text = formatting.step(metric, mean)
    if low is None or high is None:
        return cell(text)
    pair = formatting.step_interval(metric, (low, high))
    return cell(f"{text} {pair}", bold=low > 0 or high < 0)
