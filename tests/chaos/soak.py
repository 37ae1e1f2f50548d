"""A fleet for hours, with faults at random and files that rotate: memory stays, and the accounting closes.

    python -m tests.chaos.soak [--seconds N] [--agents N] [--lines-per-s N] [--seed N] [--keep FOLDER]

Exit status 1: an event was lost or doubled, a count does not add up, or a process grew in memory or files.
"""

import argparse
import json
import random
import resource
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.chaos.proxy import Proxy
from tests.chaos.waiting import resident_bytes
from tests.chaos.world import HOST, ROOT, Server, wait_for
from tests.unit.real.agent.rotating import KINDS, Log
from tests.unit.real.server.parts import Client
from wavetank.real.loops import raise_file_limit

MIB = 2**20
PROCESSES = 4
WARM = 0.2
"""The share of the time in which everybody is killed; then server and first process are watched."""
FAULTS = 200
"""In all; in two hours that is one in 36 s."""
FAULT_S = 2.0
"""They do not come faster, however short it is."""
SAMPLES = 300
ROTATIONS = 40
"""Of each file, in all."""
ROTATION_S = 8.0
"""They do not come faster: a process that is killed takes a few seconds to start again."""
ROTATIONS_PER_S = 3.0
"""Of all files together: more would keep the machine busy with rotations alone."""
KEPT = 12
MOST_GROWTH, MOST_GROWTH_BYTES, MOST_GROWTH_FILES = 0.1, 12 * MIB, 20


class Sample(NamedTuple):
    """The resources of a process at one time."""

    at_s: float
    memory_bytes: int
    files: int


class Fleet:
    """One process of agents."""

    def __init__(self, folders: list[Path], proxy: Proxy, log: Path) -> None:
        self._folders = folders
        self._server = f"https://{HOST}:{proxy.port}"
        self._log = log.open("ab")
        self.process: subprocess.Popen[str]
        self.start()

    def start(self) -> None:
        order = json.dumps({"folders": [str(folder) for folder in self._folders], "server": self._server})
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.soak_fleet", order],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            cwd=ROOT,
            env={"PYTHONPATH": f"{ROOT / 'sim'}:{ROOT}"},
        )

    def counts(self) -> Counter[str]:
        """The counts of its agents."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return Counter(json.loads(self.process.stdout.readline()))

    def kill(self) -> None:
        self.process.kill()
        self.close()

    def close(self) -> None:
        """Let it end by itself, unless it was killed."""
        for end in (self.process.stdin, self.process.stdout):
            if end is not None:
                end.close()
        self.process.wait(60)


class Soak:
    """Server, agents and the files that they follow."""

    def __init__(self, base: Path, agents: int, seed: int) -> None:
        self.chance = random.Random(seed)
        self.server = Server(base)
        self._start_server()
        client = Client(self.server.folder, self.server.agent_port, self.server.management_port)
        self.proxy = Proxy(self.server.agent_port)
        (base / "ca.pem").write_bytes((self.server.folder / "ca.pem").read_bytes())
        folders = [self._registered(base / f"agent-{number}", client) for number in range(agents)]
        self.logs = {folder.name: Log(folder / "log" / "app.log") for folder in folders}
        shares = [folders[first::PROCESSES] for first in range(min(PROCESSES, agents))]
        self.fleets = [Fleet(share, self.proxy, base / f"fleet-{n}.log") for n, share in enumerate(shares)]
        self.samples: dict[str, list[Sample]] = {"server": [], "agents": []}
        self.done: Counter[str] = Counter()
        self._writing = threading.Event()

    def _start_server(self) -> None:
        self.server.start("", 1, "--connections-per-address", "100000", "--keep-events", "100000")
        self.server.await_ready()

    def _registered(self, folder: Path, client: Client) -> Path:
        who = {"uuid": str(uuid.uuid4()), "key": secrets.token_hex(32)}
        assert client.manage("POST", "/agents", {**who, "name": folder.name}).status == 201
        (folder / "log").mkdir(parents=True)
        (folder / "who.json").write_text(json.dumps(who))
        return folder

    # ---- writing ----------------------------------------------------------------------------

    def write(self, seconds: float, lines_per_s: float) -> None:
        """Write lines to one file after the other, and rotate them in every way, in a thread of its own."""
        chance = random.Random(self.chance.random())
        rest_s = 1 / lines_per_s
        each = min(ROTATIONS / seconds, 1 / ROTATION_S)
        logs = list(self.logs.values())
        rotates = min(ROTATIONS_PER_S, each * len(logs)) / lines_per_s
        written = 0

        def work() -> None:
            nonlocal written
            due_s = time.monotonic()
            while not self._writing.is_set():
                log = chance.choice(logs)
                written += 1
                log.write(f"line {written} {'x' * chance.randrange(300)}")
                if chance.random() < rotates:
                    self._rotate(log, chance.choice(KINDS))
                due_s = max(due_s + rest_s, time.monotonic() - 1)
                time.sleep(max(0.0, due_s - time.monotonic()))

        self._writer = threading.Thread(target=work)
        self._writer.start()

    def _rotate(self, log: Log, kind: str) -> None:
        for _ in log.rotate(kind):
            pass
        log.reopen()
        log.forget(KEPT)
        self.done[f"rotated: {kind}"] += 1

    # ---- trouble ----------------------------------------------------------------------------

    def trouble(self, warm: bool) -> None:
        """Make one fault, and end it."""
        kinds: list[Callable[[], None]] = [self._kill_agents, self._pause, self._cut, self._delay]
        kinds += [self._kill_server, self._end_server, self._kill_first] if warm else []
        kind = self.chance.choice(kinds)
        kind()
        self.done[kind.__name__.strip("_").replace("_", " ")] += 1

    def _kill_agents(self) -> None:
        fleet = self.chance.choice(self.fleets[1:] or self.fleets)
        fleet.kill()
        fleet.start()

    def _kill_first(self) -> None:
        self.fleets[0].kill()
        self.fleets[0].start()
        self.samples["agents"].clear()

    def _kill_server(self) -> None:
        self._end_server(signal.SIGKILL)

    def _end_server(self, number: int = signal.SIGTERM) -> None:
        self.server.end(number)
        self._start_server()
        self.samples["server"].clear()

    def _pause(self) -> None:
        self.server.send(signal.SIGSTOP)
        time.sleep(self.chance.uniform(0.1, 3))
        self.server.send(signal.SIGCONT)

    def _cut(self) -> None:
        self._amiss(self.chance.choice(("swallow", "refuse")))

    def _delay(self) -> None:
        self._amiss("delay")

    def _amiss(self, fault: str) -> None:
        self.proxy.fault = fault
        time.sleep(self.chance.uniform(0.1, 2))
        self.proxy.fault = "none"

    # ---- looking ----------------------------------------------------------------------------

    def sample(self) -> None:
        """Note memory and open files of the server and of the first process of agents."""
        for name, pid in (("server", self.server.pid), ("agents", self.fleets[0].process.pid)):
            files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
            self.samples[name].append(Sample(time.monotonic(), resident_bytes(pid), files))

    def settle(self, patience_s: float) -> list[str]:
        """End the writing, let all arrive, and say what does not add up."""
        self._writing.set()
        self._writer.join()
        written = sum(len(log.lines) for log in self.logs.values())

        def counts() -> Counter[str]:
            return sum((fleet.counts() for fleet in self.fleets), Counter())

        until = time.monotonic() + patience_s
        now = counts()
        while (now["produced.stateful"] < written or now["queued"]) and time.monotonic() < until:
            time.sleep(0.5)
            now = counts()
        return self._wrong(written, now)

    def _wrong(self, written: int, counts: Counter[str]) -> list[str]:
        stored = self.server.metric("wavetank_events_stored_total")
        conflicting = self.server.metric("wavetank_events_conflicting_total")
        told = {
            "lines read and events produced": (written, counts["produced.stateful"]),
            "events produced and delivered": (counts["produced.stateful"], counts["delivered.stateful"]),
            "events delivered and stored": (counts["delivered.stateful"], stored),
            "no repeat with other contents": (0, conflicting),
            "no rotated file left unread": (0, counts["followed.unread"]),
            "none kept": (0, counts["queued"]),
            "no fault of the program": (0, counts["faults"]),
        }
        print(f"{written:,} lines, {stored:,} stored, {dict(self.done)}", flush=True)
        print({name: number for name, number in counts.items() if name not in self.logs}, flush=True)
        each = {name: (len(log.lines), counts[name]) for name, log in self.logs.items()}
        told |= {f"lines and events of {name}": both for name, both in each.items()}
        return [
            f"{quantity}: {agent_says} and {other}"
            for quantity, (agent_says, other) in told.items()
            if agent_says != other
        ]

    def close(self) -> None:
        self._writing.set()
        for fleet in self.fleets:
            fleet.close()
        for log in self.logs.values():
            log.close()
        self.server.close()
        self.proxy.close()


def growth(name: str, samples: list[Sample]) -> list[str]:
    """Say whether memory or files of a process grew between the second and the last fifth of its samples."""
    fifth = max(1, len(samples) // 5)
    early, late = samples[fifth : 2 * fifth] or samples, samples[-fifth:]
    wrong = []
    for quantity, most in (("memory_bytes", MOST_GROWTH_BYTES), ("files", MOST_GROWTH_FILES)):
        before, after = (
            statistics.median(getattr(sample, quantity) for sample in some) for some in (early, late)
        )
        print(f"{name}: {quantity} {before:,.0f}, then {after:,.0f}", flush=True)
        if after > before * (1 + MOST_GROWTH) + most:
            wrong.append(f"{quantity} of {name} grew from {before:,.0f} to {after:,.0f}")
    return wrong


def soak(base: Path, seconds: float, agents: int, lines_per_s: float, seed: int) -> list[str]:
    """Let it run; returns what was wrong."""
    world = Soak(base, agents, seed)
    try:
        # What a file holds when its agent begins is read; what was rotated before is not.
        wait_for(lambda: world.server.metric("wavetank_polls_held") >= agents, "all wait for commands")
        begun = time.monotonic()
        world.write(seconds, lines_per_s)
        faults, samples = 0, 0
        most_faults = min(FAULTS, seconds / FAULT_S)
        while (gone := (time.monotonic() - begun) / seconds) < 1:
            if gone * most_faults > faults:
                faults = int(gone * most_faults) + 1
                world.trouble(gone < WARM)
            if gone * SAMPLES > samples:
                samples = int(gone * SAMPLES) + 1
                world.sample()
            time.sleep(0.05)
        wrong = world.settle(30 + seconds / 20)
        return wrong + [line for name, seen in world.samples.items() for line in growth(name, seen)]
    finally:
        world.close()


def main() -> int:
    """Let it run, and say what was wrong; the exit status."""
    parser = argparse.ArgumentParser(prog="tests.chaos.soak", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=7_200)
    parser.add_argument("--agents", type=int, default=500)
    parser.add_argument("--lines-per-s", type=float, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="work in this new folder, and leave it")
    options = parser.parse_args()
    if raise_file_limit() < 4 * options.agents:
        print(f"{resource.getrlimit(resource.RLIMIT_NOFILE)[0]} open files are too few; see ulimit -n")
        return 2
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        base = options.keep or Path(folder)
        base.mkdir(mode=0o700, exist_ok=True)
        wrong = soak(base, options.seconds, options.agents, options.lines_per_s, options.seed)
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
