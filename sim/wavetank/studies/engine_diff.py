"""Engine against engine: the same scenario, metric by metric or request by request.

Where engines differ the scenario is made smaller as long as they still do (studies/shrinking.py), and the
first message that differs is shown.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from wavetank.engines.progress import Progress
from wavetank.engines.registry import ENGINES, Engine, choose, refused
from wavetank.errors import MissingExtra, UnsupportedByEngine, WavetankError
from wavetank.scenario import Scenario, load
from wavetank.scenario.resolved import Resolved
from wavetank.scenario.written import written_out
from wavetank.studies.agreement import Agreement, Ran, compared, same
from wavetank.studies.divergence import first_divergence
from wavetank.studies.shrinking import shrunk
from wavetank.studies.simulate import Share, Watch

SHRINK_S = 30.0
"""How long a difference is shrunk at most."""
MOST_MESSAGES = 1_000_000
"""Every message of the traced agents, in some 100 MB."""

MOST_TRACED = 1_000
"""Enough to meet the agent that differs in a shrunk scenario."""


class NoSecondEngine(UnsupportedByEngine):
    """Fewer than two engines can answer; `key` is what the other cannot honour, "" if there is none."""

    def __str__(self) -> str:
        if not self.key:
            return f"only engine {self.engine} is there; two are needed to be held against one another"
        return f"engine {self.engine} cannot honour {self.key}, and two engines are needed; leave the key out"


class NotExact(UnsupportedByEngine):
    """An engine that takes real time: no two of its runs are equal, so it is held against none to the bit."""

    def __str__(self) -> str:
        return f"engine {self.engine} is the real thing, and no two of its runs are equal; leave it out"


def agree(
    scenario: Scenario | str | Path,
    *,
    engines: Sequence[str] | None = None,
    requests: bool = False,
    seed: int | None = None,
    shrink_s: float = SHRINK_S,
    watch: Watch | None = None,
    among: tuple[Engine, ...] = ENGINES,
) -> Agreement:
    """Run a scenario on several engines and compare what they count.

    `engines` None takes all that honour the scenario. Without `requests`, the metrics are compared; with it
    also every request (agent, stream, attempt, start, end, outcome) and every integer counted. A difference
    is shrunk for at most `shrink_s` seconds. Raises ScenarioError, and UnsupportedByEngine where fewer than
    two engines honour the scenario.

    Examples
    --------
    >>> import wavetank as wt
    >>> small = wt.load("quickstart", ["fleet.agents=20", "duration=2min"])
    >>> wt.agree(small, engines=["reference", "compiled"]).equal
    True
    """
    scenario = scenario if isinstance(scenario, Scenario) else load(scenario)
    resolved = scenario.resolve(seed)
    chosen = honouring(resolved, engines, among)
    runs = _run_all(resolved, chosen, requests, watch)
    agreement = compared(resolved, runs, requests)
    if agreement.equal or shrink_s <= 0:
        return agreement
    return _explained(agreement, scenario, _parting(chosen, runs), shrink_s)


def honouring(
    resolved: Resolved, names: Sequence[str] | None = None, among: tuple[Engine, ...] = ENGINES
) -> tuple[Engine, ...]:
    """The engines that are compared; never a real one, for no two of its runs are equal.

    Raises UnsupportedByEngine where there are not two.
    """
    if names is not None:
        named = tuple(choose(resolved, name, among) for name in dict.fromkeys(names))
        for engine in named:
            if engine.real:
                raise NotExact(engine.name, "agree")
        if len(named) < 2:
            raise NoSecondEngine(named[0].name if named else among[0].name, "")
        return named
    among = tuple(engine for engine in among if not engine.real)
    able = tuple(engine for engine in among if engine.installed and not refused(engine, resolved))
    if len(able) < 2:
        for engine in among:
            if not engine.installed:
                raise MissingExtra(engine.needs, engine.extra)
        for engine in among:
            for key in refused(engine, resolved):
                raise NoSecondEngine(engine.name, key)
        raise NoSecondEngine(among[0].name, "")
    return able


# ---- running ---------------------------------------------------------------------------------


def _run_all(resolved: Resolved, chosen: Sequence[Engine], requests: bool, watch: Watch | None) -> list[Ran]:
    """One run on each engine. Raises what all of them raise, if it is meant for the user."""
    told = [Share(engine.name, 0.0) for engine in chosen]
    runs, errors = [], []
    for index, engine in enumerate(chosen):

        def advance(now_ns: int, issued: int, index: int = index) -> None:
            told[index] = Share(chosen[index].name, now_ns / resolved.duration_ns, now_ns, issued)
            if watch is not None:
                watch(told)

        ran, error = _ran(engine, resolved, requests, advance=advance)
        runs.append(ran)
        errors.append(error)
        told[index] = told[index]._replace(done=1.0)
    meant = [error for error in errors if isinstance(error, WavetankError)]
    unable = [error for error in meant if isinstance(error, MissingExtra | UnsupportedByEngine)]
    if unable or len(meant) == len(errors):
        raise (unable or meant)[0]
    return runs


def _ran(
    engine: Engine,
    resolved: Resolved,
    requests: bool,
    traced: Iterable[int] = (),
    advance: Progress | None = None,
) -> tuple[Ran, Exception | None]:
    try:
        tally = engine.run(resolved, traced, MOST_MESSAGES, advance, requests)
    except _Over:
        raise
    except Exception as error:  # noqa: BLE001 - that an engine fails where another does not is a difference
        return Ran(engine.name, None, f"{type(error).__name__}: {error}"), error
    return Ran(engine.name, tally, ""), None


# ---- explaining a difference -----------------------------------------------------------------


class _Over(Exception):
    """The time for shrinking is over."""


def _parting(chosen: Sequence[Engine], runs: Sequence[Ran]) -> tuple[Engine, Engine]:
    """The first engine and one that differs from it."""
    first = runs[0].tally
    for engine, ran in zip(chosen[1:], runs[1:], strict=True):
        if first is None or ran.tally is None or not same(first, ran.tally):
            return chosen[0], engine
    raise AssertionError("metrics differ, and no count does")


def _explained(
    agreement: Agreement, scenario: Scenario, pair: tuple[Engine, Engine], shrink_s: float
) -> Agreement:
    """With the smallest scenario found in which they still differ, and the first message that does."""
    end_s = time.monotonic() + shrink_s

    def hurry(_: int, __: int) -> None:
        if time.monotonic() > end_s:
            raise _Over

    def differs(smaller: Scenario) -> bool:
        resolved = smaller.resolve()
        if any(refused(engine, resolved) for engine in pair):
            return False
        try:
            first, other = (_ran(engine, resolved, True, advance=hurry)[0].tally for engine in pair)
        except _Over:
            return False
        if first is None or other is None:
            return first is not other
        return not same(first, other)

    small = shrunk(scenario, differs, lambda: time.monotonic() > end_s, agreement.seed)
    resolved = small.resolve()
    traced = range(min(resolved.agents, MOST_TRACED))
    tallies = [_ran(engine, resolved, False, traced)[0].tally for engine in pair]
    first, other = (tally.trace if tally is not None else [] for tally in tallies)
    both = all(tally is not None for tally in tallies)
    return replace(
        agreement,
        shrunk=written_out(small),
        divergence=first_divergence(first, other) if both else None,
        divergence_of=(pair[0].name, pair[1].name),
    )
