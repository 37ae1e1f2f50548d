"""Describe a resolved scenario in short phrases for the boxes of a diagram."""

from collections.abc import Iterator
from enum import IntEnum
from fractions import Fraction

from wavetank.policy.arrivals import Source
from wavetank.policy.backoff import Backoff
from wavetank.policy.codes import (
    Answer,
    AuthScheme,
    BackoffLaw,
    Channel,
    LawKind,
    ProcessKind,
    Renewal,
    Strategy,
    Stream,
    Tls,
)
from wavetank.policy.laws import Law, mean_of
from wavetank.policy.registry import ANSWERS
from wavetank.scenario.resolved import (
    Auth,
    Batching,
    Commands,
    Connection,
    Heartbeat,
    Limits,
    Network,
    RateLimit,
    Resolved,
    Retry,
    Server,
    Store,
)
from wavetank.studies.formatting import duration, many
from wavetank.units import format_rate, format_size

_TLS = {Tls.V1_2: "TLS 1.2", Tls.V1_3: "TLS 1.3"}
_RENEWALS = {
    Renewal.ON_EXPIRY: "renewed when it expires",
    Renewal.ON_REJECTION: "renewed when it is rejected",
}
_SCHEMES = {
    AuthScheme.SELF_TOKEN: "a token it makes itself",
    AuthScheme.PER_REQUEST_MAC: "a MAC on every request",
}


def time(ns: float) -> str:
    """A duration in words."""
    return duration(ns / 1e9)


def choice(member: IntEnum) -> str:
    """A choice in words: FULL_JITTER is "full jitter"."""
    return member.name.lower().replace("_", " ")


def rate(per_s: float) -> str:
    """A rate in words: "15/min"."""
    return format_rate(Fraction(per_s).limit_denominator(10**6))


def bandwidth(bytes_per_s: float) -> str:
    """A bandwidth in words: "100 Mbit/s"."""
    bits = bytes_per_s * 8
    scale, unit = next(
        (step for step in ((1e9, "Gbit/s"), (1e6, "Mbit/s"), (1e3, "kbit/s")) if bits >= step[0]),
        (1, "bit/s"),
    )
    return f"{bits / scale:.4g} {unit}"


def law(of: Law, empirical: tuple[int, ...]) -> str:
    """A law of durations: its mean, and its kind unless it is a plain number; "" for none."""
    if of.kind == LawKind.NONE:
        return ""
    mean = time(mean_of(of, empirical))
    return mean if of.kind == LawKind.DETERMINISTIC else f"{mean} ({choice(LawKind(of.kind))})"


def source(of: Source, empirical: tuple[int, ...]) -> str:
    """How events of a stream come about; "" where none do."""
    if of.kind == ProcessKind.CLOSED:
        return f"thinks {law(of.think, empirical) or 'not at all'}, then the next"
    if of.kind == ProcessKind.NONE or not of.rate_per_s:
        return ""
    text = rate(of.rate_per_s)
    return f"{text}, varying" if len(of.factors) > 1 else text


def batching(of: Batching) -> str:
    """When a batch is sent: "after 10 s or at 1MB"."""
    if of.count == 1 and not (of.bytes or of.age_ns):
        return "each event at once"
    parts = [f"after {time(of.age_ns)}"] if of.age_ns else []
    parts += [f"at {format_size(of.bytes)}"] if of.bytes else []
    parts += [f"at {of.count:,} events"] if of.count else []
    return " or ".join(parts) or "as soon as it can"


def retry(of: Retry) -> list[str]:
    """How an endpoint is asked again: "timeout 60 s", "again after 30 s (fixed)"."""
    parts = [f"timeout {time(of.timeout_ns)}"] if of.timeout_ns else []
    parts.append(_backoff(of.backoff))
    if of.attempts:
        parts.append(f"at most {many(of.attempts, 'attempt')}")
    return parts


def _backoff(of: Backoff) -> str:
    if of.law == BackoffLaw.NONE:
        return "again at once"
    bound = f" to {time(of.cap_ns)}" if of.cap_ns and of.cap_ns != of.base_ns else ""
    jitter = f" + up to {time(of.jitter_ns)}" if of.jitter_ns else ""
    return f"again after {time(of.base_ns)}{bound}{jitter} ({choice(BackoffLaw(of.law))})"


def auth(of: Auth) -> list[str]:
    """How an agent shows who it is; empty where it need not."""
    if of.scheme == AuthScheme.NONE:
        return []
    if of.scheme != AuthScheme.SERVER_TOKEN:
        return [_SCHEMES[AuthScheme(of.scheme)]]
    if of.renewal == Renewal.BEFORE_EXPIRY:
        jitter = f" to {time(of.margin_ns + of.jitter_ns)}" if of.jitter_ns else ""
        renewed = f"renewed {time(of.margin_ns)}{jitter} before it expires"
    else:
        renewed = _RENEWALS[Renewal(of.renewal)]
    return [f"lives {time(of.ttl_ns)}", renewed]


def commands(of: Commands) -> list[str]:
    """How commands come; empty where none do."""
    if of.channel == Channel.POLL:
        return [f"asks every {time(of.period_ns)}"]
    if of.channel == Channel.LONG_POLL:
        holds = [f"agent {time(of.hold_ns)}"] if of.hold_ns else []
        holds += [f"server {time(of.server_hold_ns)}"] if of.server_hold_ns else []
        return ["long poll", f"held by: {', '.join(holds)}" if holds else "held until there is one"]
    return ["on the answers to heartbeats"] if of.channel == Channel.PIGGYBACK else []


def heartbeat(of: Heartbeat) -> list[str]:
    """How often an agent says that it is there; empty where it does not."""
    if not of.period_ns:
        return []
    jitter = f" + up to {time(of.jitter_ns)}" if of.jitter_ns else ""
    return [f"every {time(of.period_ns)}{jitter}"]


def connection(of: Connection) -> list[str]:
    """How connections are used."""
    kept = "kept alive" if of.strategy == Strategy.KEEP_ALIVE else "a new one per request"
    idle = f", at most {time(of.idle_ns)} idle" if of.strategy == Strategy.KEEP_ALIVE and of.idle_ns else ""
    if of.tls == Tls.NONE:
        return [kept + idle, "without TLS"]
    return [kept + idle, f"{_TLS[Tls(of.tls)]}, {'resumed' if of.resume else 'full handshakes'}"]


def network(of: Network, empirical: tuple[int, ...]) -> list[str]:
    """Delay and bandwidth."""
    parts = [f"{delay} each way"] if (delay := law(of.delay, empirical)) else ["no delay"]
    return parts + ([bandwidth(of.bandwidth_bytes_per_s)] if of.bandwidth_bytes_per_s else [])


def machine(of: Server) -> list[str]:
    """Describe the cores and workers of one node."""
    workers = many(of.workers, "worker") + (", held while waiting" if of.blocking else "")
    return [f"{many(of.cores, 'core')}, {workers}"]


def costs(of: Resolved) -> Iterator[str]:
    """Mean CPU times of a node's operations, those that cost something."""
    service, empirical = of.server.service, of.empirical
    for name, cost in (("handshake", service.handshake), ("parse", service.parse), ("auth", service.auth)):
        if cost.kind != LawKind.NONE:
            yield f"{name} {time(mean_of(cost, empirical))}"
    for stream, cost in zip(Stream, service.operation, strict=True):
        signing = of.auth.sign if stream == Stream.LOGIN else None
        mean_ns = mean_of(cost, empirical) + (mean_of(signing, empirical) if signing else 0.0)
        if mean_ns:
            yield f"{stream.name.lower()} {time(mean_ns)}"
    for name, cost in (("event", service.per_event), ("byte", service.per_byte)):
        if cost.kind != LawKind.NONE:
            yield f"per {name} {time(mean_of(cost, empirical))}"


def limits(of: Limits) -> Iterator[str]:
    """The limits of a node, one phrase each, with what is said above them."""
    for name, cap in (("connections", of.connections), ("requests in flight", of.in_flight)):
        if cap.value:
            yield f"{cap.value:,} {name}, else {_answer(cap.answer)}"
    for name, cap in (("in flight", of.in_flight_bytes), ("a request", of.body)):
        if cap.value:
            said = "413" if cap is of.body else _answer(cap.answer)
            yield f"{format_size(cap.value)} {name}, else {said}"
    for name, fill in (
        ("connects", of.connect_rate),
        ("requests", of.request_rate),
        ("logins", of.login_rate),
    ):
        if fill.interval_ns:
            yield _rate_limit(name, fill)
    if of.bandwidth_bytes_per_s:
        yield bandwidth(of.bandwidth_bytes_per_s)


def _rate_limit(name: str, of: RateLimit) -> str:
    return f"{name} {rate(1e9 / of.interval_ns)}, burst {of.burst:,}, else {_answer(of.answer)}"


def _answer(code: int) -> str:
    word = next(word for word, known in ANSWERS.items() if known == code)
    return {Answer.REFUSE: "a reset", Answer.SILENCE: "silence"}.get(Answer(code), word)


def store(of: Store, empirical: tuple[int, ...]) -> list[str]:
    """Describe how long a commit takes; empty without a store."""
    if not of.parallelism:
        return []
    parts = [f"{of.parallelism:,} at a time"]
    parts += [f"{latency} each"] if (latency := law(of.latency, empirical)) else []
    return parts + ([f"gathered for {time(of.window_ns)}"] if of.window_ns else [])
