"""A result in a notebook: what became of the fleet, its figures, its backlog, and how to run it again."""

from html import escape

from wavetank.face.notebook.html import BAD, GOOD, LEFT, OPEN, Line, badge, cell, folded, sparkline, table
from wavetank.results.judge.outcomes import IS_WELL, Outcome
from wavetank.results.result import Result
from wavetank.results.slo import Judged
from wavetank.studies import fates, formatting
from wavetank.studies.headlines import headlines

SHOWN = (
    "recovery_s", "events_produced", "events_dropped", "events_queued", "event_latency_p99_s",
    "login_peak_per_s", "server_utilisation", "server_utilisation.wasted",
)  # fmt: skip
"""The figures that a planner asks for first; `wavetank run` prints all of them."""


def result_html(result: Result) -> str:
    """Return a result as a notebook shows it."""
    replicated = result.replications > 1
    titles = [pair for pair in headlines([result.summary]) if pair[0] in SHOWN]
    rows = []
    for metric, title in titles:
        row = [cell(title, LEFT), cell(formatting.found(metric, result.summary[metric], result.censored))]
        if replicated:
            row.append(cell(formatting.interval(metric, result.intervals.get(metric))))
        rows.append(row)
    heads = ("", "", "95 % interval") if replicated else ("", "")
    parts = [
        f"<p>{badge(result.verdict, colour_of(result))} {escape(fates.sentence(result))}</p>",
        sparkline([backlog_of(result)], fault_times(result), "events waiting over time, faults shaded"),
        table(heads, rows),
        objectives_html(result.judged),
        folded(_colophon(result), result.provenance.command or f"scenario {result.hash}"),
    ]
    return "".join(parts)


def colour_of(result: Result) -> str:
    """Return green for a fleet that is well in every run, red where one is not, else amber."""
    outcomes = {judgement.outcome for judgement in result.judgements}
    if outcomes <= IS_WELL:
        return GOOD
    return OPEN if outcomes <= IS_WELL | {Outcome.UNDECIDED} else BAD


def backlog_of(result: Result) -> Line:
    """Return the events that wait, over time, of the first replication."""
    columns = result.columns
    return Line(columns.get("t_s", ()), columns.get("backlog", ()))


def fault_times(result: Result) -> list[tuple[float, float]]:
    """Return when each fault began and ended, in s."""
    return [(span.begin_s, span.end_s) for span in result.faults]


def objectives_html(judged: list[Judged]) -> str:
    """Return the objectives that are missed or open, in red and amber; "" where all are met."""
    items = []
    for objective in judged:
        if objective.met:
            continue
        bound = formatting.figure(objective.metric, objective.bound)
        value = formatting.outcome_of(objective.metric, objective.value, objective.met, objective.at_least)
        word, colour = ("missed", BAD) if objective.met is False else ("open", OPEN)
        text = f"{formatting.title_of(objective.metric)}: {value}, at most {bound}"
        items.append(f"<p>{badge(word, colour)} {escape(text)}</p>")
    return "".join(items)


def _colophon(result: Result) -> str:
    runs = formatting.many(result.replications, "run")
    return f"{result.scenario}; {runs} from seed {result.seed}, engine {result.engine}, {result.hash[:8]}"
