"""Tables about servers: [balancer], [server], [store]."""

from fractions import Fraction
from typing import Annotated

from wavetank.policy.registry import ANSWERS, BALANCER_POLICIES, CHECK_PHASES, DISPATCHES
from wavetank.scenario.schema.base import Table, key, required
from wavetank.scenario.schema.laws import Time
from wavetank.scenario.schema.leaf import (
    POSITIVE_SIZE,
    Bandwidth,
    Duration,
    Flag,
    Leaf,
    Name,
    PositiveDuration,
    PositiveRate,
    PositiveSize,
    ShortForm,
    choice,
    text,
    whole,
)

_NONE = Fraction(0)
_count = whole(1, 1_000_000_000)


def _short(leaf: Leaf) -> ShortForm:
    """A limit written as its value alone."""

    def expand(value: object) -> object:
        return value if isinstance(value, dict | Table) else {"value": value}

    return ShortForm(expand, leaf.json, leaf.unit, f"{leaf.span}, or a table with value")


class Balancer(Table):
    """Which node a new connection goes to."""

    policy: Annotated[str, choice(BALANCER_POLICIES)] = key("none", "none: agent i uses node i modulo nodes.")
    health_check: PositiveDuration = key(0, "Time between checks that notice nodes gone and back.")
    fall: Annotated[int, whole(1, 1_000)] = key(3, "Failed checks in a row that take a node out.")
    rise: Annotated[int, whole(1, 1_000)] = key(2, "Successful checks in a row that bring it back.")
    phase: Annotated[str, choice(CHECK_PHASES)] = key(
        "random",
        "When a node is checked: all at whole multiples of health_check, or each in a phase of its own.",
    )


_ANSWER = "What is said above the limit."
_RETRY_AFTER = "429, 503: the Retry-After that the answer carries."


class CountLimit(Table):
    """A cap on a number, per node."""

    value: Annotated[int, _count] = required("The cap.")
    answer: Annotated[str, choice(ANSWERS)] = key("503", _ANSWER)
    retry_after: Duration = key(0, _RETRY_AFTER)


class ConnectionLimit(CountLimit):
    """A cap on connections, per node."""

    answer: Annotated[str, choice(ANSWERS)] = key("silence", _ANSWER)


class ByteLimit(Table):
    """A cap on bytes, per node."""

    value: PositiveSize = required("The cap.")
    answer: Annotated[str, choice(ANSWERS)] = key("503", _ANSWER)
    retry_after: Duration = key(0, _RETRY_AFTER)


class BodyLimit(Table):
    """A cap on a request's body; above it the answer is 413."""

    value: PositiveSize = required("The cap.")


class RateLimit(Table):
    """A token bucket per node, full at the start."""

    rate: PositiveRate = required("How fast the bucket fills.")
    burst: Annotated[int, whole(1, 1_000_000_000)] = key(1, "How much the bucket holds.")
    answer: Annotated[str, choice(ANSWERS)] = key("429", _ANSWER)
    retry_after: Duration = key(0, _RETRY_AFTER)


class ConnectRateLimit(RateLimit):
    """The same for new connections."""

    answer: Annotated[str, choice(ANSWERS)] = key("silence", _ANSWER)


class Limits(Table):
    """Limits of each node."""

    connections: Annotated[ConnectionLimit, _short(_count)] | None = key(None, "Open connections.")
    accept_queue: Annotated[int, whole(0, 1_000_000_000)] = key(
        0, "Connections accepted by the kernel that wait for a place, or for their turn by `connect_rate`."
    )
    in_flight: Annotated[CountLimit, _short(_count)] | None = key(
        None, "Requests from their header to their answer."
    )
    in_flight_bytes: Annotated[ByteLimit, _short(POSITIVE_SIZE)] | None = key(None, "Body bytes of those.")
    body: Annotated[BodyLimit, _short(POSITIVE_SIZE)] | None = key(None, "Body of one request; above it 413.")
    bandwidth: Bandwidth = key(_NONE, "Network card, per direction.")
    connect_rate: ConnectRateLimit | None = key(None, "New connections.")
    request_rate: RateLimit | None = key(None, "Requests.")
    login_rate: RateLimit | None = key(None, "Logins.")


class Service(Table):
    """CPU time per operation; what has no law costs nothing."""

    handshake: Time | None = key(None, "A full TLS handshake.")
    handshake_resumed: Time | None = key(None, "A resumed TLS handshake.")
    parse: Time | None = key(None, "Reading a request; all that a refusal costs.")
    auth: Time | None = key(None, "Checking who sent a request.")
    login: Time | None = key(None, "A login, without signing.")
    stateless: Time | None = key(None, "A stateless batch.")
    stateful: Time | None = key(None, "A stateful batch.")
    commands: Time | None = key(None, "A poll for commands.")
    heartbeat: Time | None = key(None, "A heartbeat.")
    per_event: Time | None = key(None, "Drawn once per request and multiplied by its events.")
    per_byte: Time | None = key(None, "Drawn once per request and multiplied by its body bytes.")


class Sign(Table):
    """CPU time of signing one token."""

    cached: Time | None = key(None, "With the key kept ready.")
    parsed: Time | None = key(None, "With the key parsed each time.")


class RouteTimeouts(Table):
    """After which time the server gives a request up (408)."""

    login: PositiveDuration = key(0, "Logins.")
    stateless: PositiveDuration = key(0, "Stateless batches.")
    stateful: PositiveDuration = key(0, "Stateful batches.")
    commands: PositiveDuration = key(0, "Polls for commands.")
    heartbeat: PositiveDuration = key(0, "Heartbeats.")


class Server(Table):
    """The nodes, all alike."""

    nodes: Annotated[int, whole(1, 10_000)] = key(1, "Number of nodes.")
    cores: Annotated[int, whole(1, 10_000)] = key(1, "Cores per node.")
    workers: Annotated[int, whole(1, 1_000_000)] = key(0, "Workers per node.", "cores")
    blocking: Flag = key(False, "Whether a request keeps its worker while it waits (store, held poll).")
    dispatch: Annotated[str, choice(DISPATCHES)] = key("shared", "One queue per node, or one per worker.")
    serve_abandoned: Flag = key(False, "Whether work that nobody waits for any more is done.")
    idle_timeout: PositiveDuration = key(0, "The server closes after so long without a request.")
    card: Annotated[str, text("a card's name or path", 200)] = key(
        "", "A cost card of the catalogue (or a file): service, sign and wire, unless given here."
    )
    service: Service = key(Service(), "CPU time per operation.")
    sign: dict[Name, Sign] = key({}, "CPU time of signing a token, per algorithm.")
    limits: Limits = key(Limits(), "Limits of each node.")
    route_timeout: RouteTimeouts = key(RouteTimeouts(), "The server's own time-outs.")


class Store(Table):
    """Where accepted events are committed; requests of a node gather into batches."""

    parallelism: Annotated[int, whole(1, 1_000_000)] = key(
        0, "Batches committed at one time, in all.", "none: must be given with a store"
    )
    window: Duration = key(0, "How long a batch waits for more.")
    size: Annotated[int, whole(1, 1_000_000_000)] = key(0, "Events that end the waiting.")
    latency: Time | None = key(None, "Time of one commit.")
