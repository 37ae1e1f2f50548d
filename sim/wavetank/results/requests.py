"""The log of requests: one row per attempt, the same from every engine, to the nanosecond.

`start_ns` is when the agent begins the attempt (below 0 for a poll that was held when the run began),
`end_ns` when the agent knows how it ended (-1: it is open at the end of the run).
"""

from array import array
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from wavetank.policy.codes import Stream

if TYPE_CHECKING:
    import numpy

    Requests = numpy.ndarray[Any, numpy.dtype[numpy.void]]

REQUEST = [
    ("agent", "i4"),
    ("stream", "i1"),
    ("request", "i4"),
    ("attempt", "i4"),
    ("start_ns", "i8"),
    ("end_ns", "i8"),
    ("outcome", "i1"),
]
"""The columns and their numpy types; `stream` is a code of `Stream`, `outcome` one of `Outcome`."""

ORDER = ("start_ns", "agent", "stream", "request", "attempt", "end_ns", "outcome")
"""The columns by which rows are sorted. An agent that restarts numbers its attempts from 0 again, so the last
two columns order attempts that are equal in all others."""

OPEN_NS = -1
"""No attempt ends before the run begins."""


class Outcome(IntEnum):
    """How an attempt ended, as its agent saw it."""

    OK = 0
    REJECTED = 1
    TIMED_OUT = 2
    LOST = 3
    OPEN = 4


class RequestLog:
    """Takes in attempts in any order; 56 bytes each."""

    def __init__(self) -> None:
        self._cells = array("q")

    def add(self, key: tuple[int, int, int, int], start_ns: int, end_ns: int, outcome: Outcome) -> None:
        """One attempt; `key` is (agent, stream, request, attempt)."""
        self._cells.extend((*key, start_ns, end_ns, outcome))

    def table(self) -> "Requests":
        """All attempts, as rows of REQUEST in the order ORDER."""
        import numpy

        cells = numpy.frombuffer(self._cells, dtype=numpy.int64).reshape(-1, len(REQUEST))
        rows = numpy.empty(len(cells), dtype=REQUEST)
        for column, (name, _) in enumerate(REQUEST):
            rows[name] = cells[:, column]
        return in_order(rows)


def in_order(rows: "Requests") -> "Requests":
    """The rows in the order ORDER."""
    import numpy

    return rows[numpy.lexsort([rows[name] for name in reversed(ORDER)])]


def fates(rows: "Requests") -> list[list[int]]:
    """How many attempts there are: [stream][outcome]."""
    import numpy

    width = len(Outcome)
    cells = rows["stream"].astype(numpy.int64) * width + rows["outcome"]
    flat = numpy.bincount(cells, minlength=len(Stream) * width).tolist()
    return [flat[start : start + width] for start in range(0, len(flat), width)]
