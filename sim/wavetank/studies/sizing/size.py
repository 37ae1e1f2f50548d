"""`size`: the fewest nodes, cores or connections, or the most agents, that meet the objectives."""

from collections.abc import Sequence
from pathlib import Path
from typing import overload

from wavetank.engines.registry import choose
from wavetank.scenario import Scenario, load
from wavetank.scenario.resolved import Resolved
from wavetank.studies import pool
from wavetank.studies.cells import CellStore
from wavetank.studies.cells.filling import WORTH_A_POOL_S
from wavetank.studies.sequential import Claim
from wavetank.studies.simulate import Watch
from wavetank.studies.sizing import closed
from wavetank.studies.sizing.asking import Asking, asking_of
from wavetank.studies.sizing.conditions import CONDITIONS, FAULTS, NODE, Conditions, conditions_of
from wavetank.studies.sizing.fleets import FleetSizes, counts_of
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


@overload
def size(
    scenario: Scenario | str | Path,
    *,
    find: str = ...,
    probability: float = ...,
    agents: None = ...,
    through: Sequence[str] = ...,
    away: str | None = ...,
    engine: str | None = ...,
    seed: int | None = ...,
    workers: int | None = ...,
    out: str | Path | None = ...,
    progress: Watch | None = ...,
) -> Size: ...
@overload
def size(
    scenario: Scenario | str | Path,
    *,
    find: str = ...,
    probability: float = ...,
    agents: str | Sequence[int],
    through: Sequence[str] = ...,
    away: str | None = ...,
    engine: str | None = ...,
    seed: int | None = ...,
    workers: int | None = ...,
    out: str | Path | None = ...,
    progress: Watch | None = ...,
) -> FleetSizes: ...
def size(
    scenario: Scenario | str | Path,
    *,
    find: str = "nodes",
    probability: float = 0.90,
    agents: str | Sequence[int] | None = None,
    through: Sequence[str] = CONDITIONS,
    away: str | None = None,
    engine: str | None = None,
    seed: int | None = None,
    workers: int | None = None,
    out: str | Path | None = None,
    progress: Watch | None = None,
) -> Size | FleetSizes:
    """Find the fewest servers that meet a scenario's objectives, and say how sure that is.

    A design must do well on an ordinary day, with one node lost at an arbitrary instant, and through the
    scenario's faults: in each with probability P or more, at 95 % confidence.

    Parameters
    ----------
    scenario : Scenario, str or Path
        The fleet and the server, with objectives in `[slo]`.
    find : str
        "nodes", "cores" or "connections": the fewest of them; "agents": the most.
    probability : float
        P, between 0.5 and 0.999.
    agents : str or sequence of int, optional
        Sizes of fleets, such as "1k,5k,50k": the table over them.
    through : sequence of str
        Which of "day", "node" and "faults" to ask.
    away : str, optional
        How long a lost node stays away; by default 2 min after the balancer has noticed.
    engine, seed, workers
        As for `run`. The answer is the same for any number of workers.
    out : str or Path, optional
        Folder for the runs: another sizing with the same folder does none of them again.
    progress : callable, optional
        Told several times a second how far the runs are.

    Returns
    -------
    Size or FleetSizes
        The answer with its evidence; with `agents` one for each fleet.

    Raises
    ------
    ScenarioError, BadSize, ResultError, RunFailed
        Bad input; a folder that cannot be written; a run that came to no answer.

    Examples
    --------
    >>> import wavetank as wt
    >>> queue = wt.load("mm4", ["slo.server_wait_probability=20%"])
    >>> wt.size(queue, find="cores").answer
    6
    """
    base = scenario if isinstance(scenario, Scenario) else load(scenario)
    store = None if out is None else CellStore(Path(out))
    asking = asking_of(find, probability, through, away, engine, seed, workers, store, progress)
    if agents is None:
        return sized(base, asking)
    if find == "agents":
        raise BadSize("the agents are either found or given")
    fleets = [base.but(f"fleet.agents={count}") for count in counts_of(agents)]
    return FleetSizes(tuple(sized(fleet, asking) for fleet in fleets))


def sized(base: Scenario, asking: Asking) -> Size:
    """Size one fleet."""
    resolved = base.resolve()
    if choose(resolved, asking.engine).real:
        raise BadSize("a sizing takes simulated runs; leave the engine out")
    sought = sought_of(asking.find, base)
    conditions, notes = _conditions(resolved, sought, asking)
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


def _conditions(resolved: Resolved, sought: Sought, asking: Asking) -> tuple[Conditions, tuple[str, ...]]:
    """Which conditions there are, and what is to be said of those that were left out."""
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
