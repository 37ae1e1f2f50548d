"""The server, its limits and costs, and the store."""

from fractions import Fraction

from wavetank.policy.codes import Stream
from wavetank.policy.laws import NO_LAW, Law
from wavetank.policy.registry import ANSWERS, DISPATCHES
from wavetank.scenario import resolved as r
from wavetank.scenario.resolve_laws import Laws
from wavetank.scenario.schema import server as s
from wavetank.scenario.schema.top import Spec
from wavetank.units import SECOND

ENDPOINTS = tuple(stream.name.lower() for stream in Stream)
NO_LIMIT = r.Limit(0, 0, 0)
NO_RATE_LIMIT = r.RateLimit(0, 0, 0, 0)


def server_of(server: s.Server, laws: Laws) -> r.Server:
    """The nodes; workers left out are as many as cores."""
    return r.Server(
        nodes=server.nodes,
        cores=server.cores,
        workers=server.workers or server.cores,
        blocking=server.blocking,
        dispatch=DISPATCHES[server.dispatch],
        serve_abandoned=server.serve_abandoned,
        idle_ns=server.idle_timeout,
        service=_service(server.service, laws),
        limits=_limits(server.limits),
        route_timeout_ns=tuple(getattr(server.route_timeout, name, 0) for name in ENDPOINTS),
    )


def sign_of(spec: Spec, laws: Laws) -> Law:
    """The law of making one token with the chosen algorithm and key."""
    auth = spec.auth
    cost = spec.server.sign.get(auth.algorithm)
    if cost is None or auth.scheme != "server-token":
        return NO_LAW
    law = cost.cached if auth.key == "cached" else cost.parsed
    return laws.law(law, ("server", "sign", auth.algorithm, auth.key))


def store_of(store: s.Store, laws: Laws) -> r.Store:
    """The store; parallelism 0 is none."""
    latency = laws.law(store.latency, ("store", "latency"))
    return r.Store(store.parallelism, store.window, store.size, latency)


def _service(service: s.Service, laws: Laws) -> r.Service:
    def law(name: str) -> Law:
        return laws.law(getattr(service, name, None), ("server", "service", name))

    return r.Service(
        handshake=law("handshake"),
        handshake_resumed=law("handshake_resumed"),
        parse=law("parse"),
        auth=law("auth"),
        operation=tuple(law(name) for name in ENDPOINTS),
        per_event=law("per_event"),
        per_byte=law("per_byte"),
    )


def _limits(limits: s.Limits) -> r.Limits:
    body = r.Limit(limits.body.value, 0, 0) if limits.body else NO_LIMIT
    return r.Limits(
        connections=_limit(limits.connections),
        accept_queue=limits.accept_queue,
        in_flight=_limit(limits.in_flight),
        in_flight_bytes=_limit(limits.in_flight_bytes),
        body=body,
        connect_rate=_rate_limit(limits.connect_rate),
        request_rate=_rate_limit(limits.request_rate),
        login_rate=_rate_limit(limits.login_rate),
        bandwidth_bytes_per_s=float(limits.bandwidth),
    )


def _limit(limit: s.CountLimit | s.ByteLimit | None) -> r.Limit:
    if limit is None:
        return NO_LIMIT
    return r.Limit(limit.value, ANSWERS[limit.answer], limit.retry_after)


def _rate_limit(limit: s.RateLimit | None) -> r.RateLimit:
    if limit is None:
        return NO_RATE_LIMIT
    interval_ns = max(1, round(Fraction(SECOND) / limit.rate))
    return r.RateLimit(interval_ns, limit.burst, ANSWERS[limit.answer], limit.retry_after)
