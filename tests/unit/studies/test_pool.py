import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from wavetank.studies import pool, worker
from wavetank.studies.pool import WorkerDied

Advance = Callable[[int, int], None]
ROOT = Path(__file__).parents[3]


def identify(item: int, advance: Advance) -> tuple[int, int]:
    time.sleep(0.05)
    return item, os.getpid()


def report(item: int, advance: Advance) -> int:
    for now in range(item):
        advance(now, 10 * now)
    return item


def fail(item: int, advance: Advance) -> None:
    if item == 1:
        raise ValueError("one is wrong") from KeyError("cause")


def end(item: int, advance: Advance) -> None:
    os._exit(item)


def sleep(item: float, advance: Advance) -> int:
    time.sleep(item)
    return os.getpid()


def silent(*_: int) -> None:
    pass


def pids(count: int = 2) -> set[int]:
    return {pid for _, pid in pool.run(identify, range(4), count, silent, silent)}


def is_alive(pid: int) -> bool:
    """Whether a process is there and more than a corpse that nobody has buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for_end(several: set[int]) -> set[int]:
    """Those of the processes that are still there after some seconds."""
    give_up_s = time.monotonic() + 10
    while (alive := {pid for pid in several if is_alive(pid)}) and time.monotonic() < give_up_s:
        time.sleep(0.02)
    return alive


def test_results_come_in_order_from_other_processes() -> None:
    results = pool.run(identify, range(6), 2, silent, silent)
    assert [item for item, _ in results] == list(range(6))
    workers = {pid for _, pid in results}
    assert len(workers) == 2
    assert os.getpid() not in workers


def test_workers_live_on_for_the_next_call() -> None:
    assert pids() == pids()


def test_two_calls_at_once_do_not_share_workers() -> None:
    workers: list[set[int]] = []
    threads = [threading.Thread(target=lambda: workers.append(pids())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not workers[0] & workers[1]


def test_what_a_call_reports_is_heard_in_order() -> None:
    heard: list[tuple[int, int, int]] = []
    pool.run(report, [3, 2], 1, lambda *told: heard.append(told), silent)
    assert heard == [(0, 0, 0), (0, 1, 10), (0, 2, 20), (1, 0, 0), (1, 1, 10)]


def test_error_is_raised_here_with_its_cause_as_a_note() -> None:
    with pytest.raises(ValueError, match="one is wrong") as caught:
        pool.run(fail, [0, 1, 2], 2, silent, silent)
    assert any("KeyError: 'cause'" in note for note in caught.value.__notes__)


class Unreadable:
    """Something that a worker cannot unpack."""

    def __reduce__(self) -> tuple[type[int], tuple[str]]:
        return int, ("nothing",)


def test_order_that_cannot_be_unpacked_is_an_error_like_others() -> None:
    before = pids()
    with pytest.raises(ValueError, match="invalid literal"):
        pool.run(identify, [Unreadable()], 1, silent, silent)
    assert wait_for_end(before) != before


def test_error_stops_the_other_work() -> None:
    before = pids()
    with pytest.raises(WorkerDied) as caught:
        pool.run(_end_or_sleep, [("sleep", 60.0), ("end", 1)], 2, silent, silent)
    assert caught.value.index == 1
    assert wait_for_end(before) == set()


def _end_or_sleep(item: tuple[str, float], advance: Advance) -> None:
    kind, number = item
    if kind == "end":
        os._exit(int(number))
    time.sleep(number)


def test_idle_worker_that_died_is_replaced() -> None:
    before = pids()
    os.kill(min(before), signal.SIGKILL)
    assert wait_for_end({min(before)}) == set()
    assert len(pids() - before) == 1


def test_server_that_died_is_replaced() -> None:
    pool.warm()
    assert pool._server is not None
    pool._server.process.kill()
    pool._server.process.wait()
    assert len(pids()) == 2


def test_forked_child_leaves_the_workers_to_its_parent() -> None:
    before = pids()
    child = os.fork()
    if child == 0:
        os._exit(0 if pool._server is None and not pool._idle else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert pids() == before


SCRIPT = """
import os, signal, sys, threading, time
from tests.unit.studies.test_pool import identify, silent, sleep
from wavetank.studies import pool
print(*(pid for _, pid in pool.run(identify, range(4), 2, silent, silent)), flush=True)
{call}
"""


def script(call: str) -> tuple[set[int], str, int]:
    """The workers of a script, what it said on standard error, and its status."""
    command = [sys.executable, "-c", SCRIPT.format(call=call)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    return {int(word) for word in done.stdout.split()}, done.stderr, done.returncode


@pytest.mark.parametrize(
    "call",
    [
        "",
        "os._exit(0)",
        "os.kill(os.getpid(), signal.SIGKILL)",
        "threading.Timer(0.3, os._exit, [3]).start(); pool.run(sleep, [60, 60], 2, silent, silent)",
    ],
)
def test_nothing_is_left_behind_however_the_parent_ends(call: str) -> None:
    workers, said, _ = script(call)
    assert len(workers) == 2
    assert said == ""
    assert wait_for_end(workers) == set()


def test_interrupt_stops_all_and_says_nothing_else() -> None:
    interrupt = "threading.Timer(0.3, os.killpg, [0, signal.SIGINT]).start()"
    work = "pool.run(sleep, [60, 60], 2, silent, silent)"
    call = f"os.setpgrp()\n{interrupt}\ntry: {work}\nexcept KeyboardInterrupt: sys.exit(7)"
    workers, said, status = script(call)
    assert (said, status) == ("", 7)
    assert wait_for_end(workers) == set()


def test_workers_know_kernels_by_the_numbers_that_this_process_gives_them() -> None:
    """Else each worker would compile what is kept already."""
    pytest.importorskip("numba")
    place = "print([one.symbol for one in kernels.entries])"
    preload = f"for module, _ in {worker.PRELOADED!r}: __import__(module)"
    kernels = "from wavetank.engines.compiled.toolchain import kernels"
    here = f"from wavetank.engines.compiled import _loaded; _loaded()\n{kernels}"
    there = f"{preload}\n{kernels}"
    said = [
        subprocess.run([sys.executable, "-c", f"{code}\n{place}"], capture_output=True, check=True).stdout
        for code in (here, there)
    ]
    assert said[0] == said[1]
    assert len(said[0]) > 100
