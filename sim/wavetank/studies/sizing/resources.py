"""Binding resources: how much of each a design uses, and the smallest design that each would need alone.

All of it is by closed form (`usage`). The resource with the highest use binds the design. Without
simulation it also says which design each resource would need if it were the only one.
"""

from typing import NamedTuple

from wavetank.errors import ScenarioError
from wavetank.studies.sizing.conditions import Conditions
from wavetank.studies.sizing.screening import bisected
from wavetank.studies.sizing.shapes import Shapes
from wavetank.studies.sizing.sought import Sought
from wavetank.studies.sizing.usage import usages
from wavetank.units import SECOND


class Resource(NamedTuple):
    """One resource under one condition, by closed form.

    Attributes
    ----------
    name : str
        The resource.
    condition : str
        The condition.
    share : float
        How much of it the design uses.
    alone : int or None
        The value that was looked for, if this resource alone had to suffice; None where it does not depend
        on it.
    """

    name: str
    condition: str
    share: float
    alone: int | None


def resources_of(shapes: Shapes, sought: Sought, conditions: Conditions, rank: int) -> tuple[Resource, ...]:
    """Return what a design uses of each resource, the scarcest first."""
    kept: dict[int, dict[tuple[str, str], float]] = {}

    def at(rank: int) -> dict[tuple[str, str], float]:
        if rank not in kept:
            try:
                listed = usages(shapes.full(rank).resolved, conditions.within_ns / SECOND, conditions.asked)
            except ScenarioError:
                listed = []
            kept[rank] = {(usage.resource, usage.condition): usage.share for usage in listed}
        return kept[rank]

    def needed(place: tuple[str, str]) -> int | None:
        def fits(tried: int) -> bool:
            return at(tried).get(place, 1.0) < 1

        if not fits(rank):
            return None
        # down to where it is used up, in strides that double
        lower, step = rank - 1, 1
        least = sought.ranks[0]
        while lower > least and fits(lower):
            step *= 2
            lower = max(least, lower - step)
        if fits(lower) or lower < least:
            return sought.value(max(lower, least))
        return sought.value(bisected(lower, rank, fits))

    listed = [Resource(*place, share, needed(place)) for place, share in at(rank).items()]
    return tuple(sorted(listed, key=lambda resource: -resource.share))
