"""The fleet of a live run: its agents register, log in, and do for real what the scenario says.

It knows the server by its addresses alone.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from time import monotonic_ns
from typing import NamedTuple, TypeVar

from wavetank.engines.live.job import Job
from wavetank.engines.live.measure import Measure
from wavetank.engines.live.supervisor import AgentSupervisor
from wavetank.engines.live.tracing import Tracer
from wavetank.engines.live.wave import Wave
from wavetank.engines.progress import Progress
from wavetank.errors import CannotRun
from wavetank.policy.codes import FaultKind, StartKind, Stream
from wavetank.policy.shares import affected_agents
from wavetank.protocol import stationary_start, wire
from wavetank.protocol.outbox import Range
from wavetank.real.transports.agent.http1 import Http1
from wavetank.real.transports.agent.messages import Answer, Lost
from wavetank.results.histogram import Histogram
from wavetank.results.tally import Tally
from wavetank.scenario.resolved import Fault

AT_ONCE = 32
"""Requests under way before the run: they keep the server's cores busy and stay below its limits."""

TRIES = 8
"""With the growing pauses between them nine seconds: a server that starts up answers by then."""

PATIENCE_S = 30.0
"""An answer before the run that takes longer is taken to be lost."""

PAUSE_S = 0.25
"""The first pause before asking again; the n-th is n times as long."""

SHORTEST_TICK_NS = 20_000_000
"""Levels are noted at most 50 times a second, so that noting them costs no measurable CPU."""

T = TypeVar("T")


class FleetReport(NamedTuple):
    """The counts of a fleet. `acknowledged` and `given_up`: per (agent, stream), ranges of events;
    `late` is how much later than it should the process has looked at its agents.
    """

    tally: Tally
    acknowledged: dict[tuple[int, int], list[Range]]
    given_up: dict[tuple[int, int], list[Range]]
    unsure: dict[Stream, int]
    late: Histogram


class Fleet:
    """All agents of a run."""

    def __init__(self, job: Job) -> None:
        """Raises BadAddress."""
        self.job = job
        self.measure = Measure(job.resolved)
        self.wave = Wave(job.resolved)
        self.late = Histogram()
        self._expiry_ns: dict[int, int] = {}
        tracer = Tracer(job.trace_rows)
        self._tracer = tracer
        traced = frozenset(job.trace_agents)
        self.agents = [
            AgentSupervisor(
                job, kind, class_index, index, self.measure, self.wave, tracer if index in traced else None
            )
            for class_index, kind in enumerate(job.resolved.classes)
            for index in range(kind.first, kind.first + kind.agents)
        ]
        self._opened = self._resumed = self._up_bytes = self._down_bytes = 0

    # ---- before the run ---------------------------------------------------------------------

    async def prepare(self) -> None:
        """Register every agent, and log in those that have a token when the run begins. Raises CannotRun."""
        target, members = self.job.target, self.job.members
        management = [Http1(target.management, self.job.ca) for _ in range(min(AT_ONCE, len(self.agents)))]

        async def register(agent: AgentSupervisor, lane: int) -> None:
            request = wire.register(members.credentials(agent.index), target.user, target.password)
            await retry(lambda: management[lane].ask(Stream.REGISTER, request), (200, 201), "registration")

        async def log_in(agent: AgentSupervisor, _: int) -> None:
            await agent.log_in(lambda ask: retry(ask, (200,), "login"))

        try:
            # The first alone: the password is dear to check, and then known.
            await register(self.agents[0], 0)
            await _each(self.agents[1:], register)
        finally:
            for client in management:
                await client.close()
        if self.job.resolved.start == StartKind.STEADY:
            await _each(self.agents, log_in)

    # ---- the run ----------------------------------------------------------------------------

    async def run(self, origin_ns: int, progress: Progress) -> FleetReport:
        """Let it all happen, from an instant of the machine's clock on; returns what was counted."""
        resolved = self.job.resolved
        self.measure.origin_ns = self.wave.origin_ns = self._tracer.origin_ns = origin_ns
        now_ns = monotonic_ns()
        for agent in self.agents:
            late_ns = (
                stationary_start.ramp_ns(resolved, agent.index) if resolved.start == StartKind.RAMP else 0
            )
            agent.begins_ns = origin_ns + late_ns
            # Polls that are held when the run begins are not all set up in one instant.
            agent.readies_ns = now_ns + (origin_ns - now_ns) * agent.index // len(self.agents)
            if agent.kind.invalid_credentials:
                agent.client.forget_key()
        agents = [asyncio.ensure_future(agent.live()) for agent in self.agents]
        others = [asyncio.ensure_future(self._fault(n, fault)) for n, fault in enumerate(resolved.faults)]
        others.append(asyncio.ensure_future(self._tick(progress)))
        try:
            await _until(origin_ns + resolved.duration_ns, agents)
            self._close()
        finally:
            for agent in self.agents:
                agent.stop()
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            await asyncio.gather(*agents)
        return self._report()

    async def _fault(self, number: int, fault: Fault) -> None:
        """Carry out a fault on the agents themselves."""
        await _until(self.measure.origin_ns + fault.at_ns)
        self._note_expiries()
        if fault.kind == FaultKind.INVALID_CREDENTIALS:
            resolved = self.job.resolved
            for index in affected_agents(resolved.seed, resolved.agents, fault.share, number):
                self.agents[index].forget_key()
        elif fault.kind == FaultKind.COLD_START:
            for agent in self.agents:
                agent.restart()

    def _note_expiries(self) -> None:
        if not self._expiry_ns:
            self._expiry_ns = {agent.index: agent.client.session.expires_ns for agent in self.agents}

    async def _tick(self, progress: Progress) -> None:
        """Note the levels at the end of every bin, and how late that is."""
        resolved, series = self.job.resolved, self.measure.tally.series
        done, bins = 0, len(series.connections)
        await _until(self.measure.origin_ns)
        # What was done to get ready is not counted.
        self._opened = sum(agent.transport.opened for agent in self.agents)
        self._resumed = sum(agent.transport.resumed for agent in self.agents)
        self._up_bytes, self._down_bytes = self._bytes()
        while done < bins:
            due_ns = self.measure.origin_ns + (done + 1) * resolved.bin_ns
            await _until(max(due_ns, monotonic_ns() + SHORTEST_TICK_NS))
            now_ns = monotonic_ns()
            if due_ns > self.measure.origin_ns + SHORTEST_TICK_NS:
                self.late.add(max(0, now_ns - due_ns - SHORTEST_TICK_NS))
            until = min(bins, self.measure.at_ns(now_ns) // resolved.bin_ns)
            self._levels(done, max(done + 1, until))
            done = max(done + 1, until)
            progress(self.measure.at_ns(now_ns), sum(self.measure.tally.issued))

    def _levels(self, first: int, end: int) -> None:
        """Connections open, and handshakes made since the bins before."""
        tally, resolved = self.measure.tally, self.job.resolved
        transports = [agent.transport for agent in self.agents]
        level = sum(transport.opened - transport.closed for transport in transports)
        opened, resumed = (
            sum(transport.opened for transport in transports),
            sum(transport.resumed for transport in transports),
        )
        for index in range(first, end):
            tally.series.connections[index] = level
        tally.series.handshakes[first] += opened - self._opened
        if first * resolved.bin_ns >= resolved.warmup_ns:
            tally.connections_area_ns += level * (end - first) * resolved.bin_ns
            tally.connections_max = max(tally.connections_max, level)
            tally.window_handshakes[True] += resumed - self._resumed
            tally.window_handshakes[False] += opened - self._opened - (resumed - self._resumed)
        self._opened, self._resumed = opened, resumed

    # ---- after the run ----------------------------------------------------------------------

    def _bytes(self) -> tuple[int, int]:
        """Bytes of HTTP that the agents have sent and received so far."""
        transports = [agent.transport for agent in self.agents]
        return sum(transport.sent_bytes for transport in transports), sum(
            transport.received_bytes for transport in transports
        )

    def _close(self) -> None:
        """Close the books: what is queued and open."""
        self._note_expiries()
        measure, resolved = self.measure, self.job.resolved
        measure.now_ns = measure.origin_ns + resolved.duration_ns
        for agent in self.agents:
            for events in agent.events.values():
                if not agent.begun:
                    continue
                events.admit(measure.origin_ns + resolved.duration_ns)
                counts = measure.tally.events[events.stream - Stream.STATELESS]
                counts.produced += events.outbox.seen - max(0, events.origin)
                counts.queued += events.outbox.held
        measure.close()

    def _report(self) -> FleetReport:
        """Close the counts and return them."""
        tally, resolved = self.measure.tally, self.job.resolved
        period_ns = resolved.sample_bins * resolved.bin_ns
        samples = -(-len(tally.series.requests) // resolved.sample_bins)
        every = [(agent, events) for agent in self.agents if agent.begun for events in agent.events.values()]
        for sample in range(samples):
            until_ns = min((sample + 1) * period_ns, resolved.duration_ns)
            began = [
                arrivals for agent, arrivals in every if agent.begins_ns - self.measure.origin_ns <= until_ns
            ]
            tally.series.produced.append(
                sum(arrivals.created(until_ns) - arrivals.origin for arrivals in began)
            )
        up_bytes, down_bytes = self._bytes()
        tally.bytes_up, tally.bytes_down = up_bytes - self._up_bytes, down_bytes - self._down_bytes
        tally.states = self.wave.rows(self._expiry_ns)
        tally.trace, tally.trace_cut = self._tracer.rows()
        return FleetReport(
            tally,
            {(agent.index, arrivals.stream): arrivals.acknowledged for agent, arrivals in every},
            {(agent.index, arrivals.stream): arrivals.given_up for agent, arrivals in every},
            self.measure.unsure,
            self.late,
        )


async def retry(ask: Callable[[], Awaitable[Answer]], right: Iterable[int], purpose: str) -> Answer:
    """The answer to a request before the run, asked a few times. Raises CannotRun."""
    said = ""
    for turn in range(TRIES):
        try:
            async with asyncio.timeout(PATIENCE_S):
                answer = await ask()
        except (Lost, TimeoutError) as error:
            said = str(error) or "no answer"
        else:
            if answer.status in right:
                return answer
            said = f"it answers {answer.status}"
            if answer.status not in (408, 429, 500, 503):
                break
        await asyncio.sleep(PAUSE_S * (turn + 1))
    raise CannotRun(f"{purpose}: the server does not take it ({said})")


async def _each(items: Iterable[T], do: Callable[[T, int], Awaitable[None]]) -> None:
    """Do it for all, a few at once, each with the number of its lane. The first failure ends all."""
    waiting = iter(items)

    async def lane(number: int) -> None:
        for item in waiting:
            await do(item, number)

    async with asyncio.TaskGroup() as group:
        for number in range(AT_ONCE):
            group.create_task(lane(number))


async def _until(at_ns: int, failing: Iterable["asyncio.Future[None]"] = ()) -> None:
    """Until an instant of the machine's clock, or until one of the others fails: raises what it raised."""
    wait_s = max(0, at_ns - monotonic_ns()) / 1e9
    if not failing:
        await asyncio.sleep(wait_s)
        return
    done, _ = await asyncio.wait(failing, timeout=wait_s, return_when=asyncio.FIRST_EXCEPTION)
    for task in done:
        task.result()
