"""Size a fleet with uncertain inputs: learn which designs hold where, choose, and verify.

The choice is the smallest design that holds with the probability over inputs and chance together. The model
proposes it; 64 runs each of the choice and of the design below it check it, at evenly spread points. If
these runs move the choice, it is verified again, at most three times. The model has learned from these runs
before it states a probability.
"""

from collections.abc import Mapping, Sequence

from wavetank.errors import ScenarioError
from wavetank.scenario import Scenario
from wavetank.studies import pool
from wavetank.studies.sizing.asking import Asking
from wavetank.studies.sizing.one_fleet import conditions_asked, sought_in
from wavetank.studies.sizing.screening import LONGEST_WAY, lowest
from wavetank.studies.sizing.shapes import Shapes
from wavetank.studies.sizing.sought import BadSize, Sought
from wavetank.studies.sizing.trials import Trials
from wavetank.studies.sizing.uncertain.holding import Holding
from wavetank.studies.sizing.uncertain.laws import uncertain_of
from wavetank.studies.sizing.uncertain.learning import Learned, Sample, learn
from wavetank.studies.sizing.uncertain.points import Point, points_of
from wavetank.studies.sizing.uncertain.uncertain_size import Option, UncertainSize
from wavetank.units import SECOND

VERIFIED = 64
"""Runs of the choice and of the design below it, at evenly spread points: a share of 0.9 within 0.08."""
CHECKS = 3
"""So often the choice may move because the runs that verify it say so."""


def sized_uncertain(
    base: Scenario, asking: Asking, uncertain: Mapping[str, object] | Sequence[str]
) -> UncertainSize:
    """Choose the smallest design that holds with the probability, over the uncertain inputs."""
    inputs = uncertain_of(uncertain)
    texts = [uncertain] if isinstance(uncertain, str) else uncertain
    told = [f"{key}={law}" for key, law in texts.items()] if isinstance(texts, Mapping) else list(texts)
    if asking.find not in ("nodes", "cores"):
        raise BadSize(f"uncertain inputs go with nodes and cores; {asking.find} is not among them")
    if any(each.axis.key in ("server.nodes", "server.cores") for each in inputs):
        raise BadSize("the number of nodes and cores is what a sizing decides; it cannot be uncertain")
    resolved, sought = sought_in(base, asking)
    conditions, _ = conditions_asked(resolved, sought, asking)
    seed = base.spec.seed if asking.seed is None else asking.seed
    points = points_of(base, inputs, seed)
    if asking.workers != 1:
        pool.start()
    trials = Trials(conditions, asking.engine, seed, asking.workers, asking.store, asking.progress)
    hold = Holding(base, points, sought, trials)
    server = resolved.server
    unit = server.cores if sought.word == "nodes" else server.nodes
    learned = Learned(
        points, lambda rank: unit * sought.value(rank), conditions.within_ns / SECOND, asking.probability
    )
    least = _least(base, points, sought, conditions.duration_ns, trials)
    most = min(sought.ranks[1], least * LONGEST_WAY)
    choice = learn(learned, least, most, hold, seed)
    counts: dict[int, tuple[int, int]] = {}
    for _ in range(CHECKS):
        counts = {rank: _verified(learned, rank, hold) for rank in (choice - 1, choice) if rank >= 1}
        moved = learned.choice(least, most)
        if moved == choice:
            break
        choice = moved
    ranks = [rank for rank in (choice - 1, choice, choice + 1) if rank >= 1]
    options = tuple(Option(rank, learned.share(rank), *counts.get(rank, (0, 0))) for rank in ranks)
    enough = learned.share(choice) >= asking.probability
    return UncertainSize(
        scenario=base.name,
        sought=sought,
        rank=choice if enough else None,
        probability=asking.probability,
        inputs=tuple(told),
        options=options,
        points=len(points),
        agents=resolved.agents,
        simulated=_simulated(base, points, sought, conditions.duration_ns, choice, hold.asked[0]),
        seed=seed,
        runs=trials.runs,
    )


def _verified(learned: Learned, rank: int, hold: Holding) -> tuple[int, int]:
    """Run a design at the first points, which lie evenly, and return (held, runs)."""
    _, possible = learned.features(rank)
    samples = [Sample(point, rank) for point in range(VERIFIED)]
    fresh = [each for each in samples if each not in learned.held and possible[each.point]]
    learned.add(fresh, hold(fresh))
    return sum(learned.held.get(each, False) for each in samples), VERIFIED


def _least(base: Scenario, points: Sequence[Point], sought: Sought, duration_ns: int, trials: Trials) -> int:
    """The smallest design that closed forms allow at the easiest point."""
    easiest = min(points, key=lambda point: (point.offered, point.logins_s))
    shapes = Shapes(base.but(*easiest.settings), sought, duration_ns)
    return lowest(shapes, sought, trials.conditions)


def _simulated(
    base: Scenario, points: Sequence[Point], sought: Sought, duration_ns: int, rank: int, name: str
) -> str:
    try:
        shape = Shapes(base.but(*points[0].settings), sought, duration_ns).screening(rank, name)
    except ScenarioError:
        return "scaled fleets"
    server = shape.resolved.server
    return f"{server.nodes} x {server.cores} cores at the same load of each core"
