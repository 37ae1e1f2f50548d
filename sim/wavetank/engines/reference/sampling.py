"""Periodic samples: levels per bin, events produced, agents gone silent; and the end of the run.

The books are closed at the scenario's duration (`close`), the run ends there or later (`finish`). Levels
are read at the ends of bins. Rules: docs/model.md#settling and #windows.
"""

from functools import partial
from typing import Protocol

from simpy.events import Event

from wavetank.engines.progress import Progress
from wavetank.engines.reference.clock import Clock, Happening
from wavetank.engines.reference.latency import Latency
from wavetank.engines.reference.measure import Measure
from wavetank.engines.reference.node import Node
from wavetank.engines.reference.parts import Agent, AgentStream
from wavetank.engines.reference.requests import Requests
from wavetank.engines.reference.signals import Signals
from wavetank.engines.reference.startup import Start
from wavetank.engines.reference.streams import Streams
from wavetank.policy.codes import Channel, DropCause, ProcessKind, Purpose, Stream
from wavetank.policy.keyed import draw, key_of, unit
from wavetank.protocol.order import Kind
from wavetank.protocol.server import CommandBoard, Presence
from wavetank.results.accounting import check
from wavetank.scenario.resolved import Resolved


class Context(Protocol):
    """The parts of the run that are sampled."""

    resolved: Resolved
    horizon_ns: int
    clock: Clock
    measure: Measure
    board: CommandBoard
    requests: Requests
    streams: Streams
    latency: Latency
    start: Start
    signals: Signals | None
    agents: list[Agent]
    nodes: list[Node]

    def dropped(self, flow: AgentStream, events: int, cause: DropCause, received: bool) -> None:
        """Events were given up; `received`: the server has them all the same."""
        ...


class Sampling:
    """Ticks of the whole fleet (agent -1), and the closing of the books."""

    def __init__(self, w: Context, progress: Progress | None) -> None:
        self._w = w
        self._progress = progress
        resolved = w.resolved
        self._end_ns = resolved.duration_ns
        self._horizon_ns = w.horizon_ns
        self._piggyback = resolved.commands.channel == Channel.PIGGYBACK
        self._after_ns = resolved.heartbeat.offline_after_ns
        self._sweep_ns = resolved.heartbeat.offline_sweep_ns or self._after_ns
        self._presence: Presence | None = None
        self.flows: list[AgentStream] = []

    def plan(self) -> None:
        """Set all ticks."""
        w = self._w
        self.flows = [
            flow
            for agent in w.agents
            for flow in (agent.flows[Stream.STATELESS], agent.flows[Stream.STATEFUL])
            if flow is not None
        ]
        self._at(w.resolved.warmup_ns, 0, lambda _: w.measure.open_window())
        self._next_bin(0)
        if self._after_ns:
            fleet = key_of(w.resolved.seed, -1, Stream.HEARTBEAT, Purpose.SWEEP_PHASE)
            presence = self._presence = Presence([w.start.last_beat_ns(agent) for agent in w.agents])
            sweep = partial(self._sweep, presence)
            self._at(int(unit(draw(fleet, 0, 0)) * self._sweep_ns), 2, sweep)

    def _at(self, at_ns: int, tick: int, happening: Happening) -> None:
        if at_ns < self._horizon_ns:
            self._w.clock.call(at_ns, (Kind.SAMPLE, -1, tick, 0, 0, 0), happening)

    def _next_bin(self, index: int) -> None:
        self._at((index + 1) * self._w.resolved.bin_ns, 1, lambda _: self._bin(index))

    def _bin(self, index: int) -> None:
        w = self._w
        w.measure.sample_levels(index)
        if (index + 1) % w.resolved.sample_bins == 0:
            self._produced(min(w.clock.ns, self._horizon_ns - 1))
        if self._progress is not None:
            self._progress(w.clock.ns, sum(w.measure.tally.issued))
        self._next_bin(index + 1)

    def _produced(self, until_ns: int) -> None:
        created = self._w.streams.created
        self._w.measure.series.produced.append(
            sum([created(flow, until_ns) - flow.origin for flow in self.flows if flow.agent.started])
        )

    # ---- presence ---------------------------------------------------------------------------

    def heard(self, agent: Agent) -> int:
        """Note an accepted heartbeat of `agent`; returns the number of commands for its answer."""
        if self._presence is not None:
            self._presence.heard(agent.index, self._w.clock.ns)
        signals = self._w.signals
        if signals is not None and signals.silence is not None:
            signals.silence.heard(agent)
        return self._w.board.waiting(agent.index) if self._piggyback else 0

    def _sweep(self, presence: Presence, _: Event) -> None:
        tally = self._w.measure.tally
        for silent_ns in presence.sweep(self._w.clock.ns, self._after_ns):
            tally.offline_alarms += 1
            tally.offline_detection.add(silent_ns)
        self._at(self._w.clock.ns + self._sweep_ns, 2, partial(self._sweep, presence))

    # ---- the end ----------------------------------------------------------------------------

    def close(self) -> None:
        """Count what is queued or open at the end, and check that everything adds up.

        Raises AccountingError where it does not.
        """
        w = self._w
        measure = w.measure
        measure.close()
        for flow in self.flows:
            self._close_flow(flow)
        for agent in w.agents:
            for any_flow in agent.flows:
                if any_flow is not None:
                    measure.tally.open[any_flow.stream] += len(any_flow.attempts)
        w.requests.close(measure.tally)
        check(measure.tally)
        w.latency.close()
        if self._horizon_ns > self._end_ns:
            measure.freeze()

    def finish(self) -> None:
        """End the series, and note the least age of what is still open. Raises AccountingError."""
        w = self._w
        measure = w.measure
        for node in w.nodes:
            for job in node.cores.running:
                measure.still_running(node.index, job)
        measure.finish()
        series = measure.series
        if len(series.produced) * w.resolved.sample_bins < len(series.requests):
            self._produced(w.clock.ns - 1)
        for flow in self.flows:
            w.latency.censor(flow)
        w.latency.censor_commands()
        check(measure.books, went_on=w.clock.ns > self._end_ns)

    def _close_flow(self, flow: AgentStream) -> None:
        w, outbox = self._w, flow.outbox
        tally = w.measure.tally
        counts = tally.events[flow.stream - Stream.STATELESS]
        if not flow.agent.started:
            return
        created = w.streams.created(flow, self._end_ns - 1)
        counts.produced += created - max(0, flow.origin)
        for first, end in outbox.admit(created):
            w.dropped(flow, end - first, DropCause.OVERFLOW, False)
        counts.queued += outbox.held
        tally.outbox_max = max(tally.outbox_max, outbox.held)
        if not outbox.held:
            return
        oldest = min(
            [outbox.oldest(), *(x.ranges[0][0] for x in flow.live if x.ranges)],
            default=outbox.seen,
        )
        age_ns = self._end_ns - w.streams.time_of(flow, oldest)
        tally.backlog_age_max_ns = max(tally.backlog_age_max_ns, age_ns)
        if flow.source.kind == ProcessKind.CLOSED:
            w.latency.unfinished(flow)
