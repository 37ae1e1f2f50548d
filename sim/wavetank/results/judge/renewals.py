"""Find the logins of a late wave that renew tokens granted together; they tell an echo from a relapse.

Tokens that were granted together expire together. Half of the logins around an onset must be such renewals
for it to be an echo (docs/model.md#statements).
"""

from collections import Counter, deque
from collections.abc import Iterable

from wavetank.results.judge.plan import JudgePlan

HOLDS = 5
"""Logins are remembered for so many holds: an excursion is named at most four holds after its onset."""


class Renewals:
    """Logins of the last holds, by the step in which the token that they replace was issued."""

    def __init__(self, plan: JudgePlan) -> None:
        self._step_ns = plan.grid.step_ns
        self._steps: deque[tuple[int, Counter[int]]] = deque(maxlen=HOLDS * plan.grid.hold_steps)

    def add(self, at_ns: int, issued_ns: Iterable[int]) -> None:
        """Take the logins of the step that ends at `at_ns`."""
        self._steps.append((at_ns, Counter(issued // self._step_ns for issued in issued_ns)))

    def marked_share(self, from_ns: int, to_ns: int, windows: Iterable[tuple[int, int]]) -> float:
        """Return which share of the logins between two instants renew tokens issued within the windows."""
        spans = [(begin // self._step_ns, end // self._step_ns) for begin, end in windows]
        total = marked = 0
        for at_ns, issued in self._steps:
            if from_ns < at_ns <= to_ns + self._step_ns:
                for step, logins in issued.items():
                    total += logins
                    marked += logins * any(begin <= step <= end for begin, end in spans)
        return marked / total if total else 0.0
