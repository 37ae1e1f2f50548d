"""Size one fleet: settle the conditions, try the closed forms, search, and assemble the result.

Conditions that make no sense for a scenario are left out with a note, never silently: the loss of the only
node, or faults where there are none. Closed forms are asked first because they need no run. The search
starts at the smallest design that the closed forms allow.
"""

from wavetank.engines.registry import choose
from wavetank.scenario import Scenario
from wavetank.scenario.resolved import Resolved
from wavetank.studies import pool
from wavetank.studies.cells.filling import WORTH_A_POOL_S
from wavetank.studies.sequential import Claim
from wavetank.studies.sizing import closed
from wavetank.studies.sizing.asking import Asking
from wavetank.studies.sizing.conditions import FAULTS, NODE, Conditions, conditions_of
from wavetank.studies.sizing.resources import resources_of
from wavetank.studies.sizing.screening import lowest
from wavetank.studies.sizing.searching import THRESHOLD, Found, search
from wavetank.studies.sizing.shapes import Shapes
from wavetank.studies.sizing.sized import Size
from wavetank.studies.sizing.sought import BadSize, Sought, rounded, sought_of
from wavetank.studies.sizing.trials import Trials

ONE_NODE = "There is one node, so its loss is not asked: nothing would be left."
UNNOTICED = "The balancer has no health check (balancer.health_check), so it goes on to send to a lost node."
UNSTATED = "The scenario does not say how soon the fleet must be back (slo.recovery): 10 min were taken."


def sized(base: Scenario, asking: Asking) -> Size:
    """Size one fleet."""
    resolved, sought = sought_in(base, asking)
    conditions, notes = conditions_asked(resolved, sought, asking)
    shapes = Shapes(base, sought, conditions.duration_ns)
    queue = closed.sized(base, sought, conditions, shapes)
    claim = Claim(asking.probability, THRESHOLD)
    if queue is not None:
        rank, asked = queue
        outcome = Found(rank, asked, "")
        return _result(base, sought, claim, conditions, shapes, outcome, notes, 0)
    start = lowest(shapes, sought, conditions)
    sought = rounded(sought, sought.value(start))
    shapes = Shapes(base, sought, conditions.duration_ns)
    start = lowest(shapes, sought, conditions)
    if asking.workers != 1 and resolved.agents * conditions.duration_ns / 1e9 > WORTH_A_POOL_S / 50:
        pool.start()  # by the time the screen is over it is warm
    first = base.spec.seed if asking.seed is None else asking.seed
    trials = Trials(conditions, asking.engine, first, asking.workers, asking.store, asking.progress)
    outcome = search(trials, shapes, sought, start, claim)
    return _result(base, sought, claim, conditions, shapes, outcome, notes, trials.runs)


def sought_in(base: Scenario, asking: Asking) -> tuple[Resolved, Sought]:
    """Return a scenario resolved, and what is looked for in it. Raises BadSize."""
    resolved = base.resolve()
    if choose(resolved, asking.engine).real:
        raise BadSize("a sizing takes simulated runs; leave the engine out")
    return resolved, sought_of(asking.find, base)


def conditions_asked(
    resolved: Resolved, sought: Sought, asking: Asking
) -> tuple[Conditions, tuple[str, ...]]:
    """Return which conditions there are, and what is to be said of those that were left out."""
    asked = [name for name in asking.through if name != FAULTS or resolved.faults]
    notes = []
    if NODE in asked and sought.word != "nodes" and resolved.server.nodes == 1:
        asked.remove(NODE)
        notes.append(ONE_NODE)
    if not asked:
        raise BadSize("nothing is left to ask: the scenario has no faults; take the day, or a node's loss")
    conditions = conditions_of(resolved, tuple(asked), asking.away_ns)
    if NODE in asked and not resolved.balancer.health_check_ns:
        notes.append(UNNOTICED)
    if conditions.with_faults and not conditions.stated:
        notes.append(UNSTATED)
    return conditions, tuple(notes)


def _result(
    base: Scenario,
    sought: Sought,
    claim: Claim,
    conditions: Conditions,
    shapes: Shapes,
    outcome: Found,
    notes: tuple[str, ...],
    runs: int,
) -> Size:
    shape = None if outcome.rank is None else shapes.full(outcome.rank)
    resolved = base.resolve() if shape is None else shape.resolved
    resources = () if outcome.rank is None else resources_of(shapes, sought, conditions, outcome.rank)
    more = (outcome.note,) if outcome.note else ()
    return Size(
        scenario=base.name,
        sought=sought,
        rank=outcome.rank,
        claim=claim,
        conditions=conditions,
        agents=resolved.agents,
        nodes=resolved.server.nodes,
        cores=resolved.server.cores,
        asked=outcome.asked,
        resources=resources,
        notes=(*notes, *more),
        seed=base.spec.seed,
        runs=runs,
    )
