"""The engines beside a plain SimPy program and beside other simulators, on model M and on `wazuh-60`."""

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks import plain_simpy
from tests.benchmarks.child import ROOT, Job, Ran, run_apart
from tests.benchmarks.fleets import model_m, plan_m, wazuh_60
from tests.benchmarks.subjects import Measured, timed
from tests.benchmarks.table import Row, at_least, at_most, figure, rates

PEERS = Path(sys.prefix) / "peers"
"""Where `make bench` installs what `peers.txt` names."""
LEFT_OUT = {"salabim": "", "ciw": "; an open network: no agents, tokens, time-outs"}
NOT_RUN = "needs Python 3.12; no tokens, no time-outs"
FASTER_GENERAL, FASTER_FAST = 50, 400
WAZUH_FASTER = 50
EVEN = 3.0
EVENTS, MORE_EVENTS = 10, 2.0
HOUR_S = 300.0
MILLION_FAST, MILLION_GENERAL = 6e6, 4e5
STATE_BYTES, PEAK_MB = 64, 600
WARM_S, COLD_S = 1.5, 15.0
STARTED = ("-m", "wavetank", "run", "quickstart", "--engine", "compiled")


class Fleet(NamedTuple):
    """So many agents for so many seconds of the run."""

    agents: int
    seconds: float


class Sizes(NamedTuple):
    """How much is run; the fleets of the last three are those whose bounds are judged."""

    repeats: int
    plain: tuple[Fleet, ...]
    reference: Fleet
    peers: Fleet
    compiled: tuple[Fleet, ...]
    wazuh_reference: Fleet
    wazuh: Fleet
    hour: Fleet | None


FULL = Sizes(
    repeats=3,
    plain=(Fleet(1_000, 300), Fleet(10_000, 60)),
    reference=Fleet(1_000, 300),
    peers=Fleet(1_000, 60),
    compiled=(Fleet(1_000, 3_600), Fleet(10_000, 600), Fleet(100_000, 120), Fleet(1_000_000, 120)),
    wazuh_reference=Fleet(1_000, 600),
    wazuh=Fleet(100_000, 600),
    hour=Fleet(100_000, 3_600),
)
QUICK = Sizes(
    repeats=1,
    plain=(Fleet(1_000, 20),),
    reference=Fleet(300, 60),
    peers=Fleet(1_000, 20),
    compiled=(Fleet(1_000, 60), Fleet(10_000, 20)),
    wazuh_reference=Fleet(200, 60),
    wazuh=Fleet(2_000, 60),
    hour=None,
)


def rows(sizes: Sizes, judged: bool) -> Iterator[Row]:
    """All of them."""
    yield from model_m_rows(sizes, judged)
    yield from wazuh_rows(sizes, judged)
    yield from start_rows(sizes, judged)


# ---- model M ---------------------------------------------------------------------------------


def model_m_rows(sizes: Sizes, judged: bool) -> Iterator[Row]:
    """Requests and logins per CPU-second, of everyone who can say model M."""
    yield Row("model M: requests per CPU-second", "")
    plain: dict[int, float] = {}
    for fleet in sizes.plain:
        measured = [_plain(fleet) for _ in range(sizes.repeats)]
        plain[fleet.agents], cpu_s = rates(measured)
        yield _rate_row("plain SimPy", fleet, plain[fleet.agents], cpu_s)
    yield from _peer_rows(sizes)
    ran = run_apart(Job("model-m", model_m(*sizes.reference), "reference", sizes.repeats))
    yield from _rate_rows("reference", sizes.reference, ran)
    general = {fleet: _compiled(fleet, sizes.repeats, True) for fleet in sizes.compiled}
    fast = {
        fleet: _compiled(fleet, sizes.repeats, False) if ran.paths > 1 else ran
        for fleet, ran in general.items()
    }
    for name, runs, times, most in (
        ("compiled, general loop", general, FASTER_GENERAL, MILLION_GENERAL),
        ("compiled, as it chooses", fast, FASTER_FAST, MILLION_FAST),
    ):
        yield from _path_rows(name, runs, plain, times, most, judged)
    yield from _memory_rows(fast, judged)


def _plain(fleet: Fleet) -> Measured:
    return timed(lambda: plain_simpy.run(plan_m(fleet.agents), fleet.seconds))


def _compiled(fleet: Fleet, repeats: int, general: bool) -> Ran:
    return run_apart(Job("model-m", model_m(*fleet), "compiled", repeats, general))


def _rate_row(name: str, fleet: Fleet, rate: float, cpu_s: float) -> Row:
    return Row(f"  {name}, {fleet.agents:,} agents", f"{figure(rate)} /s", cpu_s)


def _rate_rows(name: str, fleet: Fleet, ran: Ran) -> Iterator[Row]:
    """One row: the rate, or why there is none."""
    if not ran.measured:
        yield Row(f"  {name}, {fleet.agents:,} agents", "not run", None, ran.note)
        return
    yield _rate_row(name, fleet, *rates(ran.measured))


def _peer_rows(sizes: Sizes) -> Iterator[Row]:
    fleet = sizes.peers
    plan = json.dumps(plan_m(fleet.agents)._asdict())
    for name, note in LEFT_OUT.items():
        title = f"  {name}, {fleet.agents:,} agents{note}"
        if not PEERS.is_dir():
            yield Row(title, "not run", None, "not installed; make bench does that")
            continue
        command = [
            sys.executable,
            "tests/benchmarks/peers.py",
            name,
            plan,
            str(fleet.seconds),
            str(sizes.repeats),
        ]
        env = os.environ | {"PYTHONPATH": str(PEERS)}
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
        if done.returncode:
            yield Row(title, "not run", None, done.stderr.strip().splitlines()[-1])
            continue
        rate, cpu_s = rates([(count, spent_s) for count, spent_s in json.loads(done.stdout)])
        yield Row(title, f"{figure(rate)} /s", cpu_s)
    yield Row("  asyncflow-sim", "not run", None, NOT_RUN)


def _path_rows(
    name: str, runs: dict[Fleet, Ran], plain: dict[int, float], times: float, most: float, judged: bool
) -> Iterator[Row]:
    """One way through the engine, for every fleet: its rate, that of plain SimPy, how even it is."""
    seen: list[float] = []
    for fleet, ran in runs.items():
        if not ran.measured:
            yield from _rate_rows(name, fleet, ran)
            continue
        rate, cpu_s = rates(ran.measured)
        seen.append(rate)
        title = f"  {name}, {fleet.agents:,} agents"
        if fleet.agents == 1_000_000:
            yield at_least(title, rate, most, "/s", cpu_s, judged)
        else:
            yield Row(title, f"{figure(rate)} /s", cpu_s)
        if fleet.agents in plain:
            ratio = rate / plain[fleet.agents]
            judge = judged and fleet.agents == 10_000
            yield at_least("    : plain SimPy", ratio, times, "x", None, judge)
    if len(seen) > 1:
        yield at_most(
            f"  {name}, cost per request, worst : best", max(seen) / min(seen), EVEN, "x", None, judged
        )


def _memory_rows(runs: dict[Fleet, Ran], judged: bool) -> Iterator[Row]:
    """Bytes that each agent beyond the last but one fleet adds to the peak memory, and that peak."""
    measured = [(fleet.agents, ran.peak_bytes) for fleet, ran in runs.items() if ran.measured]
    if len(measured) < 2:
        return
    (fewer, less), (agents, peak) = measured[-2:]
    judged = judged and agents == 1_000_000
    title = f"  memory of each agent, {fewer:,} to {agents:,}"
    yield at_most(title, (peak - less) / (agents - fewer), STATE_BYTES, "bytes", None, judged)
    yield at_most(f"  most memory, {agents:,} agents", peak / 1e6, PEAK_MB, "MB", None, judged)


# ---- wazuh-60 --------------------------------------------------------------------------------


def wazuh_rows(sizes: Sizes, judged: bool) -> Iterator[Row]:
    """A design with all that it uses, and a restart."""
    yield Row("wazuh-60 with limits, a store and a restart", "")
    few, many = sizes.wazuh_reference, sizes.wazuh
    slow = run_apart(Job("wazuh-60", wazuh_60(*few), "reference", sizes.repeats))
    yield from _rate_rows("reference", few, slow)
    fast = run_apart(Job("wazuh-60", wazuh_60(*many), "compiled", sizes.repeats))
    yield from _rate_rows("compiled", many, fast)
    if not (slow.measured and fast.measured):
        return
    rate, _ = rates(fast.measured)
    yield at_least("    : reference", rate / rates(slow.measured)[0], WAZUH_FASTER, "x", None, judged)
    busy = run_apart(Job("wazuh-60", wazuh_60(*many, float(EVENTS)), "compiled", sizes.repeats))
    if busy.measured:
        busy_rate, busy_s = rates(busy.measured)
        title = f"    cost per request with {EVENTS} times the stateless events"
        yield at_most(title, rate / busy_rate, MORE_EVENTS, "x", busy_s, judged)
    if sizes.hour is not None:
        ran = run_apart(Job("wazuh-60", wazuh_60(*sizes.hour), "compiled", 1))
        if ran.measured:
            spent_s = ran.measured[0][1]
            title = f"  an hour of {sizes.hour.agents:,} agents"
            yield at_most(title, spent_s, HOUR_S, "s of CPU time", spent_s, judged)


# ---- the start -------------------------------------------------------------------------------


def start_rows(sizes: Sizes, judged: bool) -> Iterator[Row]:
    """`wavetank run quickstart`, with a kernel cache that is empty, and again."""
    yield Row(f"{' '.join(STARTED[1:])}, CPU time", "")
    with tempfile.TemporaryDirectory() as folder:
        cold_s = _command_s(folder)
        warm = sorted(_command_s(folder) for _ in range(sizes.repeats))
    warm_s = warm[len(warm) // 2]
    yield at_most("  with nothing compiled yet", cold_s, COLD_S, "s", cold_s, judged)
    yield at_most("  again", warm_s, WARM_S, "s", warm_s, judged)


def _command_s(cache: str) -> float:
    def spent_s() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    before_s = spent_s()
    command = [sys.executable, *STARTED]
    env = os.environ | {"XDG_CACHE_HOME": cache, "PYTHONPATH": str(ROOT / "sim")}
    subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
    return spent_s() - before_s
