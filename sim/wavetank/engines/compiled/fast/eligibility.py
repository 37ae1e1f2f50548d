"""When the fast path may be taken: what it needs of a scenario, and the window that this allows.

It lists what the fast path takes. A feature or a word that is new is not on the list, so a scenario with
it runs in the general loop until somebody has shown that the fast path is equal.
"""

from collections.abc import Iterator

from wavetank.engines.features import features
from wavetank.policy.arrivals import Source
from wavetank.policy.codes import (
    AuthScheme,
    BackoffLaw,
    OnRejection,
    ProcessKind,
    Renewal,
    Strategy,
    Stream,
)
from wavetank.policy.laws import FIXED_LAWS, Law
from wavetank.scenario.resolved import FleetClass, Resolved, Service
from wavetank.units import SECOND

BACKOFFS = (
    BackoffLaw.NONE, BackoffLaw.FIXED, BackoffLaw.EXPONENTIAL, BackoffLaw.FULL_JITTER,
    BackoffLaw.EQUAL_JITTER, BackoffLaw.SCALED_JITTER,
)  # fmt: skip
"""Laws whose wait follows from the attempt alone; a decorrelated one goes on from the wait before."""
LONGEST_WINDOW_NS = 1 << 30
"""About a second: a window that long holds enough arrivals, a longer one gains nothing."""
MOST_CLASSES = 127
"""The class of an agent is one signed byte of its record."""
MOST_ATTEMPTS = 16_000
"""So many time-outs, and so many tokens, are counted in two bytes at most."""
LONGEST_RUN_NS = 1_000_000 * SECOND
"""Counts of each second take 40 bytes, as they do not come in the order of time: 40 MB for this. A longer
run is bounded in memory only by the general loop."""

DELAYS = 4
"""A time-out this many delays long never ends an attempt before its request has arrived."""


FEATURES = frozenset(
    {
        "process = closed",
        "auth.scheme = server-token",
        "connection.strategy = keep-alive",
        "server.serve_abandoned",
    }
)
"""Words of `engines.features` that the fast path supports; a new feature is not among them."""


def blockers(resolved: Resolved, traced: bool = False) -> tuple[str, ...]:
    """The features and keys of a scenario that keep it off the fast path; none: it may be taken.

    A request's fate is known at its arrival only if the server takes requests first come first served from
    one queue, never refuses, drops or forgets one, and works on it even when nobody waits any more; if
    messages take the same positive time each; and if an agent does one thing after the other.
    """
    missing = [feature for feature in features(resolved) if feature not in FEATURES]
    parts = (_server, _fleet, _connections, _tokens, _retries)
    reasons = dict.fromkeys([*missing, *(reason for part in parts for reason in part(resolved))])
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


def source_of(kind: FleetClass) -> Source:
    """Where the events of a class come from."""
    return (kind.stateless, kind.stateful)[stream_of(kind) - Stream.STATELESS]


def _server(r: Resolved) -> Iterator[str]:
    if r.duration_ns > LONGEST_RUN_NS:
        yield "duration"
    if not r.server.serve_abandoned:
        yield "server.serve_abandoned"
    if r.server.idle_ns:
        yield "server.idle_timeout"
    if r.balancer.health_check_ns:
        yield "balancer.health_check"
    if any(law.kind not in FIXED_LAWS for law in _laws(r.server.service)):
        yield "server.service"


def _laws(service: Service) -> tuple[Law, ...]:
    return (service.parse, service.auth, service.per_event, service.per_byte, *service.operation)


def _fleet(r: Resolved) -> Iterator[str]:
    if len(r.classes) > MOST_CLASSES:
        yield "fleet.class"
    if r.commands.source.kind != ProcessKind.NONE:
        yield "commands.rate"
    for kind in r.classes:
        at = f"fleet.class.{kind.name}"
        sources = (kind.stateless, kind.stateful)
        if sum(source.kind != ProcessKind.NONE for source in sources) != 1:
            yield f"{at}: other than one event stream"
        if any(source.size.kind not in FIXED_LAWS for source in sources):
            yield f"{at}.size"
        network = r.networks[kind.network]
        if network.delay.kind not in FIXED_LAWS or network.delay.low <= 0:
            yield f"network.{network.name}.delay"
        if network.bandwidth_bytes_per_s:
            yield f"network.{network.name}.bandwidth"
    for batching, name in zip(r.batching, ("stateless", "stateful"), strict=True):
        if batching.count != 1 or batching.pause_after_ns:
            yield f"batching.{name}"


def _connections(r: Resolved) -> Iterator[str]:
    if r.connection.strategy != Strategy.KEEP_ALIVE:
        yield "connection.strategy"
    if r.connection.idle_ns:
        yield "connection.idle_timeout"


def _tokens(r: Resolved) -> Iterator[str]:
    if r.auth.scheme != AuthScheme.SERVER_TOKEN:
        return
    if r.auth.renewal != Renewal.ON_EXPIRY:
        yield "auth.renew"
    if r.auth.on_rejection != OnRejection.RESUME:
        yield "auth.on_rejection"
    if r.auth.sign.kind not in FIXED_LAWS:
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
        if retry.backoff.law not in BACKOFFS:
            yield f"{name}.backoff"
        if 0 < retry.timeout_ns <= max(_patience_ns(r), r.duration_ns // MOST_ATTEMPTS):
            yield f"{name}.timeout"
