"""Many runs at once, each in a process of its own: the same figures for any number of workers."""

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from ctypes import c_int64
from functools import partial
from multiprocessing.process import BaseProcess
from multiprocessing.sharedctypes import RawArray
from typing import Any, NamedTuple

from wavetank.engines.processes import launching
from wavetank.engines.registry import Progress, choose
from wavetank.errors import TooLarge, WavetankError
from wavetank.results.judge.verdict import Verdict
from wavetank.results.tally import Tally
from wavetank.scenario.memory import available_bytes
from wavetank.scenario.resolved import Resolved
from wavetank.studies.judged_run import judge_run


class Share(NamedTuple):
    """How far a run is: `done` from 0 to 1, `now_ns` of simulated time, attempts issued so far."""

    title: str
    done: float
    now_ns: int = 0
    issued: int = 0


Watch = Callable[[Sequence[Share]], None]
"""Called several times a second with how far every run is."""

TICK_S = 0.1
QUICK_AGENT_S = 60_000
"""Agents x simulated seconds that are sooner done here than another process is started."""


class RunFailed(WavetankError):
    """A run came to no answer: which one, and why. A defect of wavetank, or too little memory."""


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
    """

    engine: str
    resolved: Resolved
    trace_agents: tuple[int, ...] = ()
    settle_ns: int | None = None
    title: str = ""
    more: tuple[tuple[str, Any], ...] = ()


class Done(NamedTuple):
    """What a run counted, the verdict on it, and how long it took in s."""

    tally: Tally
    verdict: Verdict
    wall_s: float


def simulate(tasks: Sequence[Task], workers: int | None = None, watch: Watch | None = None) -> list[Done]:
    """Do all tasks, in at most `workers` processes (None: as many as there are cores and memory for).

    Where one of them is real they are done one after the other: it needs the machine for itself.
    Raises TooLarge before anything runs when one of them does not fit into memory, RunFailed when a run does
    not end well; on Ctrl-C all runs are stopped first.
    """
    for task in tasks:
        _check_room(task)
    alone = any(choose(task.resolved, task.engine).real for task in tasks)
    count = min(len(tasks), 1 if alone else workers or most_workers(tasks))
    if count <= 1:
        return _in_turn(tasks, watch)
    return _at_once(tasks, count, watch)


def most_workers(tasks: Sequence[Task]) -> int:
    """How many runs at once pay, with the cores and the memory that are free."""
    if sum(task.resolved.agents * task.resolved.duration_ns for task in tasks) < QUICK_AGENT_S * 10**9:
        return 1
    return max(1, min(_cores(), available_bytes() // max(map(_need_bytes, tasks))))


def _need_bytes(task: Task) -> int:
    """About how much memory a run takes."""
    return task.resolved.agents * choose(task.resolved, task.engine).agent_bytes(task.resolved)


def _check_room(task: Task) -> None:
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


def _in_turn(tasks: Sequence[Task], watch: Watch | None) -> list[Done]:
    reached = [0] * (2 * len(tasks))

    def advance(index: int, now_ns: int, issued: int) -> None:
        reached[2 * index : 2 * index + 2] = now_ns, issued
        if watch is not None:
            watch(_told(tasks, reached))

    done = []
    for index, task in enumerate(tasks):
        with _failing(task):
            done.append(_run(task, partial(advance, index)))
        advance(index, task.resolved.duration_ns, sum(done[-1].tally.issued))
    return done


def _told(tasks: Sequence[Task], reached: Sequence[int]) -> list[Share]:
    """`reached` holds for each task its simulated time and the attempts it has issued."""
    return [
        Share(task.title, now_ns / task.resolved.duration_ns, now_ns, issued)
        for task, now_ns, issued in zip(tasks, reached[::2], reached[1::2], strict=True)
    ]


def _run(task: Task, advance: Progress) -> Done:
    start_s = time.perf_counter()
    judged = judge_run(
        task.resolved, task.engine, task.settle_ns, task.trace_agents, advance, dict(task.more)
    )
    return Done(*judged, time.perf_counter() - start_s)


@contextmanager
def _failing(task: Task) -> Iterator[None]:
    """Turn whatever goes wrong in a run into one message."""
    about = f"the run of {task.resolved.name} with seed {task.resolved.seed} failed"
    try:
        yield
    except BrokenProcessPool:
        raise RunFailed(f"{about}: its process died; is there too little memory?") from None
    except MemoryError:
        raise RunFailed(f"{about}: out of memory; take fewer agents or one worker") from None
    except WavetankError:
        raise
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise RunFailed(f"{about}: {what}; this is a defect of wavetank") from error


# ---- in other processes --------------------------------------------------------------------

_reached: Any = None


def _begin(reached: Any) -> None:
    """A worker process comes to life. `reached`: see `_told`."""
    global _reached
    _reached = reached
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _work(task: Task, index: int) -> Done:
    def advance(now_ns: int, issued: int) -> None:
        _reached[2 * index] = now_ns
        _reached[2 * index + 1] = issued

    done = _run(task, advance)
    advance(task.resolved.duration_ns, sum(done.tally.issued))
    return done


def _at_once(tasks: Sequence[Task], workers: int, watch: Watch | None) -> list[Done]:
    reached: Any = RawArray(c_int64, 2 * len(tasks))
    context = multiprocessing.get_context("spawn")
    pool: ProcessPoolExecutor | None = None
    before = set(multiprocessing.active_children())
    finished = False
    try:
        with launching():
            pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(reached,))
            futures = [pool.submit(_work, task, index) for index, task in enumerate(tasks)]
        _await(futures, tasks, _children(before), reached, watch)
        finished = True
    finally:
        if not finished:
            # the runs hold nothing that would have to be put in order
            for child in _children(before):
                child.terminate()
        if pool is not None:
            pool.shutdown(wait=finished, cancel_futures=True)
    return [future.result() for future in futures]


def _children(before: set[BaseProcess]) -> set[BaseProcess]:
    return set(multiprocessing.active_children()) - before


def _await(
    futures: Sequence["Future[Done]"],
    tasks: Sequence[Task],
    children: set[BaseProcess],
    reached: Any,
    watch: Watch | None,
) -> None:
    """Wait for all, or for the first that fails: that one's error is raised."""
    pending = set(futures)
    while pending:
        ended, pending = wait(pending, TICK_S, FIRST_EXCEPTION)
        for future in ended:
            with _failing(tasks[futures.index(future)]):
                future.result()
        # The pool itself notices the death of its youngest process only when something else happens.
        if pending and not all(child.is_alive() for child in children):
            with _failing(tasks[min(futures.index(future) for future in pending)]):
                raise BrokenProcessPool
        if watch is not None:
            watch(_told(tasks, list(reached)))
