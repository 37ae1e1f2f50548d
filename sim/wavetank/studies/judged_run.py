"""A run with its verdict, by any engine: beside its twin where it has faults, real ones by their series.

The run goes on past its duration until its verdict is there, within bounds (docs/model.md#twin and
#settling).
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from wavetank.engines.progress import Progress
from wavetank.engines.registry import Engine, choose
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.judge.signals import FLOOR_AGENTS, SMALL
from wavetank.results.judge.verdict import Verdict
from wavetank.scenario.resolved import Resolved
from wavetank.studies.judge_plan import plan_of
from wavetank.studies.judged import JudgedRun, Outlook, horizon_ns, judge_beside_twin
from wavetank.studies.judged_alone import judge_alone
from wavetank.studies.judged_series import judge_closed, judge_recorded
from wavetank.studies.shared_twins import TwinLeft, TwinShelf


def judge_run(
    resolved: Resolved,
    engine: str,
    settle_ns: int | None,
    trace_agents: tuple[int, ...],
    progress: Progress,
    threads: int,
    more: Mapping[str, Any],
) -> JudgedRun:
    """Run a scenario with an engine and judge it; of two `threads` one is the twin's.

    Raises what the engine raises.
    """
    chosen, outlook = choose(resolved, engine), Outlook(plan_of(resolved), settle_ns)
    if chosen.real:
        return _judge_real(resolved, chosen, outlook, trace_agents, progress, more)
    if not resolved.faults and chosen.needs_no_samples(resolved, bool(trace_agents)):
        tally = chosen.run(resolved, trace_agents, progress=progress)
        if 2 * tally.backlog_age_max_ns < outlook.plan.grid.stale_ns:
            return judge_closed(resolved, outlook, tally)
        # somebody waited for so long that it takes samples to say how many do
    if not resolved.faults:
        run = chosen.start(resolved, resolved.duration_ns, trace_agents, progress=progress)
        return judge_alone(resolved, outlook.plan, run)
    horizon = horizon_ns(resolved, outlook)
    run = chosen.start(resolved, horizon, trace_agents, progress=progress)
    twin = chosen.start(resolved._replace(faults=(), objectives=()), horizon)
    with _helper(chosen, threads) as pool:
        return judge_beside_twin(resolved, outlook, run, twin, pool)


def judge_with_shared_twin(
    resolved: Resolved, engine: str, settle_ns: int | None, shelf: TwinShelf
) -> JudgedRun:
    """Run a scenario with faults and judge it beside a twin that other runs of its seed use too.

    The verdict is that of `judge_run`. Where agents leave, the run has a twin for itself.
    """
    chosen, outlook = choose(resolved, engine), Outlook(plan_of(resolved), settle_ns)
    horizon = horizon_ns(resolved, outlook)
    calm = resolved._replace(faults=(), objectives=())
    try:
        run = chosen.start(resolved, horizon)
        return judge_beside_twin(resolved, outlook, run, shelf.twin(chosen, calm, horizon))
    except TwinLeft:
        run = chosen.start(resolved, horizon)
        return judge_beside_twin(resolved, outlook, run, chosen.start(calm, horizon))


def judge_by_figures(resolved: Resolved, engine: str) -> JudgedRun:
    """Run a scenario through its faults without a twin: its objectives judge it.

    The verdict is "lost" where agents were refused for good, else "undecided": whether a fleet is as well as
    without faults cannot be told.
    """
    chosen, plan = choose(resolved, engine), plan_of(resolved)
    run = chosen.start(resolved, resolved.duration_ns)
    run.advance(resolved.duration_ns)
    offline = len(run.offline_agents()) - plan.refused
    lost = offline > max(SMALL * resolved.agents, FLOOR_AGENTS)
    verdict = Verdict(Outcome.LOST if lost else Outcome.UNDECIDED, ended_s=resolved.duration_ns / 1e9)
    return JudgedRun(run.finish(), verdict)


def _judge_real(
    resolved: Resolved,
    engine: Engine,
    outlook: Outlook,
    trace_agents: tuple[int, ...],
    progress: Progress,
    more: Mapping[str, Any],
) -> JudgedRun:
    """A real run is judged afterwards; what would have been without faults is simulated."""
    tally = engine.run(resolved, trace_agents, progress=progress, **more)
    if not resolved.faults:
        return judge_recorded(resolved, outlook, tally)
    calm = resolved._replace(faults=(), objectives=())
    tally.said.insert(0, "What would have been without faults is simulated.")
    return judge_recorded(resolved, outlook, tally, choose(calm).start(calm, calm.duration_ns))


@contextmanager
def _helper(engine: Engine, threads: int) -> Iterator[ThreadPoolExecutor | None]:
    """A thread for the twin, where the engine's kernels let two threads run at once."""
    if not engine.frees_threads or threads < 2:
        yield None
        return
    with ThreadPoolExecutor(1, thread_name_prefix="wavetank twin") as pool:
        yield pool
