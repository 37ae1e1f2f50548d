"""`frontier`: from which value of a key on a fleet is lost, as a band of probabilities.

The function is public. It reads the axis, lets `search` choose the runs, fits them, and says how sure the
answer is.
"""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from wavetank.errors import WavetankError
from wavetank.results.windows import RECOVERY
from wavetank.scenario import Scenario, load
from wavetank.studies.cells import CellStore
from wavetank.studies.frontiers.bands import Frontier, FrontierMap
from wavetank.studies.frontiers.fit import REFUSED
from wavetank.studies.frontiers.isotonic import Crossing, crossings, monotone_p
from wavetank.studies.frontiers.levels import Level, Levels
from wavetank.studies.frontiers.search import rising, search
from wavetank.studies.simulate import Watch
from wavetank.studies.sweeping.axes import Axis, axes_of, fitted
from wavetank.studies.sweeping.sweep import Vary, accepts
from wavetank.studies.sweeping.values import measured

BUDGET, FEWEST = 160, 60
"""Runs of a frontier by default, and the fewest that say anything."""
SHARES = (0.05, 0.5, 0.95)
"""The band: from hardly ever to nearly always fatal."""
ROWS = 5
"""Values of the second key in a map."""


class BadFrontier(WavetankError):
    """A frontier that cannot be computed as asked; the message says why, and what can."""


def frontier(
    scenario: Scenario | str | Path,
    vary: Vary,
    *,
    runs: int = BUDGET,
    engine: str | None = None,
    seed: int | None = None,
    workers: int | None = None,
    out: str | Path | None = None,
    progress: Watch | None = None,
) -> Frontier | FrontierMap:
    """Find from which value of a key on a fleet does not come back.

    Parameters
    ----------
    scenario : Scenario, str or Path
        The fleet with its faults. `slo.recovery` says how soon it must be back.
    vary : sequence of str, or dict
        A range such as "fault.0.down=10s..10min". A second one makes a map: the frontier along the first
        key for five of its values.
    runs : int
        How many runs to make at most, for each row of a map.
    engine, seed, workers, progress
        As for `sweep`.
    out : str or Path, optional
        Folder for the runs.

    Returns
    -------
    Frontier or FrontierMap
        The band with its intervals and the levels.

    Raises
    ------
    ScenarioError, BadFrontier, ResultError, RunFailed
        Bad input; a folder that cannot be written; a run that came to no answer.

    Examples
    --------
    >>> import wavetank as wt
    >>> small = wt.load("quickstart", ["duration=20s"])
    >>> frontier = wt.frontier(small, ["fleet.agents=4..6"], runs=60)
    >>> frontier.text.splitlines()[0]
    'From 4 to 6 the fleet is always back, in 60 runs.'
    """
    base = scenario if isinstance(scenario, Scenario) else load(scenario)
    axes = [fitted(axis, accepts(base)) for axis in axes_of(vary)]
    if len(axes) not in (1, 2) or any(axis.span is None or axis.values for axis in axes):
        raise BadFrontier("a frontier takes one or two ranges, such as --vary fault.0.down=10s..10min")
    if runs < FEWEST:
        raise BadFrontier(f"{runs} runs; take {FEWEST} or more")
    store = None if out is None else CellStore(Path(out))
    first = base.spec.seed if seed is None else seed

    def along(settings: tuple[str, ...]) -> Frontier:
        levels = Levels(base, axes[0], settings, engine, first, workers, store, progress)
        search(levels, runs, first)
        return concluded(base.but(*settings), axes[0], settings, levels.all, first)

    if len(axes) == 1:
        return along(())
    return FrontierMap(axes[1].key, tuple(along((text,)) for text in _texts(axes[1])))


def _texts(axis: Axis) -> list[str]:
    """The settings of the rows of a map."""
    span = axis.span
    assert span is not None
    places = [Fraction(step, ROWS - 1) for step in range(ROWS)]
    values = [span.whole_at(place) if span.whole else span.at(place) for place in places]
    return [f"{axis.key}={value}" for value in dict.fromkeys(values)]


def concluded(
    base: Scenario, axis: Axis, settings: tuple[str, ...], levels: Sequence[Level], seed: int
) -> Frontier:
    """Fit the levels, and test whether the share of fatal runs grows along the key."""
    up = rising(levels)
    ordered = list(levels) if up else list(reversed(levels))
    counts = [(level.fatal, level.runs) for level in ordered]
    p = monotone_p(counts, seed)
    band: tuple[Crossing, ...] = ()
    if p >= REFUSED:
        places = [level.value if up else -level.value for level in ordered]
        band = tuple(c if up else _mirrored(c) for c in crossings(places, counts, SHARES, seed))
    bounds = [objective.bound for objective in base.resolve().objectives if objective.metric == RECOVERY]
    unit = measured(levels[0].text)[1]
    within_s = bounds[0] if bounds else None
    name = base.name
    if axis.key == "fleet.agents" and "{agents}" in base.spec.name:
        name = base.spec.name.replace("{agents}", f"{levels[0].value:,.0f} to {levels[-1].value:,.0f}")
    return Frontier(name, axis.key, unit, tuple(levels), up, p, band, within_s, settings, seed)


def _mirrored(crossing: Crossing) -> Crossing:
    """The crossing of a scale that was turned round."""
    value, low, high = (None if at is None else -at for at in crossing)
    return Crossing(value, high, low)
