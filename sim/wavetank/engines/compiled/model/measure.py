"""Counting while it happens, as engines/reference/measure.py does.

Counting changes nothing of what is counted. Sums that may exceed 64 bits are kept in two words
(docs/model.md#time and #both-accountings).
"""

from __future__ import annotations

from wavetank.engines.compiled.containers.histogram import add
from wavetank.engines.compiled.containers.layouts import HISTOGRAM_BYTES, Histogram, histogram_at
from wavetank.engines.compiled.model.gauge import begin_moment, carry, change, gather, shift
from wavetank.engines.compiled.model.latency import command_latency_at, piece_at
from wavetank.engines.compiled.model.parts import NODE_BYTES, Attempt, Job, Node, node_at
from wavetank.engines.compiled.model.world import World
from wavetank.engines.compiled.toolchain.kernels import entry, kernel
from wavetank.engines.compiled.toolchain.structs import clear
from wavetank.policy.codes import Activity, DropCause, Stream
from wavetank.results.peaks import (
    ALL_HANDSHAKES,
    ALL_REQUESTS,
    CONNECTS,
    EVENTS,
    FULL,
    PLACES,
    REQUESTS,
    RESUMED,
)
from wavetank.units import SECOND as SECOND_NS

ACTIVITIES = len(Activity)
STREAMS = len(Stream)
_FATES = ("produced", "delivered", "queued", "received", "duplicated", "dropped_but_received", "carried_in")
PRODUCED, DELIVERED, QUEUED, RECEIVED, DUPLICATED, DROPPED_BUT_RECEIVED, CARRIED_IN = range(len(_FATES))
DROPPED = len(_FATES)
"""The first of the places for dropped events, one for each `DropCause`."""
EVENT_COUNTS = DROPPED + len(DropCause)


@kernel
def request_latency(w: World, stream: int) -> Histogram:
    """The histogram of a stream's answers."""
    return histogram_at(w.request_latency + HISTOGRAM_BYTES * stream)


@kernel
def server_wait(w: World, operation: int) -> Histogram:
    """The histogram of an operation's waits."""
    return histogram_at(w.server_wait + HISTOGRAM_BYTES * operation)


@kernel
def count_events(w: World, stream: int, count: int, n: int) -> None:
    """More events of a stream have met a fate."""
    w.events[(stream - Stream.STATELESS) * EVENT_COUNTS + count] += n


@kernel
def bin_of(w: World, at_ns: int) -> int:
    """The bin of an instant: most often the current one, which takes no division."""
    if w.bin_begins_ns <= at_ns < w.bin_begins_ns + w.bin_ns:
        return w.bin_index
    return at_ns // w.bin_ns


@kernel
def next_bin(w: World) -> None:
    """A bin begins now."""
    w.bin_begins_ns = w.now
    w.bin_index = w.now // w.bin_ns


# ---- levels and their areas ------------------------------------------------------------------------


@entry("always")
def integrate(w: World) -> None:
    """Add to the areas what levels have gathered; what they gather next begins now.

    `reference` adds level times interval at every change; here a change notes only when it was.
    """
    gather(w.waiting, w.queue_area, w.now)
    gather(w.waiting, w.system_area, w.now)
    gather(w.running, w.system_area, w.now)
    begin_moment(w.waiting, w.now)
    begin_moment(w.running, w.now)
    for index in range(w.server.nodes):
        node = node_at(w.nodes + NODE_BYTES * index)
        gather(node.open, node.open_area, w.now)
        gather(node.open, w.connections_area, w.now)
        begin_moment(node.open, w.now)


@kernel
def carry_moments(w: World) -> None:
    """A bin is over: no moment has seen 2**33 changes in it."""
    carry(w.waiting)
    carry(w.running)
    for index in range(w.server.nodes):
        carry(node_at(w.nodes + NODE_BYTES * index).open)


@kernel
def change_waiting(w: World, by: int) -> None:
    """The number of jobs that wait at nodes changes."""
    shift(w.waiting, by, w.now)
    if w.signals:
        change(w, w.signals.waiting, by, w.now)
    if w.waiting.value > w.queue_max and w.now >= w.warmup_ns:
        w.queue_max = w.waiting.value


@kernel
def change_open(w: World, node: Node, by: int) -> None:
    """The number of connection slots taken at a node changes."""
    shift(node.open, by, w.now)
    w.open_connections += by
    if by > 0 and w.now >= w.warmup_ns:
        if w.open_connections > w.connections_max:
            w.connections_max = w.open_connections
        if node.open.value > node.open_max:
            node.open_max = node.open.value


@kernel
def sample_levels(w: World, index: int) -> None:
    """The levels at the end of a bin."""
    w.s_queue_length[index] = w.waiting.value
    w.s_connections[index] = w.open_connections


@kernel
def open_window(w: World) -> None:
    """End the warm-up: the counters begin at zero from here."""
    integrate(w)
    clear(w.queue_area)
    clear(w.system_area)
    w.queue_max = w.waiting.value
    restart_connections(w)


@entry("always")
def restart_connections(w: World) -> None:
    """The window of the connections begins, whose areas are up to date."""
    clear(w.connections_area)
    w.connections_max = w.open_connections
    for index in range(w.server.nodes):
        node = node_at(w.nodes + NODE_BYTES * index)
        clear(node.open_area)
        node.open_max = node.open.value


# ---- the cores -------------------------------------------------------------------------------------


@kernel
def waited(w: World, job: Job) -> None:
    """A job of the window has waited until now."""
    if w.now >= w.warmup_ns:
        wait_ns = w.now - job.arrived_ns
        w.wait_jobs += 1
        if wait_ns > 0:
            add(server_wait(w, job.operation), wait_ns)
            w.wait_waited += 1
        else:
            add(server_wait(w, job.operation), 0)  # most often; a known bin takes half the instructions


@kernel
def started(w: World, node: Node, job: Job) -> None:
    """A job begins."""
    shift(w.running, 1, w.now)
    if w.signals:
        w.signals.busy_ns += job.cost_ns
    waited(w, job)
    begun(w, node, job)


@kernel
def begun(w: World, node: Node, job: Job) -> None:
    """A job's whole work is booked when it begins, cut to the window and spread over the bins."""
    index = bin_of(w, w.now)
    if w.now >= w.warmup_ns and job.finish_ns < min((index + 1) * w.bin_ns, w.busy_until_ns):
        busy = node.index * ACTIVITIES
        w.busy_ns[busy + job.first] += job.first_ns
        w.busy_ns[busy + job.second] += job.second_ns
        w.busy_ns[busy + job.third] += job.third_ns
        w.s_busy_ns[node.index * w.bin_room + index] += job.cost_ns
    else:
        book(w, node, job, w.now, 1)


@kernel
def book_part(w: World, busy: int, begin_ns: int, part_ns: int, from_ns: int, sign: int) -> int:
    """One part of a job; returns its end."""
    end_ns = begin_ns + part_ns
    counted_ns = min(end_ns, w.busy_until_ns) - max(begin_ns, from_ns)
    if counted_ns > 0:
        w.busy_ns[busy] += sign * counted_ns
    return end_ns


@entry("always")
def book(w: World, node: Node, job: Job, from_ns: int, sign: int) -> None:
    """Book what a job does from `from_ns` on, or (sign -1) take it back."""
    busy = node.index * ACTIVITIES
    counted_from_ns = max(from_ns, w.warmup_ns)
    end_ns = book_part(w, busy + job.first, job.started_ns, job.first_ns, counted_from_ns, sign)
    end_ns = book_part(w, busy + job.second, end_ns, job.second_ns, counted_from_ns, sign)
    end_ns = book_part(w, busy + job.third, end_ns, job.third_ns, counted_from_ns, sign)
    spread_busy(w, node, max(job.started_ns, from_ns), min(end_ns, w.booked_until_ns), sign)


@kernel
def spread_busy(w: World, node: Node, low: int, high: int, sign: int) -> None:
    """Spread the time of a job from `low` to `high` over the bins of the series."""
    if high <= low:
        return
    series = node.index * w.bin_room
    width = w.bin_ns
    first, last = low // width, (high - 1) // width
    if first == last:
        w.s_busy_ns[series + first] += sign * (high - low)
        return
    w.s_busy_ns[series + first] += sign * ((first + 1) * width - low)
    for index in range(first + 1, last):
        w.s_busy_ns[series + index] += sign * width
    w.s_busy_ns[series + last] += sign * (high - last * width)


@kernel
def cut_short(w: World, node: Node, job: Job) -> None:
    """A running job dies with its node."""
    shift(w.running, -1, w.now)
    if w.signals:
        w.signals.busy_ns -= job.finish_ns - w.now
    book(w, node, job, w.now, -1)


@kernel
def finished(w: World, node: Node, job: Job) -> None:
    """A job is done; when nobody waits for the answer by now, the work was wasted."""
    shift(w.running, -1, w.now)
    t = job.attempt
    if t.answered or t.connection.gone:
        wasted_ns = w.now - max(job.started_ns, w.warmup_ns)
        if wasted_ns > 0:
            w.wasted_ns[node.index] += wasted_ns


# ---- requests --------------------------------------------------------------------------------------


@kernel
def issued(w: World, stream: int, attempt: int) -> None:
    """An agent begins an attempt."""
    issued_in(w, stream, attempt, bin_of(w, w.now))
    count_in_second(w, REQUESTS + stream, 1)


@kernel
def issued_in(w: World, stream: int, attempt: int, index: int) -> None:
    """An agent begins an attempt, in a bin that is known already."""
    w.issued[stream] += 1
    w.s_requests[index] += 1
    if attempt > 0:
        w.retried += 1
        w.s_retries[index] += 1
    if w.now >= w.warmup_ns:
        w.window_requests[stream] += 1


@kernel
def answered_ok(w: World, stream: int, started_ns: int) -> None:
    """An attempt was answered as it should."""
    w.ok[stream] += 1
    if w.now >= w.warmup_ns:
        add(request_latency(w, stream), w.now - started_ns)


@kernel
def arrived_at(w: World, node: Node) -> None:
    """A request has arrived at a node."""
    if w.server.nodes > 1:
        node.requests += 1


@kernel
def turned_away_by(w: World, node: Node, cause: int) -> None:
    """A node has turned a request or a connection away."""
    w.causes[cause] += 1
    if w.server.nodes > 1:
        node.rejected += 1


@kernel
def rejected(w: World, node: Node, stream: int, cause: int) -> None:
    """An attempt was answered with a refusal by a node."""
    w.rejected[stream] += 1
    turned_away_by(w, node, cause)
    w.s_rejected[bin_of(w, w.now)] += 1


@kernel
def timed_out(w: World, stream: int) -> None:
    """An agent's deadline passed."""
    w.timed_out[stream] += 1
    w.s_timed_out[bin_of(w, w.now)] += 1


@kernel
def count_lost(w: World, stream: int) -> None:
    """A reset or a refused connection ended an attempt."""
    w.lost[stream] += 1
    w.s_lost[bin_of(w, w.now)] += 1


@kernel
def count_unheard(w: World, t: Attempt) -> None:
    """A poll that its node died with ends, or is open at the end: nobody has told the agent."""
    if t.flow.stream == Stream.COMMANDS and t.connection.lost and not t.connection.reset_sent:
        w.polls_unheard += 1


@kernel
def logged_in(w: World) -> None:
    """A token was given to an agent."""
    w.s_logins[bin_of(w, w.now)] += 1
    w.logins += 1
    if w.now >= w.warmup_ns:
        w.window_logins += 1


@kernel
def count_in_second(w: World, place: int, n: int) -> None:
    """Count what has a busiest second (see results/peaks.py)."""
    if w.now >= w.second_ends_ns:
        turn_second(w)
    w.second_counts[place] += n


@entry("core")
def turn_second(w: World) -> None:
    """Take the second that was counted into the peaks, and begin that of now."""
    counts, peaks = w.second_counts, w.peaks
    if w.second_ends_ns // SECOND_NS > w.warmup_ns // SECOND_NS:
        requests = 0
        for place in range(REQUESTS, REQUESTS + STREAMS):
            requests += counts[place]
        peaks[ALL_REQUESTS] = max(peaks[ALL_REQUESTS], requests)
        peaks[ALL_HANDSHAKES] = max(peaks[ALL_HANDSHAKES], counts[FULL] + counts[RESUMED])
        for place in range(PLACES):
            peaks[place] = max(peaks[place], counts[place])
    for place in range(PLACES):
        counts[place] = 0
    w.second_ends_ns = (w.now // SECOND_NS + 1) * SECOND_NS


@kernel
def count_login(w: World) -> None:
    """Keep the greatest number of tokens given in one whole second, from that of the warm-up's end on."""
    second = w.now // SECOND_NS
    if second != w.login_second:
        w.login_second = second
        w.second_logins = 0
    w.second_logins += 1
    if w.second_logins > w.login_peak and second >= w.warmup_ns // SECOND_NS:
        w.login_peak = w.second_logins


@kernel
def connecting(w: World) -> None:
    """An agent asks for a connection, for the first time or again."""
    w.connects += 1
    count_in_second(w, CONNECTS, 1)


@kernel
def handshake(w: World, resumed: int) -> None:
    """A node begins a TLS handshake."""
    count_in_second(w, RESUMED if resumed else FULL, 1)
    w.s_handshakes[bin_of(w, w.now)] += 1
    if w.now >= w.warmup_ns:
        w.window_handshakes[resumed] += 1


@kernel
def command_created(w: World) -> None:
    """A command for an agent is created at the server."""
    w.commands_created += 1
    if w.warmup_ns <= w.now < w.latency_end_ns:
        w.commands_due += 1
        if len(w.edges_ns) > 0:
            w.window_commands_due[w.window_of_piece[piece_at(w, w.now)]] += 1


@kernel
def command_delivered(w: World, created_ns: int) -> None:
    """The agent has a command."""
    w.commands_delivered += 1
    if w.warmup_ns <= created_ns < w.latency_end_ns:
        add(command_latency_at(w, created_ns), w.now - created_ns)


@kernel
def delivered(w: World, stream: int, events: int) -> None:
    """Events were acknowledged to the agent."""
    delivered_any(w, stream, events)
    count_in_second(w, EVENTS, events)


@kernel
def delivered_any(w: World, stream: int, events: int) -> None:
    """Events were acknowledged, in no order of time."""
    count_events(w, stream, DELIVERED, events)
    w.s_delivered[bin_of(w, w.now)] += events
    if w.now >= w.warmup_ns:
        w.window_delivered += events


@kernel
def dropped(w: World, stream: int, events: int, cause: int, received: int) -> None:
    """Events were given up; `received`: the server has them all the same."""
    count_events(w, stream, DROPPED + cause, events)
    if received:
        count_events(w, stream, DROPPED_BUT_RECEIVED, events)
    w.s_dropped[min(w.now // w.bin_ns, w.bins - 1)] += events


@kernel
def went_offline(w: World, change: int) -> None:
    """An agent goes offline (+1) or begins anew (-1)."""
    w.offline += change
    w.offline_max = max(w.offline_max, w.offline)
