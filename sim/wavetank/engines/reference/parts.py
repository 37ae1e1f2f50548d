"""The things that take part in a run: agents, their streams, attempts, connections. Data, no behaviour."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wavetank.engines.reference.arrivals import Arrivals
from wavetank.policy.arrivals import Source
from wavetank.policy.codes import Stream
from wavetank.protocol.outbox import Outbox
from wavetank.protocol.session import Exchange, Session
from wavetank.scenario.resolved import Batching, FleetClass, Network

if TYPE_CHECKING:
    from simpy.events import Event

    from wavetank.engines.reference.cores import Job
    from wavetank.engines.reference.node import Node, Refusal


@dataclass(slots=True, eq=False)
class Agent:
    """One endpoint agent. `up_free_ns` and `down_free_ns`: when its link is free again, per direction.

    `delay_ns` is its one-way delay (-1: drawn for each message); `era` counts its restarts; `began_ns` is
    its latest cold beginning, until it has a token (-1 then); `ticket_node` and `ticket_era` say which
    life of which node gave it the TLS ticket it holds (node -1: none); `wave_row` is its row in the wave
    picture (-1: not sampled); `left`: it counts in no sample any more.
    """

    index: int
    kind: FleetClass
    class_index: int
    network: Network
    delay_ns: int
    session: Session
    flows: "list[Flow | None]" = field(default_factory=lambda: [None] * len(Stream))
    up_free_ns: int = 0
    down_free_ns: int = 0
    era: int = 0
    began_ns: int = -1
    offline: bool = False
    started: bool = True
    left: bool = False
    ticket_node: int = -1
    ticket_era: int = 0
    wave_row: int = -1
    traced: bool = False


@dataclass(slots=True, eq=False)
class Flow:
    """One stream of one agent: its arrivals, its outbox, its requests.

    `origin` is the number of events before the agent's start, which never happen; below 0 it says how many
    events of before the run are carried in, whose indices are below 0, too. `since_ns` is when
    the age of the gathering batch begins (last flush or end of rest), `rest_ns` the end of the rest;
    `armed_ns` is when the flush timer is set for (-1: not set). `far_from_full`: with fewer events than
    that the batch will not be full before its age has come. `latency_first` and `latency_end` are
    the event indices whose latency counts; `dropped` is kept for samples alone; `created`, `created_ns` and
    `thinking` belong to closed streams.
    """

    agent: Agent
    stream: int
    source: Source
    batching: Batching | None
    arrivals: Arrivals
    outbox: Outbox
    origin: int = 0
    requests: int = 0
    in_flight: int = 0
    since_ns: int = 0
    rest_ns: int = 0
    armed_ns: int = -1
    created: int = 0
    dropped: int = 0
    thinking: bool = False
    created_ns: int = -1
    latency_first: int = 0
    latency_end: int = 0
    looked_ns: int = -1
    far_from_full: int = 0
    given_back: "dict[int, bool] | None" = None
    unsent: "Exchange | None" = None
    live: "tuple[Exchange, ...]" = ()
    attempts: "tuple[Attempt, ...]" = ()
    kept: "tuple[Connection, ...]" = ()


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
    node: "Node | None" = None
    last_up_ns: int = 0
    last_down_ns: int = 0
    admitted: bool = False
    accepted: bool = False
    gone: bool = False
    lost: bool = False
    node_closed: bool = False
    reset_sent: bool = False
    agent_closed: bool = False
    verdict: "Refusal | None" = None
    worker: int = 0
    turn_ns: int = 0
    idle_since_ns: int = 0
    served_ns: int = 0
    idle: bool = False
    waits_for_slot: "Event | None" = None
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

    flow: Flow
    exchange: Exchange
    number: int
    started_ns: int
    generation: int
    expires_ns: int
    key: tuple[int, int, int, int]
    connection: Connection | None = None
    over: bool = False
    overdue: bool = False
    asked: bool = False
    in_node: bool = False
    answered: bool = False
    keeps_worker: bool = False
    job: "Job | None" = None
    hold: "Event | None" = None

    @property
    def thrown_away(self) -> bool:
        """Whether the node knows that nobody will hear the answer."""
        return self.answered or (self.connection is not None and self.connection.gone)
