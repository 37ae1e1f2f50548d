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


def told(found: Tradeoff) -> Iterator[Section]:
    """What `wavetank libraries compare` prints, table by table."""
    yield _servers(found)
    yield _agents(found)
    if found.fared:
        yield _fleet(found)
    for flip in found.flips:
        if flip.regions:
            yield _flip(found, flip)
    if found.matrix.lines:
        yield _ranking(found)
        yield _reaches(found)
    if found.refused:
        yield _refused(found)
    yield Section("Not in any figure here", ("",), [(line,) for line in NOT_COMPARED])


def _refused(found: Tradeoff) -> Section:
    """Why pairings are no answer, each reason once."""
    reasons: dict[str, list[str]] = {}
    for name, reason in sorted(found.refused.items()):
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


def _servers(found: Tradeoff) -> Section:
    rows = [
        (
            found.marked(one.pairing.name),
            figure(one.library_cores),
            figure(one.cores),
            figure(one.memory_bytes, "B"),
            number(one.connections),
            figure(one.money),
        )
        for one in found.spent
        if one.pairing.server is not None
    ]
    application = found.spent[0].application_cores
    busy = f"{float(found.decision.busy):.0%}"
    note = (
        f"Cores kept busy by the library; the application itself keeps {number(application)} busy. To buy: "
        f"both, at most {busy} busy, whole. Money in {found.decision.currency} per agent and year: cores, "
        "memory, traffic. * third-party figures. [low, high]: the spread of the measurement. CPU times of "
        "different runs are on one scale, that of the raw TCP and TLS baseline in each. WebSocket and stream "
        "keep their connection, whatever the scenario does."
    )
    headings = ("at the servers", "cores busy", "to buy", "memory", "connections", "money")
    return Section("", headings, rows, True, note)


def _agents(found: Tradeoff) -> Section:
    rows = []
    for one in found.spent:
        if one.pairing.agent is None:
            continue
        cpu = figure(one.agent_cpu_s)
        rows.append((found.marked(one.pairing.name), cpu, figure(one.wire_bytes, "B")))
    headings = ("at an agent, per day", "CPU seconds", "bytes on the wire")
    return Section("", headings, rows, True)


def _fleet(found: Tradeoff) -> Section:
    rows = [
        (
            found.marked(one.pairing.name),
            found.fared[one.pairing.name].verdict,
            _latency(found.fared[one.pairing.name]),
            _share(found.fared[one.pairing.name]),
        )
        for one in found.spent
        if one.pairing.name in found.fared
    ]
    headings = ("the fleet, simulated", "verdict", "event latency p99", "server utilisation")
    everywhere = all(fared.ends for fared in found.fared.values())
    limits = (
        "Limits are the scenario's; WebSocket and stream, which stay open, are let in beyond its connections."
    )
    ends = f"In the middle of the figures; of {MOST_AT_ALL_ENDS} or fewer, at both ends, too."
    return Section("", headings, rows, True, limits if everywhere else f"{ends} {limits}")


def _latency(fared: Simulated) -> str:
    low, mid, high = (
        formatting.figure("event_latency_p99_s", one) for one in fared.metrics["event_latency_p99_s"]
    )
    return mid if low == high else f"{mid} [{low}, {high}]"


def _share(fared: Simulated) -> str:
    shares = [formatting.figure("server_utilisation", one) for one in fared.metrics["server_utilisation"]]
    return f"{shares[1]} [{shares[0]}, {shares[2]}]" if fared.ends else shares[1]


def _flip(found: Tradeoff, flip: Flip) -> Section:
    rows = [
        (
            f"from {number(part.low)} to {number(part.high)} {flip.unit}",
            found.marked(part.name),
            _doubt(part.clear),
        )
        for part in flip.regions
    ]
    shown = flip.crossings[:_MOST_CROSSINGS]
    note = (
        "No two trade places."
        if not flip.crossings
        else f"Places are traded: {_crossings(found, shown, flip.unit)}"
    )
    more = len(flip.crossings) - len(shown)
    return Section(flip.title, ("", "cheapest", ""), rows, False, note + (f"; {more} more." if more else ""))


def _doubt(clear: bool) -> str:
    return "beyond the uncertainty" if clear else "within the uncertainty of others"


def _crossings(found: Tradeoff, shown: tuple[Crossing, ...], unit: str) -> str:
    return "; ".join(
        f"{found.marked(one.above)} is cheaper than {found.marked(one.below)} from {number(one.at)} {unit}"
        for one in shown
    )


def _ranking(found: Tradeoff) -> Section:
    lines = {line.name: line for line in found.matrix.lines}
    rows = []
    for name, score in found.ranking:
        worths = [f"{one.worth.mid:.2f}" if one.value else "?" for one in lines[name].scores]
        rows.append((found.marked(name), figure(score), *worths))
    named = list(enumerate(found.matrix.criteria, start=1))
    weights = ", ".join(f"{index} {one.name} (weight {one.weight:g})" for index, one in named)
    headings = ("weighted scores, 1 is best", "together", *(str(index) for index, _ in named))
    return Section("", headings, rows, True, f"{weights}. ? not measured, scores nothing.")


def _reaches(found: Tradeoff) -> Section:
    names = {one.id: one.name for one in found.matrix.criteria}
    winner = found.ranking[0][0]
    rows = []
    for one in found.reaches:
        low = f"{number(one.low)} (below: {one.below})" if one.below else "0"
        high = "any" if one.high == inf else f"{number(one.high)} (above: {one.above})"
        rows.append((names[one.criterion], number(one.weight), f"from {low} to {high}"))
    return Section(f"How far each weight may go with {winner} ahead", ("", "weight", ""), rows)
