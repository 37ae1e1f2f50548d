"""Everything that takes part in a run, as structures; the names are those of engines/reference/parts.py.

What comes out of `resolve` is mirrored field by field. What holds all of it is the `World` (world.py).
Widths say what a field may hold; a structure that is made and given back comes from a pool (pools.py).
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.layouts import Gauge, Histogram, Sum
from wavetank.engines.compiled.toolchain.structs import Layout, Ptr, at, f8, i1, i4, i8, ints, mirror
from wavetank.policy.arrivals import Source
from wavetank.policy.backoff import Backoff
from wavetank.policy.laws import Law
from wavetank.scenario.resolved import (
    Auth,
    Balancer,
    Batching,
    Commands,
    Heartbeat,
    Limit,
    Limits,
    Network,
    RateLimit,
    Retry,
    Server,
    Service,
    Store,
    Wire,
)
from wavetank.scenario.resolved import Connection as ConnectionPlan

for named in (
    Law, Backoff, Source, Network, Auth, Batching, Retry, Wire, Commands, Heartbeat, Balancer, Limit,
    RateLimit, Limits, Service, Server, Store,
):  # fmt: skip
    mirror(named)
mirror(ConnectionPlan, "ConnectionPlan")


class Range(Layout):
    """Events `first` to `end - 1` of a stream; a link of a list."""

    next: Range
    first: i8
    end: i8


class Command(Layout):
    """A command that waits for its agent; a link of a list."""

    next: Command
    created_ns: i8


class EventLatency(Layout):
    """As results.tally."""

    histogram: Histogram
    created: i8
    delivered: i8
    censor_ns: i8


class StreamPlan(Layout):
    """One event stream of one class: what is the same for all its agents.

    `latency` is the first of one entry per window, or the only one where there are no faults.
    `past`, `gap_ns` and `full` are what the stream was before the run (protocol/stationary_start.py: `Past`).
    """

    source: Ptr[Source]
    past: Ptr[Source]
    gap_ns: f8
    full: i8
    batching: Ptr[Batching]
    far_from_full: i8
    most_factor: i8
    capacity: i8
    latency: EventLatency


class AgentClass(Layout):
    """One class of agents: `first` and those after it. `stream_plans` is the address of its two plans.

    `delay_ns` is how long each of its messages takes, -1 where that differs.
    """

    network: Ptr[Network]
    delay_ns: i8
    stream_plans: i8
    first: i8
    agents: i8
    invalid: i1


class Agent(Layout):
    """One endpoint agent, with its session; its streams lie behind it (world.py: `flow_at_place`).

    `silent` is what the server knows of its presence. The fields from `ticket_node` on are there only where
    the scenario has TLS, commands, heartbeats or lines of limited bandwidth (`Build.agent_bytes`).
    """

    kind: AgentClass
    issued_ns: i8
    expires_ns: i8
    began_ns: i8
    index: i4
    serial: i4
    generation: i4
    incarnation: i4
    wave_row: i4
    state: i1
    trust_expiry: i1
    offline: i1
    started: i1
    traced: i1
    invalid: i1
    silent: i1
    ticket_node: i4
    ticket_incarnation: i4
    held: Attempt
    commands: Command
    last_command: Command
    last_heard_ns: i8
    up_free_ns: i8
    down_free_ns: i8
    waiting_commands: i4


class AgentStream(Layout):
    """One stream of one agent; `plan` is null where it has no events.

    Lists: live exchanges, attempts, kept connections (latest first), waiting ranges. The fields from
    `pause_end_ns` on are there only for streams of events, those from `key` on only for open ones: `page` and
    `before` are the cursor in the arrivals, `found_index` and `found_ns` the event that was looked for last.
    """

    agent: Agent
    plan: StreamPlan
    live: Exchange
    last_live: Exchange
    attempts: Attempt
    last_attempt: Attempt
    kept: Connection
    requests: i4
    in_flight: i4
    created: i4
    stream: i1
    there: i1
    thinking: i1
    given_back: i1
    since_ns: i8
    pause_end_ns: i8
    armed_ns: i8
    created_ns: i8
    looked_ns: i8
    seen: i8
    outbox_held: i8
    waiting: Range
    last_waiting: Range
    unsent: Exchange
    key: i8
    page: i8
    before: i8
    found_index: i8
    found_ns: i8
    origin: i8
    latency_first: i8
    latency_end: i8


class Exchange(Layout):
    """One request until it is settled and no attempt of it is left (`refs`)."""

    flow: AgentStream
    next: Exchange
    previous: Exchange
    ranges: Range
    events: i8
    body_bytes: i8
    wait_ns: i8
    request: i4
    attempt: i4
    tried: i4
    serial: i4
    refs: i4
    state: i1
    received: i1
    dropped: i1


class Attempt(Layout):
    """One attempt of a request; `life` tells it from others that had its place in memory before.

    `refs` counts who still may look at it: the flow, the connection, a message, its process. `stage` says
    what its process waits for where that is not clear from the event. `high`, `low`: its key.
    `overdue`: it has been open for longer than a reach (noticed only where samples are taken).
    """

    life: i8
    flow: AgentStream
    exchange: Exchange
    connection: Connection
    next: Attempt
    previous: Attempt
    next_in_batch: Attempt
    job: Job
    high: i8
    low: i8
    started_ns: i8
    expires_ns: i8
    syn_ns: i8
    retry_after_ns: i8
    number: i4
    generation: i4
    refs: i4
    status: i4
    commands: i4
    repeats: i4
    over: i1
    asked: i1
    in_node: i1
    answered: i1
    keeps_worker: i1
    holds: i1
    resumed: i1
    stage: i1
    cause: i1
    token_cause: i1
    overdue: i1


class Connection(Layout):
    """One connection, as seen from both ends. It is in up to two lists: open at its node, and (`after`,
    `before`) waiting for a slot there, or, later, kept by its flow. `slot_for` is the attempt whose process
    waits for the slot, `verdict` the cause for which a limit lets it in only to refuse its request. Until it
    is accepted, `idle_since_ns` is when `connect_rate` lets it in.
    """

    agent: Agent
    node: Node
    attempt: Attempt
    slot_for: Attempt
    after: Connection
    before: Connection
    next_open: Connection
    previous_open: Connection
    last_up_ns: i8
    last_down_ns: i8
    idle_since_ns: i8
    served_ns: i8
    made_request: i4
    made_attempt: i4
    worker: i4
    refs: i4
    stream: i1
    verdict: i1
    admitted: i1
    accepted: i1
    gone: i1
    lost: i1
    node_closed: i1
    reset_sent: i1
    agent_closed: i1
    idle: i1
    is_kept: i1


class Job(Layout):
    """CPU work in up to three parts; in a queue, ready, or running (both ways linked)."""

    attempt: Attempt
    next: Job
    previous: Job
    first_ns: i8
    second_ns: i8
    third_ns: i8
    cost_ns: i8
    arrived_ns: i8
    started_ns: i8
    finish_ns: i8
    worker: i4
    operation: i1
    first: i1
    second: i1
    third: i1
    keeps_worker: i1
    queued: i1
    gone: i1


class JobQueue(Layout):
    """Jobs that wait, and how many workers of this queue are idle."""

    first: Job
    last: Job
    idle: i8


class StoreBatch(Layout):
    """Requests of one node, in one of its lives, that are committed together; the key is the first one's."""

    node: Node
    next: StoreBatch
    members: Attempt
    last_member: Attempt
    events: i8
    high: i8
    low: i8
    refs: i4
    incarnation: i4
    closed: i1


class Node(Layout):
    """One server node, with its cores: `queues` is the address of its JobQueues. `out` and `streak` are what
    the balancer believes of it, and how many checks in a row speak against that.
    `requests` to `open_max` are counts, kept where there are several nodes.
    """

    queues: i8
    ready: Job
    last_ready: Job
    running: Job
    connections: Connection
    last_connection: Connection
    accept_queue: Connection
    last_accept: Connection
    gathering: StoreBatch
    factor: f8
    up_free_ns: i8
    down_free_ns: i8
    connect_bucket: i8
    request_bucket: i8
    login_bucket: i8
    connected: i8
    open: Gauge
    accepted: i8
    in_flight: i8
    in_flight_bytes: i8
    idle_cores: i8
    waiting: i8
    gone_ns: i8
    requests: i8
    rejected: i8
    open_area: Sum
    open_max: i8
    index: i4
    incarnation: i4
    streak: i4
    out: i1
    up: i1
    silent: i1


class Deadlines(Layout):
    """Time-outs of one length, in the order in which they come due: a ring of (when, attempt, life)."""

    ring: i8
    capacity: i8
    first: i8
    count: i8
    kind: i1
    leg: i1
    what: i1
    stream: i1
    armed: i1


class FaultPlan(Layout):
    """One fault; `struck` are the agents that it strikes."""

    at_ns: i8
    lasts_ns: i8
    factor: f8
    struck: ints
    kind: i4
    node: i4


agent_at = at(Agent)
agent_class_at = at(AgentClass)
flow_at = at(AgentStream)
node_at = at(Node)
stream_plan_at = at(StreamPlan)
range_at = at(Range)
command_at = at(Command)
latency_at = at(EventLatency)
exchange_at = at(Exchange)
attempt_at = at(Attempt)
connection_at = at(Connection)
job_at = at(Job)
queue_at = at(JobQueue)
batch_at = at(StoreBatch)
deadlines_at = at(Deadlines)
fault_at = at(FaultPlan)


class _Laws(Layout):
    """A law by its address."""

    law: Law


class _Retries(Layout):
    """A retry law by its address."""

    retry: Retry


law_at = at(_Laws)
retry_at = at(_Retries)
AGENT_CLASS_BYTES = AgentClass.size
AGENT_BYTES = Agent.size_before("ticket_node")
WHOLE_AGENT_BYTES = Agent.size
FLOW_BYTES = AgentStream.size_before("pause_end_ns")
CLOSED_BYTES = AgentStream.size_before("key")
OPEN_BYTES = AgentStream.size
NODE_BYTES = Node.size
LATENCY_BYTES = EventLatency.size
LAW_BYTES = _Laws.size
RETRY_BYTES = _Retries.size
QUEUE_BYTES = JobQueue.size
DEADLINES_BYTES = Deadlines.size
FAULT_BYTES = FaultPlan.size
STREAM_PLAN_BYTES = StreamPlan.size
