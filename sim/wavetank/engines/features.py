"""Features that a scenario asks of an engine beyond a bare queue, as keys or "key = word".

What an engine honours, and which of its paths may be taken, is said in these words and nowhere else.
"""

from collections.abc import Iterable, Mapping

from wavetank.policy import registry as words
from wavetank.policy.codes import AuthScheme, Channel, Dispatch, ProcessKind, StartKind, Strategy, Tls
from wavetank.policy.codes import BalancerPolicy as Policy
from wavetank.scenario.resolved import Resolved

_LIMITS = (
    "connections", "in_flight", "in_flight_bytes", "body", "bandwidth",
    "connect_rate", "request_rate", "login_rate",
)  # fmt: skip
_ALONE = (
    "profile", "fleet.class.credentials", "network.loss", "connection.tls", "heartbeat", "store",
    "server.nodes", "server.blocking", "server.dispatch", "server.serve_abandoned", "server.route_timeout",
)  # fmt: skip
_WORDS = {
    "process": (words.PROCESSES, "none"),
    "fleet.start": (words.STARTS, "steady"),
    "auth.scheme": (words.AUTH_SCHEMES, "none"),
    "connection.strategy": (words.STRATEGIES, "per-request"),
    "commands.channel": (words.CHANNELS, "none"),
    "balancer.policy": (words.BALANCER_POLICIES, "none"),
    "fault.kind": (words.FAULT_KINDS, ""),
}
FEATURES: tuple[str, ...] = (
    *_ALONE,
    *(f"server.limits.{name}" for name in _LIMITS),
    *(f"{key} = {word}" for key, (choices, bare) in _WORDS.items() for word in choices if word != bare),
)
"""Everything that `features` may name; what is not here is honoured by every engine."""


def _word(names: Mapping[str, int], code: int) -> str:
    return next(name for name, value in names.items() if value == code)


def _streams(resolved: Resolved) -> Iterable[str]:
    for kind in resolved.classes:
        for source in (kind.stateless, kind.stateful):
            if source.kind != ProcessKind.NONE:
                yield f"process = {_word(words.PROCESSES, source.kind)}"
            if len(source.starts_ns) > 1:
                yield "profile"


def _limits(resolved: Resolved) -> Iterable[str]:
    limits = resolved.server.limits
    for name in ("connections", "in_flight", "in_flight_bytes", "body"):
        if getattr(limits, name).value:
            yield f"server.limits.{name}"
    for name in ("connect_rate", "request_rate", "login_rate"):
        if getattr(limits, name).interval_ns:
            yield f"server.limits.{name}"
    if limits.bandwidth_bytes_per_s:
        yield "server.limits.bandwidth"


def _agents(resolved: Resolved) -> Iterable[str]:
    if resolved.start != StartKind.STEADY:
        yield f"fleet.start = {_word(words.STARTS, resolved.start)}"
    if resolved.auth.scheme != AuthScheme.NONE:
        yield f"auth.scheme = {_word(words.AUTH_SCHEMES, resolved.auth.scheme)}"
    if any(kind.invalid_credentials for kind in resolved.classes):
        yield "fleet.class.credentials"
    if any(resolved.networks[kind.network].loss for kind in resolved.classes):
        yield "network.loss"
    if resolved.connection.strategy != Strategy.PER_REQUEST:
        yield f"connection.strategy = {_word(words.STRATEGIES, resolved.connection.strategy)}"
    if resolved.connection.tls != Tls.NONE:
        yield "connection.tls"
    if resolved.commands.channel != Channel.NONE:
        yield f"commands.channel = {_word(words.CHANNELS, resolved.commands.channel)}"
    if resolved.heartbeat.period_ns:
        yield "heartbeat"


def _servers(resolved: Resolved) -> Iterable[str]:
    if resolved.server.nodes > 1:
        yield "server.nodes"
    if resolved.server.blocking:
        yield "server.blocking"
    if resolved.server.dispatch != Dispatch.SHARED:
        yield "server.dispatch"
    if resolved.server.serve_abandoned:
        yield "server.serve_abandoned"
    if any(resolved.server.route_timeout_ns):
        yield "server.route_timeout"
    if resolved.balancer.policy != Policy.NONE:
        yield f"balancer.policy = {_word(words.BALANCER_POLICIES, resolved.balancer.policy)}"
    if resolved.store.parallelism:
        yield "store"


def features(resolved: Resolved) -> tuple[str, ...]:
    """List the features that a scenario asks of an engine beyond a bare queue, as keys or "key = word"."""
    faults = (f"fault.kind = {_word(words.FAULT_KINDS, fault.kind)}" for fault in resolved.faults)
    parts = (_streams, _agents, _servers, _limits)
    return tuple(dict.fromkeys([*(feature for part in parts for feature in part(resolved)), *faults]))
