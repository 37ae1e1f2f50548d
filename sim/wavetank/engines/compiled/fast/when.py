"""When the fast path may be taken: what it needs of a scenario, and the window that this allows."""

from collections.abc import Iterator

from wavetank.policy.codes import (
    AuthScheme,
    BackoffLaw,
    LawKind,
    OnRejection,
    ProcessKind,
    Renewal,
    StartKind,
    Strategy,
    Stream,
)
from wavetank.policy.laws import Law
from wavetank.scenario.resolved import FleetClass, Resolved, Service

FIXED = (LawKind.NONE, LawKind.DETERMINISTIC)
LONGEST_WINDOW_NS = 1 << 30
MOST_CLASSES = 127
MOST_ATTEMPTS = 16_000
"""So many time-outs, and so many tokens, are counted in two bytes at most."""
DELAYS = 4
"""A time-out this many delays long never ends an attempt before its request has arrived."""


def why_not(resolved: Resolved, traced: bool = False) -> tuple[str, ...]:
    """The keys of a scenario that keep it off the fast path; none: it may be taken.

    A request's fate is known at its arrival only if the server takes requests first come first served from
    one queue, never refuses, drops or forgets one, and works on it even when nobody waits any more; if
    messages take the same positive time each; and if an agent does one thing after the other.
    """
    parts = (_server, _fleet, _connections, _tokens, _retries)
    reasons = dict.fromkeys(reason for part in parts for reason in part(resolved))
    return (*reasons, *(("a trace",) if traced else ()))


def window_ns(resolved: Resolved) -> int:
    """No arrival makes another one within so many ns: an answer's way and the next request's. A power of two.

    Nor does the reset that gives a connection up, as time-outs are longer than `DELAYS` delays.
    """
    delay_ns = min(resolved.networks[kind.network].delay.low for kind in resolved.classes)
    return 1 << (min(LONGEST_WINDOW_NS, 2 * delay_ns).bit_length() - 1)


def _streams(resolved: Resolved) -> set[Stream]:
    token = {Stream.LOGIN} if resolved.auth.scheme == AuthScheme.SERVER_TOKEN else set()
    return token | {stream_of(kind) for kind in resolved.classes}


def stream_of(kind: FleetClass) -> Stream:
    """The one event stream of a class."""
    return Stream.STATELESS if kind.stateful.kind == ProcessKind.NONE else Stream.STATEFUL


def _server(r: Resolved) -> Iterator[str]:
    server, limits = r.server, r.server.limits
    wanted = {
        "fault": bool(r.faults),
        "server.nodes": server.nodes > 1,
        "server.blocking": server.blocking,
        "server.dispatch": bool(server.dispatch),
        "server.serve_abandoned": not server.serve_abandoned,
        "server.idle_timeout": bool(server.idle_ns),
        "server.route_timeout": any(server.route_timeout_ns),
        "server.limits.bandwidth": bool(limits.bandwidth_bytes_per_s),
        "store": bool(r.store.parallelism),
        "balancer": bool(r.balancer.policy or r.balancer.health_check_ns),
        "server.service": any(law.kind not in FIXED for law in _laws(server.service)),
    }
    yield from (key for key, there in wanted.items() if there)
    for name in ("connections", "in_flight", "in_flight_bytes", "body"):
        if getattr(limits, name).value:
            yield f"server.limits.{name}"
    for name in ("connect_rate", "request_rate", "login_rate"):
        if getattr(limits, name).interval_ns:
            yield f"server.limits.{name}"


def _laws(service: Service) -> tuple[Law, ...]:
    return (service.parse, service.auth, service.per_event, service.per_byte, *service.operation)


def _fleet(r: Resolved) -> Iterator[str]:
    if r.start != StartKind.STEADY:
        yield "fleet.start"
    if len(r.classes) > MOST_CLASSES:
        yield "fleet.class"
    if r.commands.channel or r.commands.source.kind != ProcessKind.NONE:
        yield "commands"
    if r.heartbeat.period_ns:
        yield "heartbeat"
    for kind in r.classes:
        at = f"fleet.class.{kind.name}"
        sources = (kind.stateless, kind.stateful)
        if sorted(source.kind for source in sources) != [ProcessKind.NONE, ProcessKind.CLOSED]:
            yield f"{at}.process"
        if any(source.size.kind not in FIXED for source in sources):
            yield f"{at}.size"
        if kind.invalid_credentials:
            yield f"{at}.credentials"
        network = r.networks[kind.network]
        if network.delay.kind not in FIXED or network.delay.low <= 0:
            yield f"network.{network.name}.delay"
        if network.loss:
            yield f"network.{network.name}.loss"
        if network.bandwidth_bytes_per_s:
            yield f"network.{network.name}.bandwidth"
    for batching, name in zip(r.batching, ("stateless", "stateful"), strict=True):
        if batching.count != 1 or batching.pause_after_ns:
            yield f"batching.{name}"


def _connections(r: Resolved) -> Iterator[str]:
    if r.connection.strategy != Strategy.KEEP_ALIVE:
        yield "connection.strategy"
    if r.connection.tls:
        yield "connection.tls"
    if r.connection.idle_ns:
        yield "connection.idle_timeout"


def _tokens(r: Resolved) -> Iterator[str]:
    if r.auth.scheme not in (AuthScheme.NONE, AuthScheme.SERVER_TOKEN):
        yield "auth.scheme"
    if r.auth.scheme != AuthScheme.SERVER_TOKEN:
        return
    if r.auth.renewal != Renewal.ON_EXPIRY:
        yield "auth.renew"
    if r.auth.on_rejection != OnRejection.RESUME:
        yield "auth.on_rejection"
    if r.auth.sign.kind not in FIXED:
        yield "server.sign"
    if r.auth.ttl_ns < max(_patience_ns(r), r.duration_ns // MOST_ATTEMPTS):
        yield "auth.ttl"


def _patience_ns(r: Resolved) -> int:
    """So long an attempt must be allowed to take, and a token to live."""
    return DELAYS * max((r.networks[kind.network].delay.low for kind in r.classes), default=0)


def _retries(r: Resolved) -> Iterator[str]:
    for stream in _streams(r):
        retry, name = r.retry[stream], f"retry.{stream.name.lower()}"
        if retry.attempts:
            yield f"{name}.attempts"
        if retry.backoff.law == BackoffLaw.DECORRELATED:
            yield f"{name}.backoff"
        if 0 < retry.timeout_ns <= max(_patience_ns(r), r.duration_ns // MOST_ATTEMPTS):
            yield f"{name}.timeout"
