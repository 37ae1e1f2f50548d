"""The windows of objectives: before, during and after the faults of a scenario.

Before is [warm-up, begin of the first fault). During is the union over all faults of [begin, end + W), with
W the bound of the `recovery` objective, or 10 min without one. After is the rest. Every bound is known
before the run: a window that ended when the fleet is back would reward a slow recovery.
"""

from bisect import bisect_right
from typing import NamedTuple

from wavetank.results.judge.plan import FOREVER_NS, span_of
from wavetank.scenario.resolved import Resolved
from wavetank.scenario.slo_words import WINDOWS
from wavetank.units import MINUTE

BEFORE, DURING, AFTER = range(len(WINDOWS))
RECOVERY = "recovery_s"
AFTERMATH_NS = 10 * MINUTE
"""W without a `recovery` objective."""


class Windows(NamedTuple):
    """The run cut into pieces of time, each of which lies in one window.

    Attributes
    ----------
    edges_ns : tuple of int
        Where one piece ends and the next begins, ascending; an edge belongs to the later piece.
    of_piece : tuple of int
        The window of each piece (an index into WINDOWS): one more than there are edges.
    """

    edges_ns: tuple[int, ...]
    of_piece: tuple[int, ...]

    @property
    def number(self) -> int:
        """How many windows there are: none without faults."""
        return len(WINDOWS) if self.edges_ns else 0

    def piece(self, at_ns: int) -> int:
        """Return the number of the piece that holds an instant."""
        return bisect_right(self.edges_ns, at_ns)

    def window(self, at_ns: int) -> int:
        """Return the window that holds an instant."""
        return self.of_piece[bisect_right(self.edges_ns, at_ns)]


def windows_of(resolved: Resolved) -> Windows:
    """Return the windows of a scenario; without faults there is one piece and no window."""
    aftermath_ns = _aftermath_ns(resolved)
    spans = sorted(span_of(fault) for fault in resolved.faults)
    edges: list[int] = []
    for begin_ns, end_ns in spans:
        until_ns = min(end_ns + aftermath_ns, FOREVER_NS)
        if edges and begin_ns <= edges[-1]:
            edges[-1] = max(edges[-1], until_ns)
        else:
            edges += [begin_ns, until_ns]
    later = [DURING if piece % 2 else AFTER for piece in range(1, len(edges) + 1)]
    return Windows(tuple(edges), (BEFORE, *later))


def _aftermath_ns(resolved: Resolved) -> int:
    bounds = [objective.bound for objective in resolved.objectives if objective.metric == RECOVERY]
    return min(round(bounds[0] * 1e9), FOREVER_NS) if bounds else AFTERMATH_NS
