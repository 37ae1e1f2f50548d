"""Many runs at once, each in a process of its own: the same figures for any number of workers.

Results come back in the order in which they were asked for. A run that fails ends all others and says
which scenario and seed it was.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, NamedTuple

from wavetank.engines.progress import Progress
from wavetank.engines.registry import choose
from wavetank.errors import RunFailed, TooLarge, WavetankError
from wavetank.results.judge.verdict import Verdict
from wavetank.results.tally import Tally
from wavetank.scenario.available_memory import available_bytes
from wavetank.scenario.resolved import Resolved
from wavetank.studies import notebook, pool
from wavetank.studies.judged_run import judge_by_figures, judge_run, judge_with_shared_twin
from wavetank.studies.pool import WorkerDied
from wavetank.studies.shared_twins import TwinShelf


class Share(NamedTuple):
    """How far a run is: `done` from 0 to 1, `now_ns` of simulated time, attempts issued so far."""

    title: str
    done: float
    now_ns: int = 0
    issued: int = 0


Watch = Callable[[Sequence[Share]], None]
"""Called several times a second with how far every run is."""

QUICK_AGENT_S = 60_000
"""Agents x simulated seconds that are sooner done here than another process is started."""

LONG_AGENT_S = 10_000_000
"""Agents x simulated seconds that take more than a second on any engine: worth waiting for the pool."""

HEAD_START_S = 0.5
"""Runs that are all done after so long need no pool: starting it takes about as long."""


class Task(NamedTuple):
    """One run to be judged, where it has faults beside its twin without them.

    Attributes
    ----------
    engine : str
        Name of the engine.
    resolved : Resolved
        The scenario.
    trace_agents : tuple of int
        Agents of which every message is kept.
    settle_ns : int or None
        How long the run may go on past its duration; None: until it is decided, within bounds.
    title : str
        What the progress bar calls it.
    more : tuple of pairs
        Arguments that only its engine understands.
    twin : bool
        Whether a run with faults is compared with the fleet without them.
    """

    engine: str
    resolved: Resolved
    trace_agents: tuple[int, ...] = ()
    settle_ns: int | None = None
    title: str = ""
    more: tuple[tuple[str, Any], ...] = ()
    twin: bool = True


class Done(NamedTuple):
    """A finished run: its counts, the verdict on it, and how long it took in s."""

    tally: Tally
    verdict: Verdict
    wall_s: float


def simulate(tasks: Sequence[Task], workers: int | None = None, watch: Watch | None = None) -> list[Done]:
    """Do all tasks, in at most `workers` processes (None: as many as there are cores and memory for).

    Without a `watch`, progress is shown below the cell of a notebook, if we are in one. Where one of the
    tasks is real they are done one after the other: it needs the machine for itself.
    Raises TooLarge before anything runs when one of them does not fit into memory, RunFailed when a run does
    not end well; on Ctrl-C all runs are stopped first.
    """
    for task in tasks:
        check_room(task)
    alone = any(choose(task.resolved, task.engine).real for task in tasks)
    count = min(len(tasks), 1 if alone else workers or most_workers(tasks))
    with ExitStack() as stack:
        if watch is None and notebook.in_notebook():
            watch = stack.enter_context(notebook.cell())
        # one run alone has a second core for its twin
        threads = 2 if len(tasks) == 1 and workers != 1 and _cores() > 1 else 1
        return _done(tasks, count, threads, _Board(tasks, watch))


def _done(tasks: Sequence[Task], workers: int, threads: int, board: "_Board") -> list[Done]:
    if workers <= 1:
        return _in_turn(tasks, threads, board)
    with dying(tasks):
        done = [] if pool.ready() or agent_s(tasks) >= LONG_AGENT_S else _head_start(tasks, board)
    return [*done, *_at_once(tasks, len(done), workers, board)]


def most_workers(tasks: Sequence[Task]) -> int:
    """How many runs at once pay, with the cores and the memory that are free."""
    if agent_s(tasks) < QUICK_AGENT_S:
        return 1
    return max(1, min(_cores(), available_bytes() // max(map(_need_bytes, tasks))))


def agent_s(tasks: Sequence[Task]) -> float:
    """Agents x simulated seconds of all tasks."""
    return sum(task.resolved.agents * task.resolved.duration_ns for task in tasks) / 1e9


def _need_bytes(task: Task) -> int:
    """About how much memory a run takes, with its twin where it has faults."""
    runs = 2 if task.resolved.faults else 1
    return runs * task.resolved.agents * choose(task.resolved, task.engine).agent_bytes(task.resolved)


def check_room(task: Task) -> None:
    """Raise TooLarge when a run does not fit into memory."""
    need, free = _need_bytes(task), available_bytes()
    if need > free:
        engine = choose(task.resolved, task.engine).name
        sizes = f"they take about {need / 1e9:.1f} GB, {free / 1e9:.1f} GB are free"
        said = f"{task.resolved.agents:_} agents: {sizes}"
        raise TooLarge(engine, said)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Board:
    """The progress of every task, for a watcher."""

    def __init__(self, tasks: Sequence[Task], watch: Watch | None) -> None:
        self._tasks = tasks
        self._watch = watch
        self._reached = [(0, 0)] * len(tasks)

    def note(self, index: int, now_ns: int, issued: int) -> None:
        """Take down how far a task is. One that is begun again in another process does not go back."""
        self._reached[index] = max(self._reached[index], (now_ns, issued))

    def show(self) -> None:
        """Tell the watcher."""
        if self._watch is not None:
            self._watch(
                [
                    # a run that settles goes on past its duration
                    Share(task.title, min(1.0, now_ns / task.resolved.duration_ns), now_ns, issued)
                    for task, (now_ns, issued) in zip(self._tasks, self._reached, strict=True)
                ]
            )

    def advance(self, index: int, now_ns: int, issued: int) -> None:
        """Note the progress of a task, and tell the watcher."""
        self.note(index, now_ns, issued)
        self.show()


def _run(task: Task, advance: Progress, threads: int, shelf: TwinShelf | None) -> Done:
    """Do one task. Everything above and below only says where and when this is called."""
    start_s = time.perf_counter()
    resolved = task.resolved
    if not task.twin:
        judged = judge_by_figures(resolved, task.engine)
    elif shelf is not None and resolved.faults and not choose(resolved, task.engine).real:
        judged = judge_with_shared_twin(resolved, task.engine, task.settle_ns, shelf)
    else:
        judged = judge_run(
            resolved, task.engine, task.settle_ns, task.trace_agents, advance, threads, dict(task.more)
        )
    return Done(*judged, time.perf_counter() - start_s)


def finished(task: Task, advance: Progress, threads: int = 1, shelf: TwinShelf | None = None) -> Done:
    """Do one task, and report its end. An error becomes a message."""
    about = _about(task)
    try:
        done = _run(task, advance, threads, shelf)
    except MemoryError:
        raise RunFailed(f"{about}: out of memory; take fewer agents or one worker") from None
    except WavetankError:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise RunFailed(f"{about}: {reason}; this is a defect of wavetank") from error
    advance(task.resolved.duration_ns, sum(done.tally.issued))
    return done


def _about(task: Task) -> str:
    return f"the run of {task.resolved.name} with seed {task.resolved.seed} failed"


def _in_turn(tasks: Sequence[Task], threads: int, board: _Board) -> list[Done]:
    """Do all tasks in this process."""
    return [finished(task, partial(board.advance, index), threads) for index, task in enumerate(tasks)]


# ---- in other processes --------------------------------------------------------------------


class _HandOver(BaseException):
    """The pool is ready, and the run that is under way here is better begun again there."""


def _head_start(tasks: Sequence[Task], board: _Board) -> list[Done]:
    """Do tasks in this process until the pool is ready. Short work is done by then and never waits."""
    start_s = time.perf_counter()

    def is_ready() -> bool:
        if time.perf_counter() - start_s < HEAD_START_S:
            return False
        pool.start()
        return pool.ready()

    def advance(index: int, now_ns: int, issued: int) -> None:
        board.advance(index, now_ns, issued)
        # A run that is half done is sooner finished than begun again.
        if 2 * now_ns < tasks[index].resolved.duration_ns and is_ready():
            raise _HandOver

    done: list[Done] = []
    try:
        while len(done) < len(tasks) and not is_ready():
            done.append(finished(tasks[len(done)], partial(advance, len(done))))
    except _HandOver:
        pass
    return done


def _at_once(tasks: Sequence[Task], first: int, workers: int, board: _Board) -> list[Done]:
    """Do the tasks from the `first` on in the pool."""
    left = tasks[first:]
    if not left:
        return []
    with dying(left):
        return pool.run(
            finished,
            left,
            min(workers, len(left)),
            lambda index, now_ns, issued: board.note(first + index, now_ns, issued),
            board.show,
        )


@contextmanager
def dying(tasks: Sequence[Task]) -> Iterator[None]:
    """Turn the death of a worker into one message."""
    try:
        yield
    except WorkerDied as died:
        message = f"{_about(tasks[died.index])}: its process died; is there too little memory?"
        raise RunFailed(message) from None
