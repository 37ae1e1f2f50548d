"""Size without a run, where Erlang's C formula has the answer.

That is so for a pure M/M/c queue (erlang.py decides which scenarios are one) with objectives that the
formula knows, asked on an ordinary day only, for cores or agents. Every other case returns None and is
simulated. The result is exact for the long run: the answer holds, and its neighbour with one core less, or
one step more agents, does not. The search doubles its step and then bisects, because more cores never do
worse in such a queue.
"""

from wavetank.errors import ScenarioError
from wavetank.scenario import Scenario
from wavetank.studies.sequential import Decision, Evidence
from wavetank.studies.sizing.asked import Asked
from wavetank.studies.sizing.conditions import DAY, Conditions
from wavetank.studies.sizing.erlang import KNOWN, queue_of
from wavetank.studies.sizing.margins import Margin
from wavetank.studies.sizing.screening import bisected
from wavetank.studies.sizing.shapes import Shapes
from wavetank.studies.sizing.sought import BadSize, Sought


def sized(
    base: Scenario, sought: Sought, conditions: Conditions, shapes: Shapes
) -> tuple[int, tuple[Asked, ...]] | None:
    """Return the rank of the answer with its neighbour below; None where a run is needed.

    Raises BadSize where no value meets the objectives.
    """
    resolved = base.resolve()
    asked = {objective.metric for objective in resolved.objectives}
    if conditions.asked != (DAY,) or not asked or not asked <= KNOWN or queue_of(resolved) is None:
        return None
    least, most = sought.ranks

    def holds(rank: int) -> bool:
        return _asked(shapes, rank).evidence.decision is Decision.HOLDS

    if sought.word not in ("cores", "agents"):
        return None
    fails, rank, step = least - 1, least if sought.fewest else most, 1
    if sought.fewest:
        while not holds(rank):
            if rank >= most:
                raise BadSize(f"{sought.text(most)} do not meet the objectives either")
            fails, rank, step = rank, min(most, rank + step), 2 * step
    else:
        if not holds(most):
            raise BadSize(f"{sought.text(most)} are too many already")
        lower = most - 1
        while lower >= least and holds(lower):
            step *= 2
            rank, lower = lower, max(least - 1, lower - step)
        fails = lower
    rank = bisected(fails, rank, holds)
    below = (_asked(shapes, rank - 1),) if rank - 1 >= least else ()
    return rank, (*below, _asked(shapes, rank))


def _asked(shapes: Shapes, rank: int) -> Asked:
    """Hold the closed form's metrics against the bounds."""
    try:
        shape = shapes.full(rank)
    except ScenarioError as error:
        raise BadSize(f"rank {rank}: {error.message}") from None
    queue = queue_of(shape.resolved)
    metrics = queue.metrics() if queue is not None else {}
    margins = tuple(
        Margin(metric, bound, metrics.get(metric, float("inf")))
        for metric, bound in shape.resolved.objectives
    )
    holds = all(margin.worst <= margin.bound for margin in margins)
    decision = Decision.HOLDS if holds else Decision.FAILS
    return Asked(rank, DAY, shape, Evidence(decision, 0, 0, 0, 0.0, 1.0, 0), margins)
