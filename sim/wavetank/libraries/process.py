"""Probes as processes: what they are told, and what they use meanwhile."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple, Self

from wavetank.libraries.building import Program
from wavetank.libraries.probes import ProbeProblem

# In the round-robin class a probe never waits for other work; under load its CPU time is a third less for it.
_AHEAD = ("chrt", "-r", "1")
_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


class Used(NamedTuple):
    """CPU time of a process and its children, and how long they waited for a core, both in ns."""

    cpu_ns: int
    waited_ns: int

    def since(self, before: "Used") -> "Used":
        """Return the use since `before`."""
        return Used(self.cpu_ns - before.cpu_ns, self.waited_ns - before.waited_ns)


class Process:
    """A probe that talks JSON lines; it and all it started end with the `with` block."""

    def __init__(self, program: Program, words: Sequence[str], prefix: Sequence[str], log: Path) -> None:
        self._id = program.id
        self._log = log
        self._errors: IO[bytes] = log.open("wb")
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            [*prefix, *program.words, *words],
            stdin=pipe,
            stdout=pipe,
            stderr=self._errors,
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            if stream:
                stream.close()

    def say(self, line: str) -> dict[str, Any]:
        """Send a line to the probe and return its answer. Raises ProbeProblem if there is none."""
        assert self._process.stdin
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self.problem() from None
        return self.read()

    def end(self) -> dict[str, Any]:
        """Close its standard input; returns its last words."""
        assert self._process.stdin
        self._process.stdin.close()
        return self.read()

    def read(self) -> dict[str, Any]:
        """The next line that the probe says. Raises ProbeProblem where there is none."""
        assert self._process.stdout
        line = self._process.stdout.readline()
        try:
            return dict(json.loads(line))
        except ValueError:
            raise self.problem() from None

    def problem(self) -> ProbeProblem:
        """Why the probe has stopped, by its last line on standard error."""
        said = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return ProbeProblem(f"the probe of {self._id} stopped: {said[-1] if said else 'it said nothing'}")

    def used(self) -> Used:
        """CPU time so far, finished threads included, and the run-queue wait of the threads there are."""
        pids = list(_tree(self._process.pid))
        return Used(sum(map(cpu_ns, pids)), sum(map(waited_ns, pids)))

    def memory_bytes(self) -> int:
        """Proportional set size of the process and its children."""
        return 1024 * sum(pss_kib(pid) for pid in _tree(self._process.pid))


def _tree(pid: int) -> "list[int]":
    pids = [pid]
    for task in _texts(f"/proc/{pid}/task", "children"):
        for child in task.split():
            pids += _tree(int(child))
    return pids


def _texts(folder: str, name: str) -> list[str]:
    """A file of every thread of a process; threads come and go."""
    texts = []
    with suppress(OSError):
        for task in os.listdir(folder):
            texts.append(Path(folder, task, name).read_text())
    return texts


def cpu_ns(pid: int) -> int:
    """CPU time of a process in ns, 0 when it is gone."""
    # The kernel's clock of another process (clock_getcpuclockid): its finished threads count.
    try:
        return time.clock_gettime_ns((~pid << 3) | 2)
    except OSError:
        return 0


def waited_ns(pid: int) -> int:
    """How long the threads of a process have waited for a core, in ns."""
    return sum(int(text.split()[1]) for text in _texts(f"/proc/{pid}/task", "schedstat"))


def pss_kib(pid: int) -> int:
    """Proportional set size of a process in KiB, 0 when it is gone."""
    try:
        match = _PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_text())
    except OSError:
        return 0
    return int(match[1]) if match else 0


def pinned(end: int) -> list[str]:
    """Words that keep a command on a core: client (0) and server (1) on different ones, as on two machines.

    Left to the scheduler they share a core or not from one second to the next, and a request on a kept
    connection costs a third as much where they do.
    """
    usable = sorted(os.sched_getaffinity(0))
    ahead = list(_AHEAD) if _may_go_ahead() else []
    return [*ahead, "taskset", "-c", str(usable[end])] if len(usable) > 1 else ahead


@lru_cache(maxsize=1)
def _may_go_ahead() -> bool:
    try:
        return subprocess.run([*_AHEAD, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def placement() -> str:
    """Describe in words how `pinned` places processes."""
    words = [
        "client and server on a core each" if "taskset" in pinned(0) else "",
        "ahead of all other work (SCHED_RR)" if "chrt" in pinned(0) else "",
    ]
    return ", ".join(filter(None, words))
