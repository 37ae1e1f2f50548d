"""Pure M/M/c queues: their waits in closed form, so that no run is needed.

`queue_of` decides whether a scenario is such a queue: Poisson arrivals, exponential service, one queue for
all cores, and nothing else that costs or limits. A single feature more, and it returns None: the scenario
is simulated then. The figures are those of the long run, without warm-up or chance.

References
----------
A. K. Erlang, Solution of some problems in the theory of probabilities of significance in automatic telephone
exchanges (1917). R. B. Cooper, Introduction to Queueing Theory, 2nd ed. (1981), section 3.5.
"""

from math import log
from typing import NamedTuple

from wavetank.policy.codes import AuthScheme, Channel, LawKind, ProcessKind, Stream, Tls
from wavetank.policy.laws import mean_of
from wavetank.scenario.resolved import Resolved
from wavetank.studies.flows import flows_at

KNOWN = frozenset(
    {
        "server_wait_probability",
        "server_wait_mean_s",
        "server_wait_p50_s",
        "server_wait_p95_s",
        "server_wait_p99_s",
        "server_utilisation",
    }
)
"""Metrics that the closed form knows."""
_LEFT = {"p50": 0.50, "p95": 0.05, "p99": 0.01}
"""The share of jobs that wait longer than a quantile."""


class Queue(NamedTuple):
    """Poisson arrivals, exponential service, `cores` servers; rates per second."""

    arrivals_per_s: float
    service_s: float
    cores: int

    @property
    def offered(self) -> float:
        """The offered load a in erlangs."""
        return self.arrivals_per_s * self.service_s

    def metrics(self) -> dict[str, float]:
        """Return the metrics of the queue in the long run; empty where it grows without end."""
        a, c = self.offered, self.cores
        if a >= c:
            return {}
        waits = erlang_c(c, a)
        mean_s = self.service_s / (c - a)
        metrics = {
            "server_wait_probability": waits,
            "server_wait_mean_s": waits * mean_s,
            "server_utilisation": a / c,
        }
        # those who wait do so for an exponential time
        quantiles = {name: max(0.0, mean_s * log(waits / left)) for name, left in _LEFT.items()}
        return metrics | {f"server_wait_{name}_s": value for name, value in quantiles.items()}


def erlang_c(servers: int, offered: float) -> float:
    """Return the probability that a job of an M/M/c queue waits; `offered` is below `servers`.

    By the recursion of Erlang B, whose terms never overflow.

    Examples
    --------
    >>> round(erlang_c(109, 100.0), 4)
    0.2797
    """
    blocking = 1.0
    for busy in range(1, servers + 1):
        blocking = offered * blocking / (busy + offered * blocking)
    return servers * blocking / (servers - offered * (1 - blocking))


def queue_of(resolved: Resolved) -> Queue | None:
    """Return the M/M/c queue that a scenario is, or None where it is anything else."""
    if not _is_plain(resolved):
        return None
    flows = flows_at(resolved)
    law = resolved.server.service.operation[Stream.STATELESS]
    if {flow.stream for flow in flows} != {Stream.STATELESS} or law.kind != LawKind.EXPONENTIAL:
        return None
    arrivals_per_s = sum(flow.requests_per_s for flow in flows)
    service_s = mean_of(law, resolved.empirical) / 1e9
    return Queue(arrivals_per_s, service_s, resolved.server.cores) if arrivals_per_s else None


def _is_plain(resolved: Resolved) -> bool:
    """Whether nothing but Poisson events and their service takes place, on one node without limits."""
    server, rules = resolved.server, resolved.batching[0]
    service, limits = server.service, server.limits
    sources = [kind.stateless for kind in resolved.classes]
    costs = (service.parse, service.per_event, service.per_byte)
    caps = (limits.in_flight, limits.connections, limits.in_flight_bytes, limits.body)
    rates = (limits.connect_rate, limits.request_rate, limits.login_rate)
    return (
        server.nodes == 1
        and server.workers >= server.cores
        and not resolved.faults
        and resolved.auth.scheme == AuthScheme.NONE
        and resolved.connection.tls == Tls.NONE
        and resolved.commands.channel not in (Channel.POLL, Channel.LONG_POLL)
        and not resolved.heartbeat.period_ns
        and not resolved.store.parallelism
        and all(source.kind == ProcessKind.POISSON and len(source.starts_ns) <= 1 for source in sources)
        and rules.count == 1
        and not rules.max_in_flight
        and not rules.pause_after_ns
        and not resolved.retry[Stream.STATELESS].timeout_ns
        and not server.route_timeout_ns[Stream.STATELESS]
        and not any(cost.kind for cost in costs)
        and not any(cap.value for cap in caps)
        and not any(rate.interval_ns for rate in rates)
        and not limits.bandwidth_bytes_per_s
        and not any(network.loss for network in resolved.networks)
    )
