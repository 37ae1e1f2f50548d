"""Offered load in closed form: what a fleet asks of its servers, and the most they can give.

Means only: arrivals, bytes and CPU per second at an instant of the scenario's profile. What queues do with
them is for engines.
"""

from math import exp, inf
from typing import NamedTuple

from wavetank.policy.codes import Activity, AuthScheme, ProcessKind, Strategy, Stream, Tls
from wavetank.policy.laws import mean_of
from wavetank.scenario.resolved import Resolved
from wavetank.studies.flows import SECOND, Rate, flows_at

_ACTIVITY = {
    Stream.LOGIN: Activity.LOGIN,
    Stream.STATELESS: Activity.EVENTS,
    Stream.STATEFUL: Activity.EVENTS,
    Stream.COMMANDS: Activity.COMMANDS,
    Stream.HEARTBEAT: Activity.HEARTBEAT,
}


class Load(NamedTuple):
    """The load of a fleet when all goes well: CPU in erlangs (cores kept busy) by activity, and rates."""

    flows: tuple[Rate, ...]
    erlangs: dict[Activity, float]
    cores: int
    handshakes_per_s: float
    connections_per_s: float

    @property
    def offered(self) -> float:
        """Offered load in erlangs."""
        return sum(self.erlangs.values())

    @property
    def utilisation(self) -> float:
        """Offered load per core; from 1 on the backlog grows without end."""
        return self.offered / self.cores

    def requests_per_s(self, *streams: Stream) -> float:
        """Requests of the whole fleet per second, of these streams or of all."""
        return sum(flow.requests_per_s for flow in self.flows if not streams or flow.stream in streams)

    @property
    def events_per_s(self) -> float:
        """Events of the whole fleet per second."""
        return sum(flow.requests_per_s * flow.events for flow in self.flows)


def load_at(resolved: Resolved, at_ns: int = 0) -> Load:
    """The load at an instant of the fleet's profiles."""
    flows = tuple(_paced(resolved, flow) for flow in flows_at(resolved, at_ns))
    erlangs = dict.fromkeys(Activity, 0.0)
    handshakes = connections = 0.0
    for flow in flows:
        opened = flow.requests_per_s * connections_per_request(resolved, flow)
        connections += opened
        if resolved.connection.tls != Tls.NONE:
            handshakes += opened
            erlangs[Activity.HANDSHAKE] += opened * handshake_s(resolved)
        for activity, cost_s in request_costs(resolved, flow):
            erlangs[activity] += flow.requests_per_s * cost_s
    return Load(flows, erlangs, cores(resolved), handshakes, connections)


def _paced(resolved: Resolved, flow: Rate) -> Rate:
    """A closed flow at the most it can ask: each round takes its think time and the work that it causes."""
    if flow.think_s < 0:
        return flow
    opened = connections_per_request(resolved, flow) if resolved.connection.tls != Tls.NONE else 0.0
    work_s = sum(cost_s for _, cost_s in request_costs(resolved, flow)) + opened * handshake_s(resolved)
    round_s = flow.think_s + work_s
    return flow._replace(rate_per_s=1 / round_s) if round_s else flow


def loads(resolved: Resolved) -> tuple[Load, Load]:
    """The mean load of the run and the greatest of its profiles' pieces."""
    sources = [source for kind in resolved.classes for source in (kind.stateless, kind.stateful)]
    starts = {start for source in sources for start in source.starts_ns if start < resolved.duration_ns}
    starts_ns = sorted({0, *starts})
    pieces = [load_at(resolved, start_ns) for start_ns in starts_ns]
    ends_ns = [*starts_ns[1:], resolved.duration_ns]
    shares = [(end - start) / resolved.duration_ns for start, end in zip(starts_ns, ends_ns, strict=True)]
    peak = max(pieces, key=lambda load: load.offered)
    if len(pieces) == 1:
        return peak, peak
    erlangs = {
        activity: sum(load.erlangs[activity] * share for load, share in zip(pieces, shares, strict=True))
        for activity in Activity
    }
    return peak._replace(erlangs=erlangs), peak


def cores(resolved: Resolved) -> int:
    """Cores that can be busy at one time, on all nodes."""
    server = resolved.server
    return server.nodes * min(server.cores, server.workers)


def handshake_s(resolved: Resolved) -> float:
    """Mean CPU time of one handshake; an agent that may resume has a ticket."""
    service = resolved.server.service
    law = service.handshake_resumed if resolved.connection.resume else service.handshake
    return mean_of(law, resolved.empirical) / SECOND


def request_costs(resolved: Resolved, flow: Rate) -> list[tuple[Activity, float]]:
    """Mean CPU times of one request, in s."""
    service, empirical = resolved.server.service, resolved.empirical

    def seconds(law: object) -> float:
        return mean_of(law, empirical) / SECOND  # type: ignore[arg-type]

    work_s = seconds(service.operation[flow.stream])
    work_s += flow.events * seconds(service.per_event) + flow.body_bytes * seconds(service.per_byte)
    if flow.stream == Stream.LOGIN:
        work_s += seconds(resolved.auth.sign)
    shows_token = resolved.auth.scheme != AuthScheme.NONE and flow.stream != Stream.LOGIN
    auth_s = seconds(service.auth) if shows_token else 0.0
    return [
        (Activity.PARSE, seconds(service.parse)),
        (Activity.AUTH, auth_s),
        (_ACTIVITY[flow.stream], work_s),
    ]


def connections_per_request(resolved: Resolved, flow: Rate) -> float:
    """Share of requests that open a connection: all of them, unless connections are kept long enough."""
    if resolved.connection.strategy == Strategy.PER_REQUEST:
        return 1.0
    idle_ns = [ns for ns in (resolved.connection.idle_ns, resolved.server.idle_ns) if ns]
    if not idle_ns:
        return 0.0
    idle_s = min(idle_ns) / SECOND
    if flow.regular:
        return 1.0 if 1 / flow.rate_per_s - flow.held_s >= idle_s else 0.0
    return exp(-flow.rate_per_s * idle_s)


def login_cost_s(resolved: Resolved) -> float:
    """Mean CPU time of a login on a connection of its own, in s."""
    secured = resolved.connection.tls != Tls.NONE
    costs = request_costs(resolved, Rate(Stream.LOGIN, 1, 1.0))
    return sum(cost_s for _, cost_s in costs) + (handshake_s(resolved) if secured else 0.0)


def login_capacity_per_s(resolved: Resolved, share: float = 1.0) -> float:
    """The most logins per second with that share of the cores, within the limits (inf: any number)."""
    cost_s, limits, nodes = login_cost_s(resolved), resolved.server.limits, resolved.server.nodes
    rates = [limits.login_rate, limits.request_rate, limits.connect_rate]
    allowed = [nodes * SECOND / rate.interval_ns for rate in rates if rate.interval_ns]
    return min([cores(resolved) * share / cost_s if cost_s else inf, *allowed])


def is_closed(resolved: Resolved) -> bool:
    """Whether any stream waits for its answers, so that load gives way to delay."""
    sources = [source for kind in resolved.classes for source in (kind.stateless, kind.stateful)]
    return any(source.kind == ProcessKind.CLOSED for source in sources)
