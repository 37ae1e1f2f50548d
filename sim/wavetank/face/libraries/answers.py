"""The four questions, answered from the cards and the figures; nothing is said that they do not hold."""

from collections.abc import Callable, Sequence
from math import inf
from typing import NamedTuple

from wavetank.face.libraries.fleets import SIZES, Fleet, fleet_of
from wavetank.libraries.catalogue import Library
from wavetank.libraries.costs import OTHERS, REQUEST, Side, Use, uses
from wavetank.libraries.fleet import DAY_S, FleetCost
from wavetank.libraries.interval import Interval, exactly
from wavetank.libraries.scale import reference_of
from wavetank.libraries.text_report import figure

UNKNOWN = "Not measured yet."
NOTABLE = 0.05
"""A share of CPU that is worth a word."""
WEB = ("HTTP/1.1", "HTTP/2", "WebSocket")


class Answer(NamedTuple):
    """A question, its answer in a word or two, and why."""

    id: str
    question: str
    short: str
    why: str


def answers(libraries: Sequence[Library], fleets: tuple[Fleet, ...]) -> tuple[Answer, ...]:
    """The four, in the order in which they are asked."""
    transports = [library for library in libraries if library.card.kind == "transport"]
    large = fleet_of(fleets, SIZES[-1], "per-request")
    return (
        _everything(transports),
        _sharing(large),
        _tls([use for transport in transports for use in uses(transport, reference_of(libraries))]),
        _which(fleets),
    )


def _there(library: Library, heading: str) -> bool:
    return library.card.cells[heading].answer == "yes"


def _everything(transports: Sequence[Library]) -> Answer:
    question = "Is there one library that has everything?"
    if not transports:
        return Answer("everything", question, UNKNOWN, "There are no cards.")
    headings = list(transports[0].card.cells)
    counts = {
        transport.id: sum(_there(transport, heading) for heading in headings) for transport in transports
    }
    most = max(counts.values())
    fullest = [transport for transport in transports if counts[transport.id] == most]
    if most == len(headings):
        return Answer("everything", question, "Yes.", f"{_names(fullest)}: all {most} columns.")
    lacks = "; ".join(
        f"{library.card.name} without {', '.join(h for h in headings if not _there(library, h))}"
        for library in fullest
    )
    web = [transport for transport in transports if all(_there(transport, heading) for heading in WEB)]
    both = [library for library in web if all(library.card.cells[heading].side == "both" for heading in WEB)]
    at_both = _names(both) if both else "none at both ends"
    only = f" ({_names(web)} at one end)" if web and not both else ""
    why = (
        f"Of {len(headings)} columns the fullest have {most}: {lacks}. "
        f"{', '.join(WEB)} together: {at_both}{only}."
    )
    return Answer("everything", question, "No.", why)


def _names(libraries: Sequence[Library]) -> str:
    return ", ".join(library.card.name for library in libraries)


def _sharing(fleet: Fleet) -> Answer:
    question = "What does one technology at agent and server gain?"
    whole = [
        cost for cost in fleet.found.spent
        if cost.library_cores and cost.agent_cpu_s and cost.pairing.use.protocol == "http1"
    ]  # fmt: skip

    def both(cost: FleetCost) -> Interval:
        return _both(cost, fleet.agents)

    shared = min(
        (cost for cost in whole if cost.pairing.shared), key=lambda cost: both(cost).mid, default=None
    )
    mixed = min(
        (cost for cost in whole if not cost.pairing.shared), key=lambda cost: both(cost).mid, default=None
    )
    if shared is None or mixed is None:
        return Answer("sharing", question, UNKNOWN, "It takes an HTTP/1.1 pair of either kind with figures.")
    why = (
        f"Over HTTP/1.1, each end pays for its own library, whatever the other: for {fleet.agents:,} agents, "
        f"{_ends(shared)}, against {_ends(mixed)}. What is gained is one thing to learn and patch. "
        "ZeroMQ and gRPC must be at both ends: there, sharing is the price of their patterns."
    )
    gain = 1 - both(shared).mid / both(mixed).mid
    sure = gain > NOTABLE and not both(shared).overlaps(both(mixed))
    short = f"{100 * gain:.0f} % of the CPU at both ends." if sure else "No CPU beyond the uncertainty."
    return Answer("sharing", question, short, why)


def _ends(cost: FleetCost) -> str:
    """Tell the cost of a pairing at both ends."""
    cores, cpu = figure(cost.library_cores), figure(cost.agent_cpu_s)
    name = _marked(cost.pairing.name, cost.pairing.third_party)
    at = "at both ends " if cost.pairing.shared else ""
    return f"{name} {at}keeps {cores} server cores busy and takes {cpu} CPU s of an agent a day"


def _marked(name: str, others: bool) -> str:
    return f"{name}*" if others else name


def _both(cost: FleetCost, agents: int) -> Interval:
    """CPU seconds per agent and day at both ends together."""
    if cost.library_cores is None or cost.agent_cpu_s is None:
        return exactly(inf)
    return cost.agent_cpu_s.plus(cost.library_cores.times(DAY_S / agents))


def _tls(all_uses: Sequence[Use]) -> Answer:
    question = "What does TLS per request cost each?"
    asked = [use for use in all_uses if use.mode == REQUEST and use.secured == "tls"]
    servers = _costs(asked, lambda use: use.server and use.server.connect_us)
    agents = _costs(asked, lambda use: use.agent and use.agent.connect_us)
    if not servers or not agents:
        return Answer("tls", question, UNKNOWN, "No library has new and kept connections measured.")
    short = f"{_us(servers[0][0])} to {_us(servers[-1][0])} of server CPU a request."
    resumed = _costs(asked, lambda use: use.server and use.server.resume_us)
    also = f" Resumed, from {_us(resumed[0][0])} ({resumed[0][1]})." if resumed else ""
    why = (
        f"On top of the request itself: at the server {_span(servers)}, at the agent {_span(agents)}. "
        f"A kept connection pays it once.{also}"
    )
    return Answer("tls", question, short, why)


def _costs(
    all_uses: Sequence[Use], of: Callable[[Use], Interval | Side | None]
) -> list[tuple[Interval, str]]:
    """List the known values of a cost with the names of their libraries, the least first."""
    known = [(cost, _marked(use.name, use.figures == OTHERS)) for use in all_uses if (cost := of(use))]
    return sorted(
        [(cost, name) for cost, name in known if isinstance(cost, Interval)],
        key=lambda pair: (pair[0].mid, pair[1]),
    )


def _span(costs: list[tuple[Interval, str]]) -> str:
    """From the least to the greatest, by whom."""
    (least, first), (most, last) = costs[0], costs[-1]
    return f"from {_us(least)} ({first}) to {_us(most)} ({last})"


def _us(value: Interval) -> str:
    return f"{value.mid:,.0f} us"


def _which(fleets: tuple[Fleet, ...]) -> Answer:
    question = f"Which for {SIZES[0]:,}, which for {SIZES[-1]:,} agents?"
    told = [_winners(fleet_of(fleets, agents, "per-request")) for agents in SIZES]
    if not all(winner for winner, _ in told):
        return Answer("which", question, UNKNOWN, "Nothing can be ranked: figures are missing.")
    names = [winner for winner, _ in told]
    same = len(set(names)) == 1
    short = f"{names[0]} for both" if same else f"{names[0]}; {names[-1]}"
    kept = [(agents, _winners(fleet_of(fleets, agents, "keep-alive"))[0]) for agents in SIZES]
    also = ", ".join(f"{agents:,}: {winner}" for agents, winner in kept if winner)
    why = " ".join(text for _, text in told) + (
        f" With kept connections (WebSocket and streams are kept anyway), by weight: {also}." if also else ""
    )
    return Answer("which", question, f"{short}, by the weights below.", why)


def _winners(fleet: Fleet) -> tuple[str, str]:
    """Who wins by the decision's weights, and what is behind it."""
    traded = fleet.found
    priced = [rival for rival in traded.spent if rival.money is not None and rival.cores is not None]
    if not traded.ranking or not priced:
        return "", ""
    winner = traded.ranking[0][0]
    cheap = priced[0]
    alike = sum(
        1 for rival in priced[1:] if rival.money and cheap.money and rival.money.overlaps(cheap.money)
    )
    doubt = f" ({alike} of {len(priced) - 1} others within its uncertainty)" if alike else ""
    name = _marked(cheap.pairing.name, cheap.pairing.third_party)
    if max(rival.cores.high for rival in priced if rival.cores) <= 1:
        cost = f"every library fits on one core, so traffic and memory decide: least with {name}{doubt}"
    else:
        cores = figure(cheap.cores)
        cost = f"servers cost least with {name}, {cores} core{'' if cores == '1' else 's'}{doubt}"
    return winner, f"{fleet.agents:,}: {cost}; {winner} wins by weight."
