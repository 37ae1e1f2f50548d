"""A flow's arrivals, read in order: the events of the pages in use are kept expanded.

`policy.arrivals` finds any event on its own in O(log n); a simulation asks for one after the other, and
where a batch holds few events it is cheaper to expand a page once. The numbers are the same (a test
holds them together).
"""

from array import array
from bisect import bisect_left, bisect_right

from wavetank.policy.arrivals import Source, count, time_of
from wavetank.policy.codes import ProcessKind
from wavetank.policy.keyed import draw
from wavetank.policy.poisson_tree import offsets, page_count
from wavetank.policy.rate_map import HORIZON, NEVER, op_until, time_at


class Arrivals:
    """The arrivals of one open stream of one agent.

    `_times` are the creation times of the events from index `_first` to the end of page `_page - 1`;
    what is older was forgotten and is looked up in the tree. What comes at `_end_ns` or later is left out.
    """

    __slots__ = ("_end_ns", "_expand", "_first", "_page", "_times", "_tree", "key", "source")

    def __init__(self, source: Source, key: int, expand: bool, end_ns: int = NEVER) -> None:
        """`expand`: keep pages expanded (worth it when batches hold few events); `end_ns`: of the run."""
        self._end_ns = end_ns
        self.source = source
        self.key = key
        self._expand = expand and source.kind == ProcessKind.POISSON
        self._times = array("q")
        self._first = 0
        self._page = 0
        self._tree = (0, 0)

    def created(self, until_ns: int, oldest: int) -> int:
        """How many events there are at or before `until_ns`. Events before `oldest` may be forgotten."""
        if not self._expand:
            return self.look_up(until_ns)
        times = self._times
        if not times or times[-1] <= until_ns:
            source = self.source
            op = op_until(source.starts_ns, source.starts_op, source.factors, until_ns)
            while self._page <= op >> source.page_bits and self._next_page(oldest):
                pass
            times = self._times
        elif times[0] > until_ns:
            return self.look_up(until_ns)
        return self._first + bisect_right(times, until_ns)

    def look_up(self, until_ns: int) -> int:
        """As `created`, from the tree, without moving the window."""
        *cursor, n = count(self.source, self.key, *self._tree, until_ns)
        self._tree = (cursor[0], cursor[1])
        return n

    def time_of(self, index: int, oldest: int) -> int:
        """When event `index` is created; NEVER when it is not. Events before `oldest` may be forgotten."""
        at = index - self._first
        if not self._expand or at < 0:
            *cursor, t_ns = time_of(self.source, self.key, *self._tree, index)
            self._tree = (cursor[0], cursor[1])
            return t_ns
        while at >= len(self._times):
            if not self._next_page(oldest):
                return NEVER
            at = index - self._first
        return self._times[at]

    def _next_page(self, oldest: int) -> bool:
        """Expand one more page, forgetting events before `oldest`; False when no more can come."""
        source, k = self.source, self.source.page_bits
        start = self._page << k
        last = len(source.factors) - 1
        end = source.starts_op[last] if source.factors[last] == 0 else HORIZON
        if start >= end or time_at(source.starts_ns, source.starts_op, source.factors, start) >= self._end_ns:
            return False
        bits = draw(self.key, self._page, 0)
        n = page_count(source.page_counts, source.page_guide, bits)
        starts_ns, starts_op, factors = source.starts_ns, source.starts_op, source.factors
        fresh = [time_at(starts_ns, starts_op, factors, start + offset) for offset in offsets(bits, k, n)]
        if fresh and fresh[-1] >= self._end_ns:
            del fresh[bisect_left(fresh, self._end_ns) :]
        drop = max(0, min(oldest - 1 - self._first, len(self._times) - 1))
        self._times = array("q", [*self._times[drop:], *fresh])
        self._first += drop
        self._page += 1
        return True
