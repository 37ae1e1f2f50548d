"""From cost to fleet, in closed form: what a scenario's servers and agents spend with a library.

The library's costs take the place of the scenario's handshake, parse and per-byte costs; what the application
itself does (login, token, events) stays as it is in the scenario. Rates are those of the busiest piece of the
fleet's profiles, when all goes well.
"""

from math import ceil, exp
from typing import NamedTuple

from wavetank.libraries.costs import STREAM, Side, Wire, at
from wavetank.libraries.decision import Decision, Prices
from wavetank.libraries.interval import Interval, exactly, total
from wavetank.libraries.pairing import Pairing
from wavetank.policy.codes import Strategy, Tls
from wavetank.policy.laws import NO_LAW
from wavetank.scenario.resolved import Resolved
from wavetank.studies.flows import SECOND, Rate
from wavetank.studies.load import Load, connections_per_request, loads

DAY_S = 86_400.0
"""Seconds of a day."""

YEAR_H = 8766.0
"""Hours of a year of 365.25 days."""

GB = 1e9
"""As clouds count traffic and memory in their prices."""


class FleetCost(NamedTuple):
    """The cost of a fleet with a pairing; None where a figure is missing, which `missing` names.

    `library_cores`: cores kept busy by the library at the servers; `cores`: all that must be bought, the
    application's among them, whole. `agent_cpu_s`: CPU time of one agent per day. `wire_bytes`: of one agent
    per day, both directions. `money`: for the servers, per agent and year.
    """

    pairing: Pairing
    library_cores: Interval | None
    application_cores: float
    cores: Interval | None
    memory_bytes: Interval | None
    connections: float
    agent_cpu_s: Interval | None
    wire_bytes: Interval | None
    money: Interval | None
    missing: tuple[str, ...]


def unfit(resolved: Resolved, pairing: Pairing) -> str:
    """Why a pairing is no answer to a scenario; "" where it is one."""
    secured = resolved.connection.tls != Tls.NONE
    if secured and pairing.use.secured == "none":
        return "does not encrypt, and the scenario asks for TLS"
    if not secured and pairing.use.secured != "none":
        return "there are no figures without encryption, and the scenario has none"
    return ""


def as_kept(resolved: Resolved, pairing: Pairing) -> Resolved:
    """The scenario as the pairing has it: a stream stays open with every strategy."""
    if pairing.use.mode != STREAM:
        return resolved
    connection = resolved.connection._replace(strategy=int(Strategy.KEEP_ALIVE), idle_ns=0)
    return resolved._replace(connection=connection, server=resolved.server._replace(idle_ns=0))


def spent(resolved: Resolved, pairing: Pairing, decision: Decision) -> FleetCost:
    """Return the cost of the fleet, with the uncertainty of the figures carried through."""
    kept = as_kept(resolved, pairing)
    load = loads(_without_transport(kept))[1]
    opened = [(flow, connections_per_request(kept, flow)) for flow in load.flows]
    resumed = kept.connection.resume
    agents = kept.agents
    cores = _cpu_s(pairing.server_side, opened, resumed)
    agent = _cpu_s(pairing.agent_side, opened, resumed)
    beside, down = (_bytes(wire, opened, resumed) for wire in pairing.wires or (None, None))
    connections = _connections(kept, load, pairing.use.mode == STREAM)
    needed = _cores(cores, load.offered, float(decision.busy))
    memory = _memory(pairing.server_side, connections)
    body = exactly(sum(flow.requests_per_s * flow.body_bytes for flow, _ in opened))
    wire = None if beside is None else beside.plus(body)
    money = None
    if needed is not None and memory is not None and wire is not None and down is not None:
        money = _money(needed, memory, wire, down, decision.prices).times(1 / agents)
    missing = [
        ("costs at the server", cores is None),
        ("costs at the agent", agent is None),
        ("bytes on the wire", wire is None),
        ("memory of idle connections", memory is None),
        ("a resumed handshake (full ones are counted)", resumed and _no_resumed(pairing, opened)),
    ]
    return FleetCost(
        pairing,
        cores,
        load.offered,
        needed,
        memory,
        connections,
        None if agent is None else agent.times(DAY_S / agents),
        None if wire is None else wire.times(DAY_S / agents),
        money,
        tuple(name for name, is_missing in missing if is_missing),
    )


def _without_transport(resolved: Resolved) -> Resolved:
    """The scenario with the application's costs alone."""
    service = resolved.server.service._replace(
        handshake=NO_LAW, handshake_resumed=NO_LAW, parse=NO_LAW, per_byte=NO_LAW
    )
    return resolved._replace(server=resolved.server._replace(service=service))


Opened = list[tuple[Rate, float]]
"""The fleet's flows, each with its new connections per request."""


def _cpu_s(side: Side | None, opened: Opened, resumed: bool) -> Interval | None:
    """CPU seconds per second at one end, of the whole fleet."""
    if side is None or not side.request_us:
        return None
    parts = []
    for flow, share in opened:
        cost = side.at(flow.body_bytes)
        if share:
            connect = (side.resume_us if resumed else None) or side.connect_us
            if connect is None:
                return None
            cost = cost.plus(connect.times(share))
        parts.append(cost.times(flow.requests_per_s * 1e-6))
    return total(parts)


def _bytes(wire: Wire | None, opened: Opened, resumed: bool) -> Interval | None:
    """Bytes per second of the whole fleet, as `wire` counts them."""
    if wire is None:
        return None
    parts = []
    for flow, share in opened:
        cost = at(wire.request, flow.body_bytes)
        if share:
            connect = (wire.resume if resumed else None) or wire.connect
            if connect is None:
                return None
            cost = cost.plus(connect.times(share))
        parts.append(cost.times(flow.requests_per_s))
    return total(parts)


def _no_resumed(pairing: Pairing, opened: Opened) -> bool:
    sides = [side for side in (pairing.agent_side, pairing.server_side) if side is not None]
    return any(share for _, share in opened) and any(side.resume_us is None for side in sides)


def _connections(resolved: Resolved, load: Load, one_for_all: bool) -> float:
    """Connections open at one time in the mean: one per stream and agent that is kept, or held by a poll."""
    if one_for_all:
        return float(resolved.agents)
    per_request = resolved.connection.strategy == Strategy.PER_REQUEST
    idle = [ns / SECOND for ns in (resolved.connection.idle_ns, resolved.server.idle_ns) if ns]
    return sum(flow.agents * _open_share(flow, per_request, min(idle, default=0.0)) for flow in load.flows)


def _open_share(flow: Rate, per_request: bool, idle_s: float) -> float:
    """Share of the time that a flow's connection is open; `idle_s` 0: for ever."""
    held = min(1.0, flow.rate_per_s * flow.held_s)
    if per_request:
        return held
    if not idle_s:
        return 1.0
    if flow.regular:
        return min(1.0, held + flow.rate_per_s * idle_s)
    return min(1.0, held + 1 - exp(-flow.rate_per_s * idle_s))


def _cores(library: Interval | None, application: float, busy: float) -> Interval | None:
    """Whole cores to be bought, at least one."""
    if library is None:
        return None
    needed = library.plus(exactly(application)).times(1 / busy)
    return Interval(*(float(max(1, ceil(value - 1e-9))) for value in needed))


def _memory(side: Side | None, connections: float) -> Interval | None:
    """Memory at the servers: connections, and one process without any where that is known."""
    if side is None or side.idle_bytes is None:
        return None
    return exactly(connections * side.idle_bytes + (side.base_bytes or 0.0))


def _money(cores: Interval, memory: Interval, wire: Interval, down: Interval, prices: Prices) -> Interval:
    """For the servers of the whole fleet, per year; `wire` and `down` in bytes per second."""
    up = Interval(*(max(0.0, both - back) for both, back in zip(wire, down, strict=True)))
    traffic = up.times(prices.gb_to_servers / GB).plus(down.times(prices.gb_to_agents / GB)).times(3600.0)
    hourly = cores.times(prices.core_hour).plus(memory.times(prices.gb_hour / GB)).plus(traffic)
    return hourly.times(YEAR_H)
