"""One server node: the places for connections, the limits, the cores, and its life and death.

A SYN takes a place or is refused by the limit; the place is free when the connection ends. Limits are
checked in one order, at the instant the header is there. Rules: docs/model.md#syn-place, #connect-rate,
#limits, #request-fate and #node-faults.
"""

from simpy.events import Event

from wavetank.engines.reference.clock import Clock, Instant
from wavetank.engines.reference.cores import Cores
from wavetank.engines.reference.measure import Measure
from wavetank.engines.reference.parts import Attempt, Connection, Job, Refusal
from wavetank.policy.admission import reserve, take
from wavetank.policy.choices import names_all
from wavetank.policy.codes import Answer, Cause, Stream
from wavetank.protocol.order import RECEIVED, Kind
from wavetank.scenario.resolved import Limit, RateLimit, Resolved

names_all(__name__, Answer, "REFUSE TOO_MANY_REQUESTS UNAVAILABLE SILENCE")

STATUS = {Answer.TOO_MANY_REQUESTS: 429, Answer.UNAVAILABLE: 503}


def refusal(limit: Limit | RateLimit, cause: Cause) -> Refusal:
    """The answer of a limit that is reached."""
    answer = limit.answer
    status = 0 if answer == Answer.REFUSE else -1 if answer == Answer.SILENCE else STATUS[Answer(answer)]
    return status, cause, limit.retry_after_ns


class Node:
    """A node is up, down (connections are refused) or silent (nothing comes back).

    `incarnation` counts its lives: a connection made in an earlier one is lost. `gone_ns`: when it went last.
    """

    def __init__(self, resolved: Resolved, clock: Clock, index: int, measure: Measure) -> None:
        self.index = index
        self.clock = clock
        self.limits = resolved.server.limits
        self.blocking = resolved.server.blocking
        self.bandwidth_bytes_per_s = self.limits.bandwidth_bytes_per_s
        self.cores = Cores(clock, resolved.server, index, measure)
        self.measure = measure
        self.up = True
        self.silent = False
        self.incarnation = 0
        self.gone_ns = 0
        self.up_free_ns = 0
        self.down_free_ns = 0
        self._buckets = [0, 0, 0]
        self._forget()

    def _forget(self) -> None:
        self.connections: dict[Connection, None] = {}
        self.open = 0
        self.accepted = 0
        self.in_flight = 0
        self.in_flight_bytes = 0
        self.accept_queue: dict[Connection, Event] = {}

    # ---- connections ------------------------------------------------------------------------

    def syn(self, connection: Connection) -> Refusal | None:
        """A SYN has arrived: None reserves a place, otherwise what the sender is told."""
        limits = self.limits
        rate, bucket = limits.connect_rate, self._buckets[0]
        if rate.interval_ns:
            connection.turn_ns, bucket = reserve(
                bucket, self.clock.ns, rate.interval_ns, rate.burst, limits.accept_queue
            )
            if connection.turn_ns < 0:
                return self._keep_out(connection, refusal(rate, Cause.CONNECT_RATE))
        cap = limits.connections
        if cap.value and len(self.connections) >= cap.value + limits.accept_queue:
            return self._keep_out(connection, refusal(cap, Cause.CONNECTIONS))
        self._buckets[0] = bucket
        self._admit(connection)
        return None

    def _admit(self, connection: Connection) -> None:
        self.connections[connection] = None
        connection.admitted = True

    def _keep_out(self, connection: Connection, said: Refusal) -> Refusal | None:
        """A limit that answers with a status lets the connection in, and refuses its request."""
        if said[0] > 0:
            connection.verdict = said
            self._admit(connection)
            return None
        if said[0] == 0:
            self.measure.connection_refused(self.index, said[1])
        else:
            self.measure.met_with_silence(said[1])
        return said

    def accept(self, connection: Connection) -> Event | None:
        """The ACK has arrived: None when a slot is free, otherwise the event of getting one."""
        cap = self.limits.connections.value
        if cap and self.open >= cap and connection.verdict is None:
            slot = self.accept_queue[connection] = Instant(self.clock)
            return slot
        self._give_slot(connection)
        return None

    def _give_slot(self, connection: Connection) -> None:
        self.open += 1
        connection.accepted = True
        connection.worker = self.cores.worker_for(connection, self.accepted)
        self.accepted += 1
        self.measure.connections(self.index, 1)

    def restore(self, connection: Connection) -> None:
        """A connection that was open before the run began."""
        self._admit(connection)
        self._give_slot(connection)

    def close(self, connection: Connection) -> None:
        """A FIN or RST has arrived, or the node closes: the place is free for the next in the queue."""
        if connection.gone or connection.lost:
            return
        connection.gone = True
        self.connections.pop(connection, None)
        if not connection.accepted:
            self.accept_queue.pop(connection, None)
            return
        self.open -= 1
        self.measure.connections(self.index, -1)
        cap = self.limits.connections.value
        while self.accept_queue and self.open < cap:
            waiting = next(iter(self.accept_queue))
            self._give_slot(waiting)
            self.clock.schedule(self.accept_queue.pop(waiting))

    # ---- requests ---------------------------------------------------------------------------

    def judge(self, attempt: Attempt, body_bytes: int) -> Refusal | None:
        """The limits, as a request's header arrives: None lets it in."""
        limits = self.limits
        self.measure.arrived(self.index)
        if attempt.connection.verdict is not None:
            return attempt.connection.verdict
        if limits.body.value and body_bytes > limits.body.value:
            return 413, Cause.BODY, 0
        if not self._within_rate(1, limits.request_rate):
            return refusal(limits.request_rate, Cause.REQUEST_RATE)
        if attempt.flow.stream == Stream.LOGIN and not self._within_rate(2, limits.login_rate):
            return refusal(limits.login_rate, Cause.LOGIN_RATE)
        if limits.in_flight.value and self.in_flight >= limits.in_flight.value:
            return refusal(limits.in_flight, Cause.IN_FLIGHT)
        held = limits.in_flight_bytes
        if held.value and self.in_flight_bytes + body_bytes > held.value:
            return refusal(held, Cause.IN_FLIGHT_BYTES)
        return None

    def _within_rate(self, bucket: int, limit: RateLimit) -> bool:
        if not limit.interval_ns:
            return True
        admitted, self._buckets[bucket] = take(
            self._buckets[bucket], self.clock.ns, limit.interval_ns, limit.burst
        )
        return admitted

    def enter(self, attempt: Attempt) -> None:
        """Count a request as in flight at this node."""
        attempt.in_node = True
        self.in_flight += 1
        self.in_flight_bytes += attempt.exchange.body_bytes

    def leave(self, attempt: Attempt) -> None:
        """The request's answer was sent, or will never be."""
        if attempt.in_node:
            attempt.in_node = False
            self.in_flight -= 1
            self.in_flight_bytes -= attempt.exchange.body_bytes

    def work(self, job: Job) -> Event:
        """Queue CPU work."""
        job.attempt.job = job
        return self.cores.submit(job)

    def receive(self, attempt: Attempt, size_bytes: int) -> Event:
        """The node's own line takes in a request, one after the other: the event of its last byte."""
        now = self.clock.ns
        self.up_free_ns = max(now, self.up_free_ns) + round(size_bytes * 1e9 / self.bandwidth_bytes_per_s)
        key = (Kind.MESSAGE_ARRIVES, *attempt.key, RECEIVED)
        return self.clock.at(self.up_free_ns, key, Instant(self.clock))

    # ---- life and death ---------------------------------------------------------------------

    def go_away(self, in_silence: bool) -> None:
        """From now on connections are refused, or (`in_silence`) nothing comes back."""
        if self.up and not self.silent:
            self.gone_ns = self.clock.ns
        if in_silence:
            self.silent = True
        else:
            self.up = False

    def die(self) -> list[Connection]:
        """All that is in memory is lost; returns the connections that were open."""
        cut = list(self.connections)
        for connection in cut:
            connection.lost = True
        self.measure.connections(self.index, -self.open)
        self.cores.lose_everything()
        self.incarnation += 1
        self._buckets = [0, 0, 0]
        self._forget()
        return cut
