"""The messages of one agent, from the trace: a step for each message, at the agent's own time."""

from collections.abc import Iterable, Sequence
from enum import Enum
from itertools import groupby
from typing import NamedTuple

from wavetank.policy.codes import Stream
from wavetank.protocol.order import Message
from wavetank.results.result import FaultSpan
from wavetank.results.trace import TraceRow

OK = 200
"""The HTTP status of success."""

COMMANDS = "200, commands"
"""The kind of an answer that carries commands; how many is one of the numbers that may differ."""

TOKEN_GIVEN, GIVES_UP, RESET, END_OF_POLL, TOO_LATE = (
    "200, token", "gives up", "reset", "end of poll", "too late",
)  # fmt: skip

_SETTING_UP = (
    Message.SYN, Message.SYN_ACK, Message.ACK, Message.SERVER_HELLO, Message.TLS_KEY, Message.TLS_DONE,
)  # fmt: skip
_WORDS = {
    Message.SYN: "SYN",
    Message.SYN_ACK: "SYN-ACK",
    Message.ACK: "ACK, ClientHello",
    Message.SERVER_HELLO: "ServerHello",
    Message.TLS_KEY: "TLS keys",
    Message.TLS_DONE: "TLS finished",
}
_METHODS = {Stream.COMMANDS: "GET"}


class Way(Enum):
    """From the agent, to it, both (a connection is set up), or neither (a fault)."""

    UP = "->"
    DOWN = "-->"
    BOTH = "<->"
    NONE = "=="


class Fate(Enum):
    """Whether a message reached the other side; one that could not before the run ended is under way."""

    ARRIVED = ""
    LOST = "lost"
    UNDER_WAY = "under way when the run ends"


class Step(NamedTuple):
    """One line of the diagram, `at_ns` at the agent.

    `kind` says what it is, and what must be equal to be a repetition. Numbers that may differ between
    repetitions, 0 where there is none: `events` carried (of an answer: commands), which `attempt` it is
    (from 1), how long the agent `waited` in ns.
    """

    at_ns: int
    key: tuple[int, int, int]
    kind: str
    way: Way
    fate: Fate = Fate.ARRIVED
    events: int = 0
    attempt: int = 0
    waited_ns: int = 0

    @property
    def stream(self) -> int:
        """Code of the stream, -1 for a fault."""
        return self.key[0]

    @property
    def signature(self) -> tuple[int, str, Way, Fate, bool]:
        """The key that repeated steps have in common; a request's first attempt repeats nothing."""
        return self.stream, self.kind, self.way, self.fate, self.attempt > 1


def endpoint(stream: int) -> str:
    """A request in the words of HTTP: "POST /stateless"."""
    return f"{_METHODS.get(Stream(stream), 'POST')} /{Stream(stream).name.lower()}"


def steps(rows: Iterable[TraceRow], faults: Sequence[FaultSpan], end_ns: int, compact: bool) -> list[Step]:
    """The steps of one agent's rows and the faults, in the order in which the agent sees them.

    What was sent so late that it cannot have arrived by `end_ns`, the end of the run, is under way, not
    lost. `compact`: a connection that is set up without trouble is one step, its orderly end none.
    """
    attempts: dict[tuple[int, int, int], list[TraceRow]] = {}
    for row in rows:
        attempts.setdefault((row.stream, row.request, row.attempt), []).append(row)
    everything = [row for of in attempts.values() for row in of]
    transit_ns = max((row.arrived_ns - row.sent_ns for row in everything), default=0)
    reader = _Reader(attempts, end_ns - max(transit_ns, 0))
    told = [step for of in attempts.values() for step in reader.read(of, compact)]
    told += _fault_steps(faults)
    begun_ns = {key: of[0].sent_ns for key, of in attempts.items()}
    # of what happens in one instant, the answer that causes something comes before what it causes
    return _told_apart(sorted(told, key=lambda step: (step.at_ns, begun_ns.get(step.key, -1), step.key)))


def _told_apart(told: Sequence[Step]) -> list[Step]:
    """Steps of an attempt that stand apart from its request say which request it is."""
    named = []
    for key, of in groupby(told, key=lambda step: step.key):
        first, *others = of
        if key[0] >= 0 and not any(step.kind == endpoint(key[0]) for step in (first, *others)):
            word = "to" if first.way is Way.DOWN else "for"
            first = first._replace(kind=f"{first.kind} {word} {endpoint(key[0])}")
        named += [first, *others]
    return named


def _fault_steps(faults: Iterable[FaultSpan]) -> list[Step]:
    key = (-1, 0, 0)
    begun = [Step(round(span.begin_s * 1e9), key, span.kind, Way.NONE) for span in faults]
    over = [
        Step(round(span.end_s * 1e9), key, f"{span.kind} is over", Way.NONE)
        for span in faults
        if span.end_s > span.begin_s
    ]
    return begun + over


class _Reader:
    def __init__(self, attempts: dict[tuple[int, int, int], list[TraceRow]], late_ns: int) -> None:
        self._late_ns = late_ns
        self._heard_ns: dict[int, set[int]] = {}
        for (stream, _, _), rows in attempts.items():
            answers = {row.arrived_ns for row in rows if row.message == Message.RESPONSE}
            self._heard_ns.setdefault(stream, set()).update(answers)

    def read(self, rows: list[TraceRow], compact: bool) -> list[Step]:
        """The steps of one attempt."""
        set_up = _set_up(rows) if compact else []
        told = [self._step(row, rows) for row in rows if row not in set_up]
        if set_up:
            first, last = set_up[0], set_up[-1]
            kind = "TCP" if len(set_up) == 2 else "TCP and TLS"
            key = (first.stream, first.request, first.attempt)
            waited_ns = last.arrived_ns - first.sent_ns
            told.insert(0, Step(first.sent_ns, key, f"connect by {kind}", Way.BOTH, waited_ns=waited_ns))
        if compact:
            told = [step for step in told if step.kind != "FIN"]
        return told

    def _step(self, row: TraceRow, rows: list[TraceRow]) -> Step:
        way = Way.UP if row.up else Way.DOWN
        at_ns = row.arrived_ns if way is Way.DOWN and row.arrived_ns >= 0 else row.sent_ns
        begun_ns = rows[0].sent_ns
        step = Step(
            at_ns, (row.stream, row.request, row.attempt), self._kind(row, rows, way), way, self._fate(row)
        )
        if row.message == Message.REQUEST:
            return step._replace(events=row.events, attempt=row.attempt + 1)
        if row.message == Message.RESPONSE:
            too_late = any(_gives_up(other) and other.sent_ns < at_ns for other in rows)
            kind = f"{step.kind}, {TOO_LATE}" if too_late else step.kind
            return step._replace(events=row.events, kind=kind)
        if _gives_up(row) or step.kind == END_OF_POLL:
            return step._replace(waited_ns=at_ns - begun_ns)
        return step

    def _fate(self, row: TraceRow) -> Fate:
        if row.arrived_ns >= 0:
            return Fate.ARRIVED
        return Fate.LOST if row.sent_ns < self._late_ns else Fate.UNDER_WAY

    def _kind(self, row: TraceRow, rows: list[TraceRow], way: Way) -> str:
        if row.message == Message.REQUEST:
            return endpoint(row.stream)
        if row.message == Message.RESPONSE:
            return _answer(row)
        if row.message == Message.RESET:
            return GIVES_UP if way is Way.UP else RESET
        if row.message == Message.FIN:
            return self._closing(row, rows)
        again = row.message == Message.SYN and row is not rows[0]
        return "SYN again" if again else _WORDS[Message(row.message)]

    def _closing(self, row: TraceRow, rows: list[TraceRow]) -> str:
        answered = any(other.message == Message.RESPONSE for other in rows)
        if not answered and row.stream == Stream.COMMANDS:
            return END_OF_POLL
        return "FIN" if row.sent_ns in self._heard_ns[row.stream] else "FIN (idle)"


def _gives_up(row: TraceRow) -> bool:
    return row.message == Message.RESET and row.up == 1


def _answer(row: TraceRow) -> str:
    """ "200, token", "200, commands", "401": the status, and what comes with it."""
    if row.status != OK:
        return str(row.status)
    if row.stream == Stream.LOGIN:
        return TOKEN_GIVEN
    if row.stream == Stream.COMMANDS:
        return COMMANDS if row.events else "200, no command"
    return COMMANDS if row.events else "200"


def _set_up(rows: Sequence[TraceRow]) -> list[TraceRow]:
    """The messages that set a connection up, if none is repeated or lost and the request follows."""
    setting_up = [row for row in rows if row.message in _SETTING_UP]
    whole = bool(setting_up) and all(row.arrived_ns >= 0 for row in setting_up)
    once = len({row.message for row in setting_up}) == len(setting_up)
    asked = any(row.message == Message.REQUEST for row in rows)
    return setting_up if whole and once and asked and setting_up[0].message == Message.SYN else []
