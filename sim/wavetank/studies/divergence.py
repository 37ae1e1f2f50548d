"""Find where two runs of one scenario part: the first request and the first message that differ.

Both are named, with the messages around them from either side. Equal runs have neither. Rows are compared
as multisets of happenings in time, so an engine may log the rows of one instant in any order.
"""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from wavetank.policy.codes import Stream
from wavetank.protocol.order import Message
from wavetank.results.requests import OPEN_NS, Outcome, in_order
from wavetank.results.trace import TraceRow

if TYPE_CHECKING:
    from wavetank.results.requests import Requests

BEFORE, AFTER = 8, 4
"""How many rows of the trace are shown around the message."""


class Divergence(NamedTuple):
    """The first message that differs, in words.

    `message` says which, `told` what each side has of it; `around` are rows of the same agent's trace, each
    with its side: 0 both have it, 1 or 2 only that one.
    """

    at_ns: int
    message: str
    told: tuple[str, str]
    around: tuple[tuple[int, TraceRow], ...]


def clock(ns: int) -> str:
    """A time of the run in s, to the nanosecond."""
    sign = "-" if ns < 0 else ""
    return f"{sign}{abs(ns) // 10**9}.{abs(ns) % 10**9:09}"


def name_of(row: TraceRow) -> str:
    """Which message a row is about."""
    stream, message = Stream(row.stream).name.lower(), Message(row.message).name
    return f"agent {row.agent}, {stream} request {row.request}, attempt {row.attempt}, {message}"


def told(row: TraceRow | None) -> str:
    """Describe the message of a trace row."""
    if row is None:
        return "not sent"
    arrived = "never arrived" if row.arrived_ns < 0 else f"arrived {clock(row.arrived_ns)}"
    rest = f"node {row.node}, status {row.status}, events {row.events}"
    return f"sent {clock(row.sent_ns)}, {arrived}, {rest}"


# ---- messages --------------------------------------------------------------------------------

Happening = tuple[int, tuple[int, ...], bool, tuple[int, ...]]
"""When, which message (agent, stream, request, attempt, message), whether it arrives, what else is known."""


def _happenings(rows: Sequence[TraceRow]) -> "Counter[Happening]":
    happenings: list[Happening] = []
    for row in rows:
        happenings.append((row.sent_ns, row[2:7], False, row[7:]))
        if row.arrived_ns >= 0:
            happenings.append((row.arrived_ns, row[2:7], True, ()))
    return Counter(happenings)


def first_divergence(first: Sequence[TraceRow], other: Sequence[TraceRow]) -> Divergence | None:
    """The first thing in time that happens to a message on one side only; None where all are equal."""
    left, right = _happenings(first), _happenings(other)
    apart = [*(left - right), *(right - left)]
    if not apart:
        return None
    at_ns, key, arrives, _ = min(apart)
    ours, theirs = (_nearest(rows, key, at_ns, arrives) for rows in (first, other))
    named = ours or theirs
    assert named is not None
    return Divergence(at_ns, name_of(named), (told(ours), told(theirs)), _around(first, other, key[0], at_ns))


def _nearest(rows: Sequence[TraceRow], key: tuple[int, ...], at_ns: int, arrives: bool) -> TraceRow | None:
    """The message of that name which is sent (or arrives) nearest to `at_ns`."""
    same = [row for row in rows if row[2:7] == key]
    return min(same, key=lambda row: abs((row.arrived_ns if arrives else row.sent_ns) - at_ns), default=None)


def _around(
    first: Sequence[TraceRow], other: Sequence[TraceRow], agent: int, at_ns: int
) -> tuple[tuple[int, TraceRow], ...]:
    """The agent's messages on both sides, those sent nearest to `at_ns`."""
    left, right = (Counter(row for row in rows if row.agent == agent) for rows in (first, other))
    sides = [(0, row) for row in (left & right).elements()]
    sides += [(1, row) for row in (left - right).elements()]
    sides += [(2, row) for row in (right - left).elements()]
    sides.sort(key=lambda pair: (pair[1].sent_ns, pair[1][2:], pair[0]))
    before = [pair for pair in sides if pair[1].sent_ns < at_ns]
    after = sides[len(before) :]
    here = sum(row.sent_ns == at_ns for _, row in after)
    return tuple(before[-BEFORE:] + after[: here + AFTER])


# ---- requests --------------------------------------------------------------------------------


class Unequal(NamedTuple):
    """The first request that differs: which, and what each side says of it."""

    request: str
    told: tuple[str, str]


def equal_requests(first: "Requests", other: "Requests") -> tuple[int, Unequal | None]:
    """How many rows both logs hold, and the first that only one does (by start)."""
    import numpy

    both = numpy.concatenate([first, other])
    both = in_order(both)
    pairs = both[1:] == both[:-1]
    equal = int(pairs.sum())
    if equal == len(first) == len(other):
        return equal, None
    paired = numpy.zeros(len(both), dtype=bool)
    paired[1:] |= pairs
    paired[:-1] |= pairs
    row = both[~paired][0] if not paired.all() else both[0]
    return equal, Unequal(_request(row), (_ends(first, row), _ends(other, row)))


def _request(row: object) -> str:
    agent, stream, request, attempt, *_ = row.tolist()  # type: ignore[attr-defined]
    return f"agent {agent}, {Stream(stream).name.lower()} request {request}, attempt {attempt}"


def _ends(rows: "Requests", like: object) -> str:
    """Describe how a log says that the attempt in the row `like` ended."""
    agent, stream, request, attempt, *_ = like.tolist()  # type: ignore[attr-defined]
    mask = (rows["agent"] == agent) & (rows["stream"] == stream)
    same = rows[mask & (rows["request"] == request) & (rows["attempt"] == attempt)]
    if not len(same):
        return "not made"
    texts = []
    for *_, start_ns, end_ns, outcome in same.tolist():
        word = Outcome(outcome).name.lower().replace("_", " ")
        end = "" if end_ns == OPEN_NS else f" at {clock(end_ns)}"
        texts.append(f"started {clock(start_ns)}, {word}{end}")
    return "; ".join(texts)
