"""Counting while it happens: the only module of the engine that writes into the `Tally`.

At the scenario's duration the books are closed (`Measure.close`): `books` stays as it is then, but for the
series and the latencies of events and commands, which it shares with the tally that counts on.
"""

from copy import deepcopy

from wavetank.engines.reference.clock import Clock
from wavetank.engines.reference.gauge import Gauge
from wavetank.engines.reference.parts import Job
from wavetank.policy.codes import Cause, DropCause, Stream
from wavetank.results.peaks import CONNECTS, EVENTS, FULL, REQUESTS, RESUMED, Peaks
from wavetank.results.tally import Series, Tally, empty_tally, with_window
from wavetank.results.windows import windows_of
from wavetank.scenario.resolved import Resolved
from wavetank.units import SECOND as SECOND_NS

HANDSHAKE_OPERATION = 0
"""The place of handshakes in `results.tally.OPERATIONS`."""


class Measure:
    """Counts of one run. What has a window counts from the warm-up on (`open_window`)."""

    def __init__(self, resolved: Resolved, clock: Clock, horizon_ns: int) -> None:
        self.tally: Tally = empty_tally(resolved)
        self.books = self.tally
        self.busy_ns = self.logins = self.connects = 0
        self.waiting_gauge: Gauge | None = None
        self._horizon_ns = horizon_ns
        self._clock = clock
        self._warmup_ns = resolved.warmup_ns
        self._end_ns = resolved.duration_ns
        self._latency_end_ns = resolved.duration_ns - resolved.tail_ns
        self._bin_ns = resolved.bin_ns
        self._waiting = 0
        self._running = 0
        self._connections = 0
        self._areas_ns = 0
        self._windows = windows_of(resolved)
        self._offline = 0
        self._peaks = Peaks(resolved.warmup_ns)
        self._open = [0] * len(self.tally.node_requests)
        self._open_since_ns = [0] * len(self._open)
        self._login_second = -1
        self._logins = 0
        self.series = self.tally.series

    # ---- levels and their areas -------------------------------------------------------------

    def _integrate(self) -> None:
        now = self._clock.ns
        past_ns = now - self._areas_ns
        if past_ns:
            tally = self.tally
            tally.queue_area_ns += self._waiting * past_ns
            tally.system_area_ns += (self._waiting + self._running) * past_ns
            tally.connections_area_ns += self._connections * past_ns
            self._areas_ns = now

    def waiting(self, change: int) -> None:
        """The number of jobs that wait at nodes changes."""
        self._integrate()
        self._waiting += change
        if self.waiting_gauge is not None:
            self.waiting_gauge.change(change, self._clock.ns)
        if self._waiting > self.tally.queue_max and self._clock.ns >= self._warmup_ns:
            self.tally.queue_max = self._waiting

    def connections(self, node: int, change: int) -> None:
        """The number of connection slots taken at a node changes."""
        self._integrate()
        self._connections += change
        if self._open:
            self._open_at(node, change)
        if self._connections > self.tally.connections_max and self._clock.ns >= self._warmup_ns:
            self.tally.connections_max = self._connections

    def _open_at(self, node: int, change: int) -> None:
        """One of several nodes has more or fewer connections, or (0) is looked at."""
        now, tally = self._clock.ns, self.tally
        tally.node_connections_area_ns[node] += self._open[node] * (now - self._open_since_ns[node])
        self._open_since_ns[node] = now
        self._open[node] += change
        if now >= self._warmup_ns:
            tally.node_connections_max[node] = max(tally.node_connections_max[node], self._open[node])

    def sample_levels(self, bin_index: int) -> None:
        """The levels at the end of a bin."""
        self.series.queue_length[bin_index] = self._waiting
        self.series.connections[bin_index] = self._connections

    def open_window(self) -> None:
        """The warm-up is over: what has a window begins now."""
        self._integrate()
        tally = self.tally
        tally.queue_area_ns = tally.system_area_ns = tally.connections_area_ns = 0
        tally.queue_max = self._waiting
        tally.connections_max = self._connections
        for node, level in enumerate(self._open):
            self._open_at(node, 0)
            tally.node_connections_area_ns[node] = 0
            tally.node_connections_max[node] = level

    def close(self) -> None:
        """Close the books of the window; what is counted from now on does not change them."""
        self._integrate()
        for node in range(len(self._open)):
            self._open_at(node, 0)
        self._peaks.close()
        self.tally.peaks = self._peaks.most

    def freeze(self) -> None:
        """Keep the closed books apart from what is counted on."""
        tally = self.tally
        shared = (
            tally.series, tally.event_latency, tally.command_latency, tally.windows, tally.requests
        )  # fmt: skip
        self.books = deepcopy(tally, {id(part): part for part in shared})

    def extend(self, until_ns: int) -> None:
        """Make the series long enough for everything before `until_ns`."""
        bins = -(-until_ns // self._bin_ns)
        for per_bin in (*_flows_and_levels(self.series), *self.series.busy_ns):
            per_bin.extend([0] * (bins - len(per_bin)))

    def finish(self) -> None:
        """Let the series end now, with the last levels."""
        now = self._clock.ns
        for busy in self.series.busy_ns:
            del busy[len(self.series.requests) :]  # of what `still_running` took back, the bins are left
        self.sample_levels(len(self.series.requests) - 1)
        self.books.ended_ns = now

    # ---- the cores --------------------------------------------------------------------------

    def started(self, node: int, job: Job) -> None:
        """A job begins: its whole work is booked, cut to the window and spread over the bins."""
        self._integrate()
        self._running += 1
        self.busy_ns += job.cost_ns
        now, tally = self._clock.ns, self.tally
        if now >= self._warmup_ns:
            wait_ns = now - job.arrived_ns
            tally.server_wait[job.operation].add(wait_ns)
            tally.wait_jobs += 1
            tally.wait_waited += wait_ns > 0
        bin_index = now // self._bin_ns
        if now >= self._warmup_ns and job.finish_ns < min((bin_index + 1) * self._bin_ns, self._end_ns):
            # the usual case: all of it within the window and one bin
            busy = tally.busy_ns[node]
            for activity, part_ns in job.parts:
                busy[activity] += part_ns
            self.series.busy_ns[node][bin_index] += job.cost_ns
        else:
            self._book(node, job, now, 1)

    def _book(self, node: int, job: Job, from_ns: int, sign: int) -> None:
        """Book what a job does from `from_ns` on, or (sign -1) take it back."""
        begin_ns = job.started_ns
        busy = self.tally.busy_ns[node]
        counted_from_ns = max(from_ns, self._warmup_ns)
        for activity, part_ns in job.parts:
            end_ns = begin_ns + part_ns
            counted_ns = min(end_ns, self._end_ns) - max(begin_ns, counted_from_ns)
            if counted_ns > 0:
                busy[activity] += sign * counted_ns
            begin_ns = end_ns
        low, high = max(job.started_ns, from_ns), min(begin_ns, self._horizon_ns)
        if high > low:
            self._spread(self.series.busy_ns[node], low, high, sign)

    def _spread(self, series: list[int], low: int, high: int, sign: int) -> None:
        width = self._bin_ns
        first, last = low // width, (high - 1) // width
        if last >= len(series):
            series.extend([0] * (last + 1 - len(series)))
        if first == last:
            series[first] += sign * (high - low)
            return
        series[first] += sign * ((first + 1) * width - low)
        for index in range(first + 1, last):
            series[index] += sign * width
        series[last] += sign * (high - last * width)

    def cut_short(self, node: int, job: Job) -> None:
        """A running job dies with its node: what it would still have done is taken back."""
        self._integrate()
        self._running -= 1
        self.busy_ns -= job.finish_ns - self._clock.ns
        self._book(node, job, self._clock.ns, -1)

    def still_running(self, node: int, job: Job) -> None:
        """The run ends in the middle of a job: the series keep what was done by now."""
        low, high = self._clock.ns, min(job.finish_ns, self._horizon_ns)
        if high > low:
            self._spread(self.series.busy_ns[node], low, high, -1)

    def finished(self, node: int, job: Job) -> None:
        """A job is done; when nobody waits for the answer by now, the work was wasted."""
        self._integrate()
        self._running -= 1
        if job.attempt.thrown_away:
            wasted_ns = self._clock.ns - max(job.started_ns, self._warmup_ns)
            if wasted_ns > 0:
                self.tally.wasted_ns[node] += wasted_ns

    def removed(self, job: Job) -> None:
        """A queued job is taken away: it waited, and never ran."""
        if self._clock.ns >= self._warmup_ns:
            self.tally.server_wait[job.operation].add(self._clock.ns - job.arrived_ns)
            self.tally.wait_jobs += 1
            self.tally.wait_waited += self._clock.ns > job.arrived_ns

    # ---- requests ---------------------------------------------------------------------------

    def issued(self, stream: int, attempt: int) -> None:
        """An agent begins an attempt."""
        index = self._clock.ns // self._bin_ns
        self.tally.issued[stream] += 1
        self.series.requests[index] += 1
        if attempt:
            self.tally.retries += 1
            self.series.retries[index] += 1
        if self._clock.ns >= self._warmup_ns:
            self.tally.window_requests[stream] += 1
        self._peaks.count(self._clock.ns, REQUESTS + stream, 1)

    def carried_in(self, stream: int) -> None:
        """An attempt is under way that was begun before the run."""
        self.tally.carried_in[stream] += 1

    def answered_ok(self, stream: int, latency_ns: int) -> None:
        """An attempt was answered as it should."""
        self.tally.ok[stream] += 1
        if self._clock.ns >= self._warmup_ns:
            self.tally.request_latency[stream].add(latency_ns)

    def arrived(self, node: int) -> None:
        """A request has arrived at a node."""
        if self._open:
            self.tally.node_requests[node] += 1

    def _turned_away(self, node: int, cause: Cause) -> None:
        self.tally.causes[cause] += 1
        if self._open:
            self.tally.node_rejected[node] += 1

    def rejected(self, node: int, stream: int, cause: Cause) -> None:
        """An attempt was answered with a refusal by a node."""
        self.tally.rejected[stream] += 1
        self._turned_away(node, cause)
        self.series.rejected[self._clock.ns // self._bin_ns] += 1

    def connection_refused(self, node: int, cause: Cause) -> None:
        """A limit of a node kept a connection out (its request counts as lost, or is sent later)."""
        self._turned_away(node, cause)

    def met_with_silence(self, cause: Cause) -> None:
        """A limit answers a SYN or a request with nothing."""
        self.tally.silent[cause] += 1

    def timed_out(self, stream: int) -> None:
        """An agent's deadline passed."""
        self.tally.timed_out[stream] += 1
        self.series.timed_out[self._clock.ns // self._bin_ns] += 1

    def lost(self, stream: int) -> None:
        """A reset or a refused connection ended an attempt."""
        self.tally.lost[stream] += 1
        self.series.lost[self._clock.ns // self._bin_ns] += 1

    def logged_in(self) -> None:
        """A token was given to an agent."""
        now = self._clock.ns
        self.logins += 1
        self.series.logins[now // self._bin_ns] += 1
        if now >= self._warmup_ns:
            self.tally.window_logins += 1
        second = now // SECOND_NS
        if second != self._login_second:
            self._login_second, self._logins = second, 0
        self._logins += 1
        if self._logins > self.tally.login_peak and second >= self._warmup_ns // SECOND_NS:
            self.tally.login_peak = self._logins

    def connecting(self) -> None:
        """An agent asks for a connection, for the first time or again."""
        self.connects += 1
        self._peaks.count(self._clock.ns, CONNECTS, 1)

    def handshake(self, resumed: bool) -> None:
        """A node begins a TLS handshake."""
        self._peaks.count(self._clock.ns, RESUMED if resumed else FULL, 1)
        self.series.handshakes[self._clock.ns // self._bin_ns] += 1
        if self._clock.ns >= self._warmup_ns:
            self.tally.window_handshakes[resumed] += 1

    def node_taken_out(self, gone_ns: int) -> None:
        """The balancer has noticed that a node is away, since `gone_ns`."""
        self.tally.node_detection.add(self._clock.ns - gone_ns)

    def command_created(self) -> None:
        """A command for an agent is created at the server."""
        self.tally.commands_created += 1
        if self._warmup_ns <= self._clock.ns < self._latency_end_ns:
            for counts in with_window(self.tally, self._windows.window(self._clock.ns)):
                counts.commands_due += 1

    def command_delivered(self, created_ns: int) -> None:
        """The agent has a command created at `created_ns`."""
        self.tally.commands_delivered += 1
        if self._warmup_ns <= created_ns < self._latency_end_ns:
            for counts in with_window(self.tally, self._windows.window(created_ns)):
                counts.command_latency.add(self._clock.ns - created_ns)

    # ---- events -----------------------------------------------------------------------------

    def events_carried_in(self, stream: int, events: int) -> None:
        """Events that were created before the run wait."""
        self.tally.events[stream - Stream.STATELESS].carried_in += events
        self.series.carried_in += events

    def delivered(self, stream: int, events: int) -> None:
        """Events were acknowledged to the agent."""
        self.tally.events[stream - Stream.STATELESS].delivered += events
        self.series.delivered[self._clock.ns // self._bin_ns] += events
        if self._clock.ns >= self._warmup_ns:
            self.tally.window_delivered += events
        self._peaks.count(self._clock.ns, EVENTS, events)

    def dropped(self, stream: int, events: int, cause: DropCause, received: bool) -> None:
        """Events were given up; `received`: the server has them all the same."""
        counts = self.tally.events[stream - Stream.STATELESS]
        counts.dropped[cause] += events
        if received:
            counts.dropped_but_received += events
        index = min(self._clock.ns // self._bin_ns, len(self.series.dropped) - 1)
        self.series.dropped[index] += events

    def dropped_but_received(self, stream: int, events: int) -> None:
        """The server takes in events that the agent has given up."""
        self.tally.events[stream - Stream.STATELESS].dropped_but_received += events

    def received(self, stream: int, events: int, again: int) -> None:
        """The server has committed `events` for the first time, and `again` many that it had."""
        counts = self.tally.events[stream - Stream.STATELESS]
        counts.received += events
        counts.duplicated += again

    def went_offline(self, change: int) -> None:
        """An agent goes offline (+1) or begins anew (-1)."""
        self._offline += change
        self.tally.offline_max = max(self.tally.offline_max, self._offline)


def _flows_and_levels(series: Series) -> tuple[list[int], ...]:
    return (
        series.requests, series.logins, series.handshakes, series.delivered, series.dropped,
        series.rejected, series.timed_out, series.lost, series.retries, series.queue_length,
        series.connections,
    )  # fmt: skip
