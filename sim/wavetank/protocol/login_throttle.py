"""Failures counted per key in a sliding window: who has failed too often must wait.

Memory is bounded: of too many keys the one that was looked at longest ago is forgotten. The time is handed
in, as everywhere in protocol/.
"""

from collections import OrderedDict, deque
from collections.abc import Hashable


class LoginThrottle:
    """At most `most` failures of one key in any `window_ns`; at most `keys` keys are remembered.

    An attempt counts as a failure from its beginning until it `succeeded`, so that many at once do not
    get past the limit.
    """

    __slots__ = ("_failed", "keys", "most", "window_ns")

    def __init__(self, most: int, window_ns: int, keys: int = 100_000) -> None:
        self.most = most
        self.window_ns = window_ns
        self.keys = keys
        self._failed: OrderedDict[Hashable, deque[int]] = OrderedDict()

    def begin(self, key: Hashable, now_ns: int) -> int:
        """Begin an attempt: 0, or for how many nanoseconds none is allowed."""
        failed = self._failed.setdefault(key, deque())
        self._failed.move_to_end(key)
        # An instant that lies ahead is from before a clock was set back: it would never leave the window.
        while failed and not 0 <= now_ns - failed[0] < self.window_ns:
            failed.popleft()
        if len(failed) >= self.most:
            return failed[0] + self.window_ns - now_ns
        failed.append(now_ns)
        if len(self._failed) > self.keys:
            self._failed.popitem(last=False)
        return 0

    def succeeded(self, key: Hashable, began_ns: int) -> None:
        """The attempt begun at `began_ns` was no failure."""
        failed = self._failed.get(key)
        if failed is not None and began_ns in failed:
            failed.remove(began_ns)
            if not failed:
                del self._failed[key]
