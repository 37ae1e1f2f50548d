"""Checks of storms: whether the repeats of requests that are given up keep the servers too busy to answer.

While every answer comes later than the agents wait, each agent asks again after its time-out and its
back-off. A server that also works on what was given up then spends a core-time per second (erlangs) of
agents x cost / (time-out + wait). If that is all that its cores have, the storm outlives its cause: the
metastable failure of Bronson et al., "Metastable failures in distributed systems" (HotOS 2021).
"""

from collections.abc import Iterator
from math import ceil, inf
from typing import NamedTuple

from wavetank.policy.codes import AuthScheme, BackoffLaw, FaultKind, StartKind, Stream, Tls
from wavetank.scenario.resolved import Resolved
from wavetank.studies.finding import Finding, Remedy, fact, warning
from wavetank.studies.flows import SECOND, Rate
from wavetank.studies.formatting import duration, many
from wavetank.studies.load import (
    Load,
    connections_per_request,
    handshake_s,
    is_closed,
    loads,
    login_cost_s,
    request_costs,
)
from wavetank.studies.outages import longest_outage_s
from wavetank.studies.pasting import at_least, line

ANEW = (FaultKind.COLD_START, FaultKind.KEY_ROTATION)
"""Faults after which all agents log in."""


class Storm(NamedTuple):
    """The work that agents ask of the servers while nobody is answered in time.

    `cost_s` of core time for an attempt, one each `round_s`; `together` says whether this scenario makes all
    agents ask at once. `cores` are free for it, `normal` erlangs are what the stream needs on a calm day.
    """

    stream: Stream
    agents: int
    cost_s: float
    timeout_s: float
    round_s: float
    cores: float
    normal: float
    together: bool

    @property
    def erlangs(self) -> float:
        """Core time per second that the repeats ask for."""
        return self.agents * self.cost_s / self.round_s

    @property
    def wait_s(self) -> float:
        """How long the last of all agents waits, if each asks once."""
        return self.agents * self.cost_s / self.cores

    @property
    def holds(self) -> bool:
        """Whether the storm keeps itself up once all agents ask at once."""
        return self.erlangs >= self.cores and self.wait_s > self.timeout_s


def findings(resolved: Resolved) -> Iterator[Finding]:
    """Say of each stream whether its repeats can keep the servers busy: then the fleet may not come back."""
    if is_closed(resolved) or not resolved.server.serve_abandoned:
        return
    _, peak = loads(resolved)
    for storm in storms(resolved, peak):
        if storm.holds:
            yield _held_up(resolved, storm)


def storms(resolved: Resolved, peak: Load) -> Iterator[Storm]:
    """Yield the storm of the logins and of each stream of events that has a time-out."""
    if resolved.auth.scheme == AuthScheme.SERVER_TOKEN:
        agents = sum(flow.agents for flow in peak.flows if flow.stream == Stream.LOGIN)
        anew = any(each.kind in ANEW for each in resolved.faults) or resolved.start == StartKind.COLD
        # Without a token an agent sends nothing else: all cores are free for logins.
        yield from _storm(
            resolved, Stream.LOGIN, agents, login_cost_s(resolved), peak, (float(peak.cores), anew)
        )
    outage_s = longest_outage_s(resolved)
    for stream in (Stream.STATELESS, Stream.STATEFUL):
        flows = [flow for flow in peak.flows if flow.stream == stream]
        if flows:
            cost_s = sum(flow.agents * _cost_s(resolved, flow, outage_s) for flow in flows)
            agents = sum(flow.agents for flow in flows)
            own = sum(flow.requests_per_s * _cost_s(resolved, flow, 0.0) for flow in flows)
            free = max(peak.cores - (peak.offered - own), 0.01)
            yield from _storm(resolved, stream, agents, cost_s / agents, peak, (free, outage_s > 0))


def _storm(
    resolved: Resolved, stream: Stream, agents: int, cost_s: float, peak: Load, free: tuple[float, bool]
) -> Iterator[Storm]:
    retry = resolved.retry[stream]
    if not retry.timeout_ns or retry.attempts == 1 or not agents:
        return
    mean = 0.5 if retry.backoff.law == BackoffLaw.FULL_JITTER else 1.0
    wait_ns = mean * retry.backoff.base_ns + retry.backoff.jitter_ns / 2
    timeout_s = retry.timeout_ns / SECOND
    normal = peak.requests_per_s(stream) * cost_s
    yield Storm(stream, agents, cost_s, timeout_s, timeout_s + wait_ns / SECOND, free[0], normal, free[1])


def _cost_s(resolved: Resolved, flow: Rate, outage_s: float) -> float:
    """Core time of a request that carries what gathered during an outage, in s."""
    more = 1 + outage_s * flow.rate_per_s
    full = flow._replace(events=flow.events * more, body_bytes=flow.body_bytes * more)
    work_s = sum(cost_s for _, cost_s in request_costs(resolved, full))
    opened = connections_per_request(resolved, flow) if resolved.connection.tls != Tls.NONE else 0.0
    return work_s + opened * handshake_s(resolved)


def _held_up(resolved: Resolved, storm: Storm) -> Finding:
    word = storm.stream.name.lower()
    times = storm.erlangs / storm.normal if storm.normal else inf
    asked = (
        f"Once answers take longer than {duration(storm.timeout_s)}, each of {many(storm.agents, 'agent')} "
        f"asks again every {duration(storm.round_s)}: {storm.erlangs:.3g} erlangs of {word}, {times:.2g} "
        f"times as much as on a calm day, and {storm.cores:.3g} cores are free for them"
    )
    enough = ceil(storm.timeout_s * storm.cores / storm.cost_s)
    kept = "The servers also work on what was given up (server.serve_abandoned)"
    condition = f"{asked}. {kept}, so from {many(enough, 'agent')} at once the fleet may not come back."
    key = f"retry.{word}.backoff"
    figures = {
        "erlangs": storm.erlangs,
        "cores_free": storm.cores,
        "times_normal": times,
        "agents_at_once": float(enough),
    }
    if not storm.together:
        return fact(key, f"{condition} Nothing in this scenario makes so many ask at once.", **figures)
    fix = line(key, spread(storm))
    also = (f"retry.{word}.timeout", "server.serve_abandoned")
    remedy = Remedy(fix, "server_utilisation.wasted", (), also, tuple(figures.items()))
    return warning(key, f"{condition} Such a fault is in this scenario; a run decides.", remedy)


def spread(storm: Storm) -> str:
    """Return a back-off under which the repeats need what a calm day leaves free, and no more."""
    spare = max(storm.cores - storm.normal, storm.cores / 10)
    round_s = storm.agents * storm.cost_s / spare
    base = at_least(2 * max(round_s - storm.timeout_s, storm.timeout_s))
    return f'{{ law = "full-jitter", base = "{base}", cap = "{base}" }}'
