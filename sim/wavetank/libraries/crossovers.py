"""Where the ranking flips: which pairing costs least over a range, and where another takes over.

Everything here is in closed form, so a crossing is found by bisection to any precision.
"""

from collections.abc import Callable, Sequence
from itertools import combinations, pairwise
from math import exp, log
from typing import NamedTuple

from wavetank.libraries.costs import Side
from wavetank.libraries.decision import Decision
from wavetank.libraries.fleet import GB, YEAR_H, FleetCost
from wavetank.libraries.interval import Interval
from wavetank.policy.codes import Stream
from wavetank.scenario.resolved import Resolved
from wavetank.studies.load import loads

GRID = 48
"""Points, evenly in the logarithm, between which the cheapest is looked for."""
LEAST_AGENTS, MOST_AGENTS = 100.0, 10_000_000.0
"""The range of fleets that wavetank is asked about."""

STEPS = 40
"""Halvings of the interval that holds a crossing."""

Cost = Callable[[float], Interval]


class Region(NamedTuple):
    """From `low` to `high` the `name` costs least; `clear` where its uncertainty touches no other's there."""

    name: str
    low: float
    high: float
    clear: bool


class Crossing(NamedTuple):
    """Below `at` the one costs less, above it the other."""

    below: str
    above: str
    at: float


class Flip(NamedTuple):
    """A crossover: the varied value, who is the cheapest where, and which two trade places where."""

    id: str
    title: str
    unit: str
    regions: tuple[Region, ...]
    crossings: tuple[Crossing, ...]


def regions(costs: dict[str, Cost], low: float, high: float) -> tuple[Region, ...]:
    """The cheapest (by the middle of its figures) over a range from `low` > 0 to `high`."""
    if not costs:
        return ()

    def best(at: float) -> str:
        return min(costs, key=lambda name: (costs[name](at).mid, name))

    grid = _grid(low, high)
    edges: list[tuple[str, float]] = [(best(low), low)]
    for left, right in pairwise(grid):
        while edges[-1][0] != best(right):
            crossing = _change(best, max(left, edges[-1][1]), right)
            edges.append((best(crossing), crossing))
    ends = [*(at for _, at in edges[1:]), high]
    return tuple(
        Region(name, start, end, _clear(costs, name, (start * end) ** 0.5))
        for (name, start), end in zip(edges, ends, strict=True)
    )


def _grid(low: float, high: float) -> list[float]:
    inner = (exp(log(low) + index / GRID * (log(high) - log(low))) for index in range(1, GRID))
    return [low, *inner, high]


def _change(of: Callable[[float], object], left: float, right: float) -> float:
    """The least point (to the precision of the halvings) at which another value holds than at `left`."""
    before = of(left)
    for _ in range(STEPS):
        middle = (left * right) ** 0.5
        left, right = (middle, right) if of(middle) == before else (left, middle)
    return right


def crossings(costs: dict[str, Cost], low: float, high: float) -> tuple[Crossing, ...]:
    """Every two that trade places between the points of the grid, by where they do."""
    grid = _grid(low, high)
    values = {name: [cost(at).mid for at in grid] for name, cost in costs.items()}
    crossed = []
    for first, other in combinations(sorted(costs), 2):

        def cheaper(at: float, first: str = first, other: str = other) -> bool:
            return costs[first](at).mid <= costs[other](at).mid

        signs = [mine <= its for mine, its in zip(values[first], values[other], strict=True)]
        for index, (before, after) in enumerate(pairwise(signs)):
            if before != after:
                at = _change(cheaper, grid[index], grid[index + 1])
                crossed.append(Crossing(*((first, other) if before else (other, first)), at))
    return tuple(sorted(crossed, key=lambda crossing: crossing.at))


def _clear(costs: dict[str, Cost], name: str, at: float) -> bool:
    mine = costs[name](at)
    return not any(mine.overlaps(cost(at)) for other, cost in costs.items() if other != name)


def flips(resolved: Resolved, costs: Sequence[FleetCost], decision: Decision) -> tuple[Flip, ...]:
    """Batch size, requests per connection and fleet size: who costs least where."""
    known = {
        cost.pairing.server.name: side
        for cost in costs
        if cost.pairing.server and (side := cost.pairing.server_side) is not None
    }
    opened = {name: side for name, side in known.items() if side.connect_us is not None}
    size_bytes, body_bytes = _event_bytes(resolved)
    kept = {name: _per_event(side, size_bytes, 0.0) for name, side in known.items()}
    new = {name: _per_event(side, size_bytes, 1.0) for name, side in opened.items()}
    reused = {name: _per_request(side, body_bytes) for name, side in opened.items()}
    money = {
        cost.pairing.name: money_by_agents(cost, resolved.agents, decision) for cost in costs if cost.money
    }
    per_event = "Server CPU per event, by events in a batch"
    return (
        _flip("batch-kept", f"{per_event}, connections kept", "events", kept, 1000),
        _flip("batch-new", f"{per_event}, a new connection each", "events", new, 1000),
        _flip("reuse", "Server CPU per request, by requests on a connection", "requests", reused, 10_000),
        _flip("fleet", "Money per agent and year, by agents", "agents", money, MOST_AGENTS),
    )


def _flip(id_: str, title: str, unit: str, costs: dict[str, Cost], high: float) -> Flip:
    low = LEAST_AGENTS if unit == "agents" else 1.0
    return Flip(id_, title, unit, regions(costs, low, high), crossings(costs, low, high))


def _event_bytes(resolved: Resolved) -> tuple[float, float]:
    """Mean size of an event, and of a batch of them, in the scenario."""
    streams = (Stream.STATELESS, Stream.STATEFUL)
    flows = [flow for flow in loads(resolved)[1].flows if flow.stream in streams]
    requests = sum(flow.requests_per_s for flow in flows)
    events = sum(flow.requests_per_s * flow.events for flow in flows)
    total = sum(flow.requests_per_s * flow.body_bytes for flow in flows)
    return (total / events, total / requests) if events and total else (500.0, 500.0)


def _per_event(side: Side, event_bytes: float, opened: float) -> Cost:
    def cost(events: float) -> Interval:
        total = side.at(events * event_bytes)
        if opened and side.connect_us is not None:
            total = total.plus(side.connect_us.times(opened))
        return total.times(1 / events)

    return cost


def _per_request(side: Side, body_bytes: float) -> Cost:
    def cost(requests: float) -> Interval:
        total = side.at(body_bytes)
        return total.plus(side.connect_us.times(1 / requests)) if side.connect_us is not None else total

    return cost


def money_by_agents(fleet_cost: FleetCost, agents: int, decision: Decision) -> Cost:
    """Money per agent and year in a fleet like this of any size; from one core on, parts of cores count."""
    prices, busy = decision.prices, float(decision.busy)
    library, money, memory, bought = (
        fleet_cost.library_cores,
        fleet_cost.money,
        fleet_cost.memory_bytes,
        fleet_cost.cores,
    )
    if library is None or money is None or memory is None or bought is None:
        raise ValueError(f"{fleet_cost.pairing.name} has no money to show: {', '.join(fleet_cost.missing)}")
    side = fleet_cost.pairing.server_side
    base = (side.base_bytes if side else None) or 0.0
    held = (memory.mid - base) / agents
    hourly = bought.times(prices.core_hour).plus(memory.times(prices.gb_hour / GB)).times(YEAR_H / agents)
    traffic = Interval(*(max(0.0, whole - part) for whole, part in zip(money, hourly, strict=True)))

    def cost(count: float) -> Interval:
        cores = (
            max(1.0, (each + fleet_cost.application_cores) / agents * count / busy)
            for each in fleet_cost.library_cores or ()
        )
        memory = (base + held * count) * prices.gb_hour / GB
        spent = Interval(*((core * prices.core_hour + memory) * YEAR_H / count for core in cores))
        return spent.plus(traffic)

    return cost
