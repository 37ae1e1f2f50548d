"""Define `size`: the fewest nodes, cores or connections, or the most agents, that meet the objectives.

This module checks the arguments and chooses the kind of sizing: one fleet, a table over several fleets
(`agents`), or inputs that are not known (`uncertain`). The work is done in one_fleet.py and in
`uncertain/`. The answer is the same for any number of workers. The conditions and the method are in
docs/studies.md, "Find how many servers you need".
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import overload

from wavetank.scenario import Scenario, load
from wavetank.studies.cells import CellStore
from wavetank.studies.simulate import Watch
from wavetank.studies.sizing.asking import asking_of
from wavetank.studies.sizing.conditions import CONDITIONS
from wavetank.studies.sizing.fleets import FleetSizes, counts_of
from wavetank.studies.sizing.one_fleet import sized
from wavetank.studies.sizing.sized import Size
from wavetank.studies.sizing.sought import BadSize
from wavetank.studies.sizing.uncertain.uncertain_size import UncertainSize


@overload
def size(
    scenario: Scenario | str | Path,
    *,
    find: str = ...,
    probability: float = ...,
    agents: None = ...,
    uncertain: None = ...,
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
    uncertain: None = ...,
    through: Sequence[str] = ...,
    away: str | None = ...,
    engine: str | None = ...,
    seed: int | None = ...,
    workers: int | None = ...,
    out: str | Path | None = ...,
    progress: Watch | None = ...,
) -> FleetSizes: ...
@overload
def size(
    scenario: Scenario | str | Path,
    *,
    find: str = ...,
    probability: float = ...,
    agents: None = ...,
    uncertain: Mapping[str, object] | Sequence[str],
    through: Sequence[str] = ...,
    away: str | None = ...,
    engine: str | None = ...,
    seed: int | None = ...,
    workers: int | None = ...,
    out: str | Path | None = ...,
    progress: Watch | None = ...,
) -> UncertainSize: ...
def size(
    scenario: Scenario | str | Path,
    *,
    find: str = "nodes",
    probability: float = 0.90,
    agents: str | Sequence[int] | None = None,
    uncertain: Mapping[str, object] | Sequence[str] | None = None,
    through: Sequence[str] = CONDITIONS,
    away: str | None = None,
    engine: str | None = None,
    seed: int | None = None,
    workers: int | None = None,
    out: str | Path | None = None,
    progress: Watch | None = None,
) -> Size | FleetSizes | UncertainSize:
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
    uncertain : sequence of str or dict, optional
        Inputs that are not known, such as `fleet.agents={law="uniform",low=8000,high=12000}`: the smallest
        design that holds with the probability over them. Laws are uniform, log-uniform and triangular.
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
    Size, FleetSizes or UncertainSize
        The answer with its evidence; with `agents` one for each fleet; with `uncertain` the choice and its
        neighbours, each with its probability.

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
    if uncertain is not None:
        if agents is not None:
            raise BadSize("uncertain inputs go with one fleet; leave the agents out")
        from wavetank.studies.sizing.uncertain.choosing import sized_uncertain

        return sized_uncertain(base, asking, uncertain)
    if agents is None:
        return sized(base, asking)
    if find == "agents":
        raise BadSize("the agents are either found or given")
    fleets = [base.but(f"fleet.agents={count}") for count in counts_of(agents)]
    return FleetSizes(tuple(sized(fleet, asking) for fleet in fleets))
