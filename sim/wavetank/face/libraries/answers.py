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
    transports = [one for one in libraries if one.card.kind == "transport"]
    large = fleet_of(fleets, SIZES[-1], "per-request")
    return (
        _everything(transports),
        _sharing(large),
        _tls([use for one in transports for use in uses(one, reference_of(libraries))]),
        _which(fleets),
    )


def _there(library: Library, heading: str) -> bool:
    return library.card.cells[heading].answer == "yes"


def _everything(transports: Sequence[Library]) -> Answer:
    question = "Is there one library that has everything?"
    if not transports:
        return Answer("everything", question, UNKNOWN, "There are no cards.")
    headings = list(transports[0].card.cells)
    counts = {one.id: sum(_there(one, heading) for heading in headings) for one in transports}
    most = max(counts.values())
    fullest = [one for one in transports if counts[one.id] == most]
    if most == len(headings):
        return Answer("everything", question, "Yes.", f"{_names(fullest)}: all {most} columns.")
    lacks = "; ".join(
        f"{one.card.name} without {', '.join(h for h in headings if not _there(one, h))}" for one in fullest
    )
    web = [one for one in transports if all(_there(one, heading) for heading in WEB)]
    both = [one for one in web if all(one.card.cells[heading].side == "both" for heading in WEB)]
    at_both = _names(both) if both else "none at both ends"
    only = f" ({_names(web)} at one end)" if web and not both else ""
    why = (
        f"Of {len(headings)} columns the fullest have {most}: {lacks}. "
        f"{', '.join(WEB)} together: {at_both}{only}."
    )
    return Answer("everything", question, "No.", why)


def _names(found: Sequence[Library]) -> str:
    return ", ".join(one.card.name for one in found)


def _sharing(fleet: Fleet) -> Answer:
    question = "What does one technology at agent and server gain?"
    whole = [
        one for one in fleet.found.spent
        if one.library_cores and one.agent_cpu_s and one.pairing.use.protocol == "http1"
    ]  # fmt: skip

    def both(one: FleetCost) -> Interval:
        return _both(one, fleet.agents)

    shared = min((one for one in whole if one.pairing.shared), key=lambda one: both(one).mid, default=None)
    mixed = min((one for one in whole if not one.pairing.shared), key=lambda one: both(one).mid, default=None)
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


def _ends(one: FleetCost) -> str:
    """What a pair takes at both ends."""
    cores, cpu = figure(one.library_cores), figure(one.agent_cpu_s)
    name = _marked(one.pairing.name, one.pairing.third_party)
    at = "at both ends " if one.pairing.shared else ""
    return f"{name} {at}keeps {cores} server cores busy and takes {cpu} CPU s of an agent a day"


def _marked(name: str, others: bool) -> str:
    return f"{name}*" if others else name


def _both(one: FleetCost, agents: int) -> Interval:
    """CPU seconds per agent and day at both ends together."""
    if one.library_cores is None or one.agent_cpu_s is None:
        return exactly(inf)
    return one.agent_cpu_s.plus(one.library_cores.times(DAY_S / agents))


def _tls(found: Sequence[Use]) -> Answer:
    question = "What does TLS per request cost each?"
    asked = [use for use in found if use.mode == REQUEST and use.secured == "tls"]
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


def _costs(found: Sequence[Use], of: Callable[[Use], Interval | Side | None]) -> list[tuple[Interval, str]]:
    """What there is of a cost, with whose it is, the least first."""
    known = [(cost, _marked(use.name, use.figures == OTHERS)) for use in found if (cost := of(use))]
    return sorted(
        [(cost, name) for cost, name in known if isinstance(cost, Interval)],
        key=lambda pair: (pair[0].mid, pair[1]),
    )


def _span(found: list[tuple[Interval, str]]) -> str:
    """From the least to the greatest, by whom."""
    (least, first), (most, last) = found[0], found[-1]
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
    found = fleet.found
    priced = [one for one in found.spent if one.money is not None and one.cores is not None]
    if not found.ranking or not priced:
        return "", ""
    winner = found.ranking[0][0]
    cheap = priced[0]
    alike = sum(1 for one in priced[1:] if one.money and cheap.money and one.money.overlaps(cheap.money))
    doubt = f" ({alike} of {len(priced) - 1} others within its uncertainty)" if alike else ""
    name = _marked(cheap.pairing.name, cheap.pairing.third_party)
    if max(one.cores.high for one in priced if one.cores) <= 1:
        cost = f"every library fits on one core, so traffic and memory decide: least with {name}{doubt}"
    else:
        cores = figure(cheap.cores)
        cost = f"servers cost least with {name}, {cores} core{'' if cores == '1' else 's'}{doubt}"
    return winner, f"{fleet.agents:,}: {cost}; {winner} wins by weight."
