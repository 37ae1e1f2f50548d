"""One live run from beginning to end: server, network and fleet, each a process.

All processes and files that are made here are stopped and removed here, however the run ends.
"""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from time import monotonic, monotonic_ns, sleep, time_ns
from typing import NamedTuple
from urllib.parse import urlsplit

from wavetank.engines.live import preflight
from wavetank.engines.live.children import Child
from wavetank.engines.live.comparing import MOST_LISTED, enter, stored_events
from wavetank.engines.live.fault_injector import OF_THE_PROCESS, FaultInjector
from wavetank.engines.live.fleet import FleetReport
from wavetank.engines.live.fleet_process import work
from wavetank.engines.live.job import Job
from wavetank.engines.live.management import Management
from wavetank.engines.live.measured import measured
from wavetank.engines.live.proxy import Relays
from wavetank.engines.live.serving import OwnServer
from wavetank.engines.live.target import Members, Target, is_loopback
from wavetank.engines.progress import Progress
from wavetank.errors import CannotRun, UnsupportedByEngine
from wavetank.policy.codes import Channel, FaultKind, LawKind
from wavetank.policy.registry import FAULT_KINDS
from wavetank.real.loops import raise_file_limit
from wavetank.results.tally import Tally
from wavetank.scenario.resolved import Resolved

LEAD_S = 0.3
"""From the agreed beginning back to now: long enough for the message to reach every process."""

POLL_S = 0.004
"""So long it may take to set up one agent's long poll before the run."""
PREPARE_S = 900.0
"""Registering and logging in takes some ms for each agent: enough for 100,000 of them."""

AFTER_S = 60.0
"""The fleet gathers its figures after the end; longer means that it hangs."""

SETTLE_S = 15.0
"""The server commits what it has accepted within its window of milliseconds, unless the disk is slow."""

LATE_S = 0.1
"""A fleet that looks at its agents later than this was itself too slow for the scenario."""

REPLACED = "card, service times, cores, workers, route_timeout and serve_abandoned"


class Plan(NamedTuple):
    """The setting of a run. `target` None is a server of its own; `relayed` says whether there is a relay."""

    resolved: Resolved
    target: Target | None
    relayed: bool


def conduct(
    resolved: Resolved, trace_agents: tuple[int, ...], trace_rows: int, progress: Progress | None,
    target: Target | None,
) -> Tally:  # fmt: skip
    """Run it. Raises CannotRun, UnsupportedByEngine, ServerProblem."""
    plan = _planned(resolved, target)
    preflight.check(resolved, target is None, plan.relayed)
    raise_file_limit()
    with ExitStack() as ending:
        folder = ending.enter_context(_folder())
        server = None
        if target is None:
            spares = sum(fault.kind in OF_THE_PROCESS for fault in resolved.faults)
            server = OwnServer(resolved, folder, min(spares, 4))
            ending.callback(server.stop)
            target = server.target
        relays = _relays(plan, target, ending)
        members = Members(secrets.token_hex(16), time_ns() // 1_000_000)
        urls = relays.urls if relays is not None else (target.server,) * len(resolved.networks)
        ca = _ca_file(target, folder)
        fleet = Child("fleet", work, Job(resolved, target, ca, urls, members, trace_agents, trace_rows))
        ending.callback(fleet.kill)
        management = Management(target)
        ending.callback(management.close)
        if server is None:
            ending.callback(_revoke, management, members, resolved.agents)
        fleet.hear_soon(PREPARE_S)
        injector = FaultInjector(resolved, server, relays, management, members)
        before = management.metrics()
        report = _run(plan, fleet, injector, progress or _quiet)
        injector.settle()
        return _told(plan, report, injector, management, members, before)


def _planned(resolved: Resolved, target: Target | None) -> Plan:
    delayed = any(network.delay.kind != LawKind.NONE or network.loss for network in resolved.networks)
    lost = any(fault.kind == FaultKind.NODE_LOSS for fault in resolved.faults)
    if target is not None:
        words = {code: word for word, code in FAULT_KINDS.items()}
        for fault in resolved.faults:
            if fault.kind in OF_THE_PROCESS:
                raise UnsupportedByEngine("live", f"fault.kind = {words[fault.kind]} with --server")
        if delayed and not is_loopback(target.server):
            raise UnsupportedByEngine(
                "live", "a network's delay or loss with a --server that has a network of its own"
            )
    return Plan(resolved, target, delayed or lost)


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder for the server and what it writes, which is removed with everything in it."""
    folder = Path(tempfile.mkdtemp(prefix="wavetank-live-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _ca_file(target: Target, folder: Path) -> Path | None:
    if not target.ca:
        return None
    (folder / "trusted.pem").write_text(target.ca, encoding="ascii")
    return folder / "trusted.pem"


def _relays(plan: Plan, target: Target, ending: ExitStack) -> Relays | None:
    if not plan.relayed:
        return None
    parts, resolved = urlsplit(target.server), plan.resolved
    relays = Relays(
        parts.hostname or "", parts.port or 0, resolved.networks, resolved.empirical, resolved.seed
    )
    ending.callback(relays.stop)
    return relays


def _run(plan: Plan, fleet: Child, injector: FaultInjector, progress: Progress) -> FleetReport:
    """Let it happen in real time."""
    resolved = plan.resolved
    polls = resolved.agents if resolved.commands.channel == Channel.LONG_POLL else 0
    origin_ns = monotonic_ns() + int((LEAD_S + polls * POLL_S) * 1e9)
    fleet.send(origin_ns)
    injector.begin(origin_ns)
    end_s = origin_ns / 1e9 + resolved.duration_ns / 1e9 + AFTER_S
    while monotonic() < end_s:
        if fleet.poll(min(1.0, injector.do())):
            said = fleet.hear()
            if isinstance(said, FleetReport):
                return said
            progress(*said)
    raise CannotRun("the fleet did not end in time; is the machine overloaded?")


def _told(
    plan: Plan, report: FleetReport, injector: FaultInjector, management: Management, members: Members,
    before: dict[str, float],
) -> Tally:  # fmt: skip
    """The tally of both sides, with what is to be said of the run."""
    tally = report.tally
    own = plan.target is None
    injector.enter(tally, os.cpu_count() or 1)
    after = _settled(management)
    tally.said = [
        f"The server is {'the real one on this machine' if own else 'a real one'}: what the scenario says of "
        f"its servers' {REPLACED} is replaced by it."
    ]
    tally.said += _compared(plan, report, management, members, before, after)
    late_s = (report.late.quantile(0.99) or 0.0) / 1e9
    if late_s > LATE_S:
        tally.said.append(
            f"The fleet itself was up to {report.late.max_ns / 1e6:.0f} ms late (p99 {late_s * 1e3:.0f} ms): "
            "its latencies say as much of this machine as of the server."
        )
    tally.measured = measured(own)
    return tally


def _compared(
    plan: Plan, report: FleetReport, management: Management, members: Members,
    before: dict[str, float], after: dict[str, float],
) -> list[str]:  # fmt: skip
    """Compare the agents' counts with the server's, in words."""
    agents = range(plan.resolved.agents)
    index_of = {members.credentials(agent).uuid: agent for agent in agents}
    name = "wavetank_events_stored_total"
    new = after.get(name, 0.0) - before.get(name, 0.0)
    if new > MOST_LISTED:
        return [f"The server has stored {new:,.0f} events, too many to compare one by one."]
    if plan.target is None:
        listed = management.events()
    else:
        listed = (event for uuid in index_of for event in management.events(uuid))
    repeats = "wavetank_events_duplicate_total"
    repeated = int(after.get(repeats, 0.0) - before.get(repeats, 0.0)) if plan.target is None else 0
    killed = any(fault.kind in OF_THE_PROCESS for fault in plan.resolved.faults)
    problems, lost = enter(report, stored_events(listed, index_of), repeated, killed)
    delivered = sum(counts.delivered for counts in report.tally.events)
    received = sum(counts.received for counts in report.tally.events)
    if problems:
        return [f"Agents and server disagree: {'; '.join(problems)}."]
    also = f"; {lost:,} stateless ones were lost with the server after they were acknowledged" if lost else ""
    return [f"Agents and server agree: {delivered:,} events acknowledged, {received:,} stored{also}."]


def _settled(management: Management) -> dict[str, float]:
    """The server's counters, once it has committed what it had accepted."""
    until = monotonic() + SETTLE_S
    while True:
        metrics = management.metrics()
        if not metrics.get("wavetank_store_queued_bytes") or monotonic() > until:
            return metrics
        sleep(0.05)


def _revoke(management: Management, members: Members, agents: int) -> None:
    """Take the run's agents from a server that goes on."""
    for agent in range(agents):
        with suppress(CannotRun):
            management.ask("DELETE", f"/agents/{members.credentials(agent).uuid}")


def _quiet(at_ns: int, issued: int) -> None:
    """Nobody wants to know how far it is."""
