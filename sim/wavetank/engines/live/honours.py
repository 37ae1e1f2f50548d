"""The keys of a scenario that `live` supports: the others are refused by name.

What the scenario says of its servers' machines (card and service times, cores, workers, route time-outs,
whether abandoned work is served) is replaced by the real server, which a result says; what would make
that server behave in another way is refused.
"""

from collections.abc import Iterator

from wavetank.policy.codes import AuthScheme, Renewal, StartKind, Tls
from wavetank.scenario.resolved import Resolved
from wavetank.units import SECOND as SECOND_NS

HONOURED = frozenset(
    {
        "process = poisson",
        "process = constant",
        "profile",
        "fleet.start = cold",
        "fleet.start = ramp",
        "auth.scheme = server-token",
        "fleet.class.credentials",
        "network.loss",
        "connection.strategy = keep-alive",
        "connection.tls",
        "commands.channel = poll",
        "commands.channel = long-poll",
        "server.serve_abandoned",
        "server.route_timeout",
        "server.limits.body",
        "balancer.policy = random",
        "balancer.policy = round-robin",
        "fault.kind = node-restart",
        "fault.kind = node-loss",
        "fault.kind = key-rotation",
        "fault.kind = invalid-credentials",
        "fault.kind = cold-start",
    }
)
"""With one node a balancer has no choice; `server.nodes` above one is refused."""


def refusals(resolved: Resolved) -> Iterator[str]:
    """Yield the settings that `live` cannot run although they are no feature beyond a bare queue."""
    auth = resolved.auth
    if auth.scheme == AuthScheme.NONE:
        yield "auth.scheme = none"
    if resolved.connection.tls == Tls.NONE:
        yield "connection.tls = none"
    if auth.ttl_ns % SECOND_NS:
        yield "auth.ttl that is no whole number of seconds"
    if resolved.start == StartKind.STEADY and auth.renewal == Renewal.ON_REJECTION:
        yield "auth.renew = on-rejection with fleet.start = steady"
    used = {kind.network for kind in resolved.classes}
    for index, network in enumerate(resolved.networks):
        if index in used and network.bandwidth_bytes_per_s:
            yield f"network.{network.name}.bandwidth"
