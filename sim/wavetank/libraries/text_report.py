"""A trade-off in words and tables."""

from collections.abc import Iterator
from math import inf

from wavetank.libraries.card_text import NOT_MEASURED, Section
from wavetank.libraries.crossovers import Crossing, Flip
from wavetank.libraries.interval import Interval
from wavetank.libraries.tradeoff import MOST_AT_ALL_ENDS, NOT_COMPARED, Simulated, Tradeoff
from wavetank.studies import formatting

_MOST_CROSSINGS = 6
"""More crossings than these fill the terminal; the page has them all."""

_SCALES = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


def told(traded: Tradeoff) -> Iterator[Section]:
    """Yield the output of `wavetank libraries compare`, table by table."""
    yield _servers(traded)
    yield _agents(traded)
    if traded.fared:
        yield _fleet(traded)
    for flip in traded.flips:
        if flip.regions:
            yield _flip(traded, flip)
    if traded.matrix.lines:
        yield _ranking(traded)
        yield _reaches(traded)
    if traded.refused:
        yield _refused(traded)
    yield Section("Not in any figure here", ("",), [(line,) for line in NOT_COMPARED])


def _refused(traded: Tradeoff) -> Section:
    """Why pairings are no answer, each reason once."""
    reasons: dict[str, list[str]] = {}
    for name, reason in sorted(traded.refused.items()):
        reasons.setdefault(reason, []).append(name)
    rows = [(f"{reason}: {', '.join(names)}",) for reason, names in reasons.items()]
    return Section("No answer to this scenario", ("",), rows)


def figure(value: Interval | None, unit: str = "") -> str:
    """A figure with its range: "4.26 [3.61, 5.9]", "-" where it is not measured."""
    if value is None:
        return NOT_MEASURED
    if value.low == value.high:
        return f"{number(value.mid)}{unit}"
    return f"{number(value.mid)} [{number(value.low)}, {number(value.high)}]{unit}"


def number(value: float) -> str:
    """Three significant digits, with a letter for thousands, millions and thousands of millions."""
    for scale, letter in _SCALES:
        if abs(value) >= scale:
            return f"{value / scale:.3g}{letter}"
    return f"{value:.3g}"


def _servers(traded: Tradeoff) -> Section:
    rows = [
        (
            traded.marked(cost.pairing.name),
            figure(cost.library_cores),
            figure(cost.cores),
            figure(cost.memory_bytes, "B"),
            number(cost.connections),
            figure(cost.money),
        )
        for cost in traded.spent
        if cost.pairing.server is not None
    ]
    application = traded.spent[0].application_cores
    busy = f"{float(traded.decision.busy):.0%}"
    note = (
        f"Cores kept busy by the library; the application itself keeps {number(application)} busy. To buy: "
        f"both, at most {busy} busy, whole. Money in {traded.decision.currency} per agent and year: cores, "
        "memory, traffic. * third-party figures. [low, high]: the spread of the measurement. CPU times of "
        "different runs are on one scale, that of the raw TCP and TLS baseline in each. WebSocket and stream "
        "keep their connection, whatever the scenario does."
    )
    headings = ("at the servers", "cores busy", "to buy", "memory", "connections", "money")
    return Section("", headings, rows, True, note)


def _agents(traded: Tradeoff) -> Section:
    rows = []
    for cost in traded.spent:
        if cost.pairing.agent is None:
            continue
        cpu = figure(cost.agent_cpu_s)
        rows.append((traded.marked(cost.pairing.name), cpu, figure(cost.wire_bytes, "B")))
    headings = ("at an agent, per day", "CPU seconds", "bytes on the wire")
    return Section("", headings, rows, True)


def _fleet(traded: Tradeoff) -> Section:
    rows = [
        (
            traded.marked(cost.pairing.name),
            traded.fared[cost.pairing.name].verdict,
            _latency(traded.fared[cost.pairing.name]),
            _share(traded.fared[cost.pairing.name]),
        )
        for cost in traded.spent
        if cost.pairing.name in traded.fared
    ]
    headings = ("the fleet, simulated", "verdict", "event latency p99", "server utilisation")
    everywhere = all(fared.ends for fared in traded.fared.values())
    limits = (
        "Limits are the scenario's; WebSocket and stream, which stay open, are let in beyond its connections."
    )
    ends = f"In the middle of the figures; of {MOST_AT_ALL_ENDS} or fewer, at both ends, too."
    return Section("", headings, rows, True, limits if everywhere else f"{ends} {limits}")


def _latency(fared: Simulated) -> str:
    low, mid, high = (
        formatting.figure("event_latency_p99_s", value) for value in fared.metrics["event_latency_p99_s"]
    )
    return mid if low == high else f"{mid} [{low}, {high}]"


def _share(fared: Simulated) -> str:
    shares = [formatting.figure("server_utilisation", value) for value in fared.metrics["server_utilisation"]]
    return f"{shares[1]} [{shares[0]}, {shares[2]}]" if fared.ends else shares[1]


def _flip(traded: Tradeoff, flip: Flip) -> Section:
    rows = [
        (
            f"from {number(part.low)} to {number(part.high)} {flip.unit}",
            traded.marked(part.name),
            _doubt(part.clear),
        )
        for part in flip.regions
    ]
    shown = flip.crossings[:_MOST_CROSSINGS]
    note = (
        "No two trade places."
        if not flip.crossings
        else f"Places are traded: {_crossings(traded, shown, flip.unit)}"
    )
    more = len(flip.crossings) - len(shown)
    return Section(flip.title, ("", "cheapest", ""), rows, False, note + (f"; {more} more." if more else ""))


def _doubt(clear: bool) -> str:
    return "beyond the uncertainty" if clear else "within the uncertainty of others"


def _crossings(traded: Tradeoff, shown: tuple[Crossing, ...], unit: str) -> str:
    return "; ".join(
        f"{traded.marked(at.above)} is cheaper than {traded.marked(at.below)} from {number(at.at)} {unit}"
        for at in shown
    )


def _ranking(traded: Tradeoff) -> Section:
    lines = {line.name: line for line in traded.matrix.lines}
    rows = []
    for name, score in traded.ranking:
        worths = [f"{scored.worth.mid:.2f}" if scored.value else "?" for scored in lines[name].scores]
        rows.append((traded.marked(name), figure(score), *worths))
    named = list(enumerate(traded.matrix.criteria, start=1))
    weights = ", ".join(
        f"{index} {criterion.name} (weight {criterion.weight:g})" for index, criterion in named
    )
    headings = ("weighted scores, 1 is best", "together", *(str(index) for index, _ in named))
    return Section("", headings, rows, True, f"{weights}. ? not measured, scores nothing.")


def _reaches(traded: Tradeoff) -> Section:
    names = {criterion.id: criterion.name for criterion in traded.matrix.criteria}
    winner = traded.ranking[0][0]
    rows = []
    for reach in traded.reaches:
        low = f"{number(reach.low)} (below: {reach.below})" if reach.below else "0"
        high = "any" if reach.high == inf else f"{number(reach.high)} (above: {reach.above})"
        rows.append((names[reach.criterion], number(reach.weight), f"from {low} to {high}"))
    return Section(f"How far each weight may go with {winner} ahead", ("", "weight", ""), rows)
