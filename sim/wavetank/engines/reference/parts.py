"""The things that take part in a run: agents, their streams, attempts, connections. Data, no behaviour.

Agents, nodes and connections hold only what the model needs of them, and collaborators change them. An
agent's `incarnation` tells events of an earlier life from those of this one.
"""

from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from simpy.events import Event

from wavetank.engines.reference.arrivals import Arrivals
from wavetank.engines.reference.clock import Clock, Instant
from wavetank.policy.arrivals import Source
from wavetank.policy.codes import EVENT_STREAMS, Cause, Stream
from wavetank.protocol.outbox import Outbox
from wavetank.protocol.session import Exchange, Session
from wavetank.scenario.resolved import Batching, FleetClass, Network

T = TypeVar("T")

Part = tuple[int, int]
"""A part of a job: (activity, ns)."""

Refusal = tuple[int, Cause, int]
"""(status, cause, Retry-After in ns); status 0 resets the connection, -1 says nothing at all."""


def without(those: tuple[T, ...], removed: T) -> tuple[T, ...]:
    """`those`, but for `removed`."""
    return () if len(those) == 1 else tuple(other for other in those if other is not removed)


@dataclass(slots=True, eq=False)
class Agent:
    """One endpoint agent. `up_free_ns` and `down_free_ns`: when its link is free again, per direction.

    `delay_ns` is its one-way delay (-1: drawn for each message); `incarnation` counts its restarts;
    `began_ns` is its latest cold beginning, until it has a token (-1 then); `ticket_node` and
    `ticket_incarnation` say which life of which node gave it the TLS ticket it holds (node -1: none);
    `wave_row` is its row in the wave picture (-1: not sampled); `left`: it counts in no sample any more.
    """

    index: int
    kind: FleetClass
    class_index: int
    network: Network
    delay_ns: int
    session: Session
    flows: "list[AgentStream | None]" = field(default_factory=lambda: [None] * len(Stream))
    up_free_ns: int = 0
    down_free_ns: int = 0
    incarnation: int = 0
    began_ns: int = -1
    offline: bool = False
    started: bool = True
    left: bool = False
    ticket_node: int = -1
    ticket_incarnation: int = 0
    wave_row: int = -1
    traced: bool = False

    def flow(self, stream: Stream) -> "AgentStream":
        """Return the agent's stream of a kind. Raises LookupError where the scenario has none."""
        flow = self.flows[stream]
        if flow is None:
            raise LookupError(f"agent {self.index} has no stream {stream.name.lower()}")
        return flow


@dataclass(slots=True, eq=False)
class AgentStream:
    """One stream of one agent: its arrivals, its outbox, its requests.

    `origin` is the number of events before the agent's start, which never happen; below 0 it says how many
    events of before the run are carried in, whose indices are below 0, too. `since_ns` is when the age
    of the gathering batch begins (last flush or end of the pause), `pause_end_ns` when the pause ends.
    `armed_ns` is when the flush timer is set for (-1: not set). `far_from_full`: with fewer events than that
    the batch will not be full before its age has come. `latency_first` and `latency_end` are
    the event indices whose latency counts; `dropped` is kept for samples alone; `created`, `created_ns` and
    `thinking` belong to closed streams. Logins, polls and heartbeats gather no batches: their batching says
    nothing.
    """

    agent: Agent
    stream: int
    batching: Batching
    arrivals: Arrivals
    outbox: Outbox
    origin: int = 0
    requests: int = 0
    in_flight: int = 0
    since_ns: int = 0
    pause_end_ns: int = 0
    armed_ns: int = -1
    created: int = 0
    dropped: int = 0
    thinking: bool = False
    created_ns: int = -1
    latency_first: int = 0
    latency_end: int = 0
    looked_ns: int = -1
    far_from_full: int = 0
    given_back: dict[int, bool] | None = None
    unsent: Exchange | None = None
    live: tuple[Exchange, ...] = ()
    attempts: "tuple[Attempt, ...]" = ()
    kept: "tuple[Connection, ...]" = ()

    @property
    def source(self) -> Source:
        """The law of its events; where there are none, `NO_SOURCE`."""
        return self.arrivals.source

    @property
    def has_events(self) -> bool:
        """Whether it gathers events."""
        return self.stream in EVENT_STREAMS


class CoresOfNode(Protocol):
    """The part of a node's cores that code must know to end an attempt."""

    def remove(self, job: "Job") -> bool:
        """Take back a job that has not begun; False where it has, or is gone."""
        ...

    def take_worker(self, connection: "Connection") -> bool:
        """Take a worker for what a node holds; False where none is needed."""
        ...

    def free_worker(self, worker: int) -> None:
        """Let a worker go on."""
        ...


class ServerNode(Protocol):
    """A node, as its connections know it; `reference.node` has it in full."""

    index: int
    up: bool
    silent: bool
    incarnation: int
    blocking: bool
    bandwidth_bytes_per_s: float
    down_free_ns: int

    @property
    def cores(self) -> CoresOfNode:
        """Its cores and workers."""
        ...

    def syn(self, connection: "Connection") -> Refusal | None:
        """A SYN has arrived: None reserves a place, otherwise what the sender is told."""
        ...

    def accept(self, connection: "Connection") -> Event | None:
        """The ACK has arrived: None when a slot is free, otherwise the event of getting one."""
        ...

    def close(self, connection: "Connection") -> None:
        """A FIN or RST has arrived, or the node closes."""
        ...

    def judge(self, attempt: "Attempt", body_bytes: int) -> Refusal | None:
        """The limits, as a request's header arrives: None lets it in."""
        ...

    def enter(self, attempt: "Attempt") -> None:
        """The request counts as in flight."""
        ...

    def leave(self, attempt: "Attempt") -> None:
        """The request's answer was sent, or will never be."""
        ...

    def work(self, job: "Job") -> Event:
        """Queue CPU work."""
        ...

    def receive(self, attempt: "Attempt", size_bytes: int) -> Event:
        """The node's own line takes in a request: the event of its last byte."""
        ...


@dataclass(slots=True, eq=False)
class Connection:
    """One connection, as seen from both ends; made for a stream of an agent.

    `last_up_ns` and `last_down_ns`: arrival of the latest message, which later ones do not overtake.
    `admitted`: the node holds a place for it; `accepted`: it has a connection slot; `gone`: the node
    was told that it is closed, or closed it itself (`node_closed`); `lost`: the node has forgotten it.
    `verdict` is the refusal that a connection above a limit will hear; `turn_ns` is when `connect_rate` lets
    it in.
    """

    agent: Agent
    stream: int
    made_by: tuple[int, int]
    node: ServerNode | None = None
    last_up_ns: int = 0
    last_down_ns: int = 0
    admitted: bool = False
    accepted: bool = False
    gone: bool = False
    lost: bool = False
    node_closed: bool = False
    reset_sent: bool = False
    agent_closed: bool = False
    verdict: Refusal | None = None
    worker: int = 0
    turn_ns: int = 0
    idle_since_ns: int = 0
    served_ns: int = 0
    idle: bool = False
    attempt: "Attempt | None" = None


@dataclass(slots=True, eq=False)
class Attempt:
    """One attempt of a request. `key` is its place among simultaneous events: (agent, stream, request,
    attempt). `over`: the agent waits for nothing more from it.

    `overdue`: it has been open for longer than a reach (noticed at the next change or sample). `asked`: its
    request was sent, on a connection that is ready. `in_node`: the node counts it as in flight; `answered`:
    its answer was sent (or given up by a route time-out); `thrown_away`: nobody will hear the answer. `job`
    and `hold` are what it waits for at the node; `generation` and `expires_ns` describe the token it carries.
    """

    flow: AgentStream
    exchange: Exchange
    number: int
    started_ns: int
    generation: int
    expires_ns: int
    key: tuple[int, int, int, int]
    connection: Connection
    over: bool = False
    overdue: bool = False
    asked: bool = False
    in_node: bool = False
    answered: bool = False
    keeps_worker: bool = False
    job: "Job | None" = None
    hold: Event | None = None

    @property
    def thrown_away(self) -> bool:
        """Whether the node knows that nobody will hear the answer."""
        return self.answered or self.connection.gone


class Job(Instant):
    """CPU work: `parts` are (activity, ns) in the order of doing. It happens when the work is done.

    `keeps_worker`: its worker stays taken until the answer is sent.
    """

    __slots__ = (
        "arrived_ns", "attempt", "cost_ns", "finish_ns", "gone", "keeps_worker", "operation", "parts",
        "queued", "started_ns", "worker",
    )  # fmt: skip

    def __init__(
        self,
        clock: Clock,
        attempt: Attempt,
        operation: int,
        parts: list[Part],
        keeps_worker: bool,
        worker: int,
    ) -> None:
        super().__init__(clock)
        self.attempt = attempt
        self.operation = operation
        self.parts = parts
        self.cost_ns = sum([ns for _, ns in parts])
        self.keeps_worker = keeps_worker
        self.worker = worker
        self.arrived_ns = clock.ns
        self.started_ns = -1
        self.finish_ns = -1
        self.queued = False
        self.gone = False
