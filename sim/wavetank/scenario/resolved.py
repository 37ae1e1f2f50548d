"""Resolved scenarios: integers, floats and codes, which are all that engines and agents see.

Durations are int nanoseconds, sizes int bytes, choices the codes of `policy.codes`; an absent limit or
time-out is 0. Nothing here knows about files, units or defaults.
"""

from typing import NamedTuple

from wavetank.policy.arrivals import Source
from wavetank.policy.backoff import Backoff
from wavetank.policy.laws import Law


class FleetClass(NamedTuple):
    """Agents `first` to `first + agents - 1`: classes are contiguous."""

    name: str
    first: int
    agents: int
    network: int
    invalid_credentials: bool
    stateless: Source
    stateful: Source


class Network(NamedTuple):
    """One-way delay law; bytes per second per agent and direction (0: unlimited); share of messages lost."""

    name: str
    delay: Law
    bandwidth_bytes_per_s: float
    loss: float


class Auth(NamedTuple):
    """How agents authenticate; `sign` is the law of making one token (added to the login job)."""

    scheme: int
    ttl_ns: int
    renewal: int
    margin_ns: int
    jitter_ns: int
    on_rejection: int
    sign: Law


class Batching(NamedTuple):
    """When a stream's buffer is flushed. count = 1 and no other rule is `immediate`; 0 is no rule.

    `max_in_flight` 0 means no limit; `buffer_events` 0 means unlimited.
    """

    count: int  # type: ignore[assignment]  # hides tuple.count, which nobody calls
    bytes: int
    age_ns: int
    age_from: int
    max_in_flight: int
    pause_after_ns: int
    buffer_events: int
    overflow: int


class Retry(NamedTuple):
    """`timeout_ns` 0: none. `attempts` counts all tries of a request, 0: for ever."""

    timeout_ns: int
    attempts: int
    backoff: Backoff
    honour_retry_after: bool


class Wire(NamedTuple):
    """Bytes on the wire beside the events themselves, per message or per handshake."""

    request_bytes: int
    response_bytes: int
    handshake_up_bytes: int
    handshake_down_bytes: int
    resumed_up_bytes: int
    resumed_down_bytes: int
    command_bytes: int


class Connection(NamedTuple):
    """`idle_ns` is the agent's idle time-out for kept connections (0: none)."""

    strategy: int
    tls: int
    resume: bool
    idle_ns: int
    wire: Wire


class Commands(NamedTuple):
    """`source` creates commands at the server, per agent. Holds in ns, 0: none on that side."""

    channel: int
    source: Source
    period_ns: int
    hold_ns: int
    server_hold_ns: int
    pause_after_ns: int


class Heartbeat(NamedTuple):
    """`period_ns` 0: no heartbeat. `offline_after_ns` 0: the server raises no alarm."""

    period_ns: int
    jitter_ns: int
    size_bytes: int
    offline_after_ns: int
    offline_sweep_ns: int


class Balancer(NamedTuple):
    """`health_check_ns` 0: the balancer never learns that a node is away."""

    policy: int
    health_check_ns: int
    fall: int
    rise: int
    phase: int


class Limit(NamedTuple):
    """A cap per node (value 0: none) and what is said above it."""

    value: int
    answer: int
    retry_after_ns: int


class RateLimit(NamedTuple):
    """A token bucket per node, full at the start (interval 0: none)."""

    interval_ns: int
    burst: int
    answer: int
    retry_after_ns: int


class Limits(NamedTuple):
    """Limits of one node."""

    connections: Limit
    accept_queue: int
    in_flight: Limit
    in_flight_bytes: Limit
    body: Limit
    connect_rate: RateLimit
    request_rate: RateLimit
    login_rate: RateLimit
    bandwidth_bytes_per_s: float


class Service(NamedTuple):
    """CPU time per operation; `operation` is indexed by `Stream`. Law NONE costs nothing."""

    handshake: Law
    handshake_resumed: Law
    parse: Law
    auth: Law
    operation: tuple[Law, ...]
    per_event: Law
    per_byte: Law


class Server(NamedTuple):
    """All nodes are alike. `route_timeout_ns` is indexed by `Stream`, 0: none."""

    nodes: int
    cores: int
    workers: int
    blocking: bool
    dispatch: int
    serve_abandoned: bool
    idle_ns: int
    service: Service
    limits: Limits
    route_timeout_ns: tuple[int, ...]


class Store(NamedTuple):
    """`parallelism` 0: no store. Requests of a node gather for `window_ns` or until `size` events."""

    parallelism: int
    window_ns: int
    size: int
    latency: Law


class Fault(NamedTuple):
    """Something that goes wrong from `at_ns` for `lasts_ns`; unused fields are 0 (node -1: all)."""

    kind: int
    at_ns: int
    lasts_ns: int
    node: int
    share: float
    factor: float


class Objective(NamedTuple):
    """An upper bound on one metric of the summary."""

    metric: str
    bound: float


class Resolved(NamedTuple):
    """A whole scenario, ready for any engine. `batching` is (stateless, stateful); `retry` by `Stream`.

    `bin_ns` is the width of the series' bins, `sample_bins` of them make one backlog sample (one flush
    period); `tail_ns` is the end of the run whose events latency leaves out.
    """

    name: str
    seed: int
    duration_ns: int
    warmup_ns: int
    tail_ns: int
    bin_ns: int
    sample_bins: int
    agents: int
    start: int
    ramp_ns: int
    classes: tuple[FleetClass, ...]
    networks: tuple[Network, ...]
    auth: Auth
    batching: tuple[Batching, Batching]
    connection: Connection
    commands: Commands
    heartbeat: Heartbeat
    retry: tuple[Retry, ...]
    balancer: Balancer
    server: Server
    store: Store
    faults: tuple[Fault, ...]
    objectives: tuple[Objective, ...]
    empirical: tuple[int, ...]
