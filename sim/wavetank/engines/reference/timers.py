"""Time-outs that are all equally long: one queue and one armed timer for all of them.

SimPy cannot cancel a timer. Because the time-out of a kind is constant, the deadlines come due in the
order in which they are set; what is over by then is forgotten at the head of the queue.
"""

from collections import deque
from collections.abc import Callable
from functools import partial

from simpy.events import Event

from wavetank.engines.reference.clock import Clock
from wavetank.engines.reference.parts import Attempt
from wavetank.protocol.order import Kind

_FIRST = (-1, -1, 0, 0, 0, 0)
"""Before every key of an instant: a queue of deadlines looks first, then each deadline has its own turn."""


class Deadlines:
    """Deadlines of attempts, set in the order in which they come due."""

    def __init__(
        self, clock: Clock, kind: Kind, done: Callable[[Attempt], bool], due: Callable[[Attempt], None],
        leg: int = 0,
    ) -> None:  # fmt: skip
        """`done` says whether an attempt needs its deadline no more, `due` is called when it has come; `leg`
        tells deadlines of one kind apart.
        """
        self._leg = leg
        self._clock = clock
        self._kind = kind
        self._done = done
        self._due = due
        self._queue: deque[tuple[int, Attempt]] = deque()
        self._armed = False

    def set(self, when_ns: int, attempt: Attempt) -> None:
        """Set the deadline of `attempt`; `when_ns` is not earlier than any set before."""
        queue = self._queue
        while queue and self._done(queue[0][1]):
            queue.popleft()
        queue.append((when_ns, attempt))
        if not self._armed:
            self._arm()

    def _arm(self) -> None:
        self._armed = True
        self._clock.call(self._queue[0][0], _FIRST, self._look)

    def _look(self, _: Event) -> None:
        """Queue what is due now under its own key, so that it happens in its turn."""
        self._armed = False
        queue, now = self._queue, self._clock.ns
        while queue and (queue[0][0] <= now or self._done(queue[0][1])):
            when_ns, attempt = queue.popleft()
            if not self._done(attempt):
                self._clock.call(when_ns, (self._kind, *attempt.key, self._leg), partial(self._fire, attempt))
        if queue:
            self._arm()

    def _fire(self, attempt: Attempt, _: Event) -> None:
        if not self._done(attempt):
            self._due(attempt)
