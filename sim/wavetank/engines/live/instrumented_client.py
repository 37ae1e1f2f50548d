"""One agent of the live fleet: the runnable agent's own client, with the simulator's arrivals, counted."""

from collections.abc import Callable, Mapping
from time import monotonic_ns

from wavetank.engines.live.arrivals import Arrivals
from wavetank.engines.live.measure import Measure
from wavetank.engines.live.wave import Wave
from wavetank.policy.choices import names_all
from wavetank.policy.codes import Channel, Stream
from wavetank.policy.rate_map import NEVER
from wavetank.protocol import stationary_start, wire
from wavetank.protocol.agent_stream import Events
from wavetank.protocol.client import Attempt, Client, Identity
from wavetank.protocol.tables import ExchangeState, TokenState
from wavetank.protocol.wire import Command
from wavetank.results.states import CONNECTED, OFFLINE, RETRYING, WAITING
from wavetank.scenario.resolved import Resolved
from wavetank.units import SECOND as SECOND_NS

names_all(__name__, ExchangeState, "NEW AWAITING_TOKEN IN_FLIGHT BACKING_OFF SETTLED")
names_all(__name__, TokenState, "NONE LOGGING_IN LOGIN_WAIT VALID RENEWING RENEW_WAIT DENIED")

Goes = Callable[[wire.Request, Attempt, int], None]


class InstrumentedClient(Client):
    """Agent `index`. With a `token` it begins as one that has run for long, else cold.

    `under_way` are its attempts that have not ended.
    """

    def __init__(
        self, resolved: Resolved, who: Identity, events: Mapping[Stream, Arrivals], index: int,
        measure: Measure, wave: Wave, goes: Goes | None = None,
    ) -> None:  # fmt: skip
        """`goes` is told which request is sent for which attempt."""
        kept: Mapping[Stream, Events] = events
        super().__init__(resolved, who, kept, index)
        self.index = index
        self.token = ""
        self.arrivals = events
        self.under_way: set[Attempt] = set()
        self._measure = measure
        self._wave = wave
        self._goes = goes
        self._began_ns = -1
        self._scenario = resolved
        self._had_commands: set[int] = set()
        self._counted_offline = False

    # ---- the beginning ----------------------------------------------------------------------

    def begin(self, now_ns: int) -> None:
        """Begin with the token from before the run, or cold."""
        if self.token:
            self._as_ever()
        else:
            self._began_ns = now_ns
            self._measure.began_cold()
            super().begin(now_ns)
        self._seen(now_ns)

    def _as_ever(self) -> None:
        scenario, origin_ns = self._scenario, self._measure.origin_ns
        issued_ns = origin_ns - stationary_start.token_age_ns(scenario, self.index)
        self.begin_with(self.token, issued_ns, issued_ns + scenario.auth.ttl_ns)
        for stream, flow in self.flows.items():
            if flow.batching is not None:
                carried = self.arrivals[Stream(stream)].carry_in(scenario)
                flow.since_ns, flow.pause_end_ns = (
                    origin_ns + carried.since_ns,
                    origin_ns + carried.pause_end_ns,
                )
        if scenario.commands.channel == Channel.POLL:
            first_ns = stationary_start.first_poll_ns(scenario, self.index)
            self.flows[Stream.COMMANDS].pause_end_ns = origin_ns + first_ns

    def _held_before(self, attempt: Attempt) -> bool:
        """Whether an attempt is the long poll that is held already when the run begins."""
        first = attempt.exchange.request == 0 and attempt.number == 0
        long_poll = self._scenario.commands.channel == Channel.LONG_POLL
        return first and long_poll and bool(self.token) and attempt.flow is self.flows[Stream.COMMANDS]

    # ---- driven by the runnable agent's driver ----------------------------------------------

    def step(self, now_ns: int) -> list[Attempt]:
        """Do what is due; returns the attempts to send."""
        self._look(now_ns)
        attempts = [self._as_held(due) if self._held_before(due) else due for due in super().step(now_ns)]
        for attempt in attempts:
            if not self._confirms(attempt):
                self.under_way.add(attempt)
                if self._held_before(attempt):
                    self._measure.held(attempt)
                else:
                    self._measure.issued(attempt)
        self._seen(now_ns)
        return attempts

    def next_ns(self) -> int:
        """When there is something to do if nothing happens before, events to come included."""
        next_ns = super().next_ns()
        for stream, events in self.arrivals.items():
            next_ns = min(next_ns, events.look_ns(self.flows[stream], next_ns))
        return next_ns

    def request(self, attempt: Attempt) -> wire.Request:
        """An attempt in HTTP's shape; what was held before the run is held for the rest of its time."""
        request = super().request(attempt)
        hold_ns = self._scenario.commands.server_hold_ns
        if hold_ns and self._held_before(attempt):
            left_ns = hold_ns - stationary_start.held_ns(self._scenario, self.index)
            request = request._replace(
                headers={**request.headers, "Prefer": f"wait={-(-left_ns // SECOND_NS)}"}
            )
        if self._goes is not None and not self._confirms(attempt):
            self._goes(request, attempt, self.index)
        return request

    def answered(
        self, attempt: Attempt, status: int, headers: wire.Headers, body: bytes, now_ns: int
    ) -> None:
        """An answer has arrived in full."""
        self._look(now_ns)
        logins = self.logins
        self.under_way.discard(attempt)
        useless = status == 200 and attempt.flow.stream == Stream.LOGIN and wire.token_of(body) is None
        self._measure.answered(attempt, 0 if useless else status, now_ns)
        super().answered(attempt, status, headers, body, now_ns)
        if self.logins > logins:
            self._measure.logged_in(self._began_ns, now_ns)
            self._began_ns = -1
        self._seen(now_ns)

    def lost(self, attempt: Attempt, now_ns: int) -> None:
        """The attempt ended without an answer."""
        self._look(now_ns)
        self.under_way.discard(attempt)
        self._measure.lost(attempt, now_ns)
        super().lost(attempt, now_ns)
        self._seen(now_ns)

    def timed_out(self, attempt: Attempt, now_ns: int, asked: bool = True) -> None:
        """The deadline has come; a poll held long enough is as good as an empty answer."""
        self._look(now_ns)
        self.under_way.discard(attempt)
        if asked and attempt.flow.stream == Stream.COMMANDS and self.patience.hold_is_shorter:
            self._measure.answered(attempt, 200, now_ns)
        else:
            self._measure.timed_out(attempt, now_ns)
        super().timed_out(attempt, now_ns, asked)
        self._seen(now_ns)

    def carry_out(self, command: Command) -> object:
        """A command has come: {"command": "ping", "created_ns": instant of the run}."""
        created_ns = command.fields.get("created_ns")
        if isinstance(created_ns, int) and created_ns not in self._had_commands:
            self._had_commands.add(created_ns)
            self._measure.command_delivered(created_ns, monotonic_ns())
        return "pong"

    # ---- what happens to it -----------------------------------------------------------------

    def forget_key(self) -> None:
        """From now on the agent's credentials are not accepted."""
        self.who = self.who._replace(key="x" * 64)

    def end(self, now_ns: int) -> None:
        """The agent dies: what is under way is lost, and waits again for who comes after it."""
        for attempt in self.under_way:
            self._measure.lost(attempt, now_ns)
        self._measure.went_offline(-int(self._counted_offline))
        for flow in self.flows.values():
            for exchange in reversed(flow.live):
                if flow.events is not None and exchange.ranges:
                    flow.events.outbox.give_back(exchange.ranges)
                    exchange.ranges = ()

    # ---- parts ------------------------------------------------------------------------------

    def _look(self, now_ns: int) -> None:
        self._measure.now_ns = now_ns
        for events in self.arrivals.values():
            events.admit(now_ns)

    def _seen(self, now_ns: int) -> None:
        """Something has happened to the agent: note what can be seen of it."""
        if self.offline != self._counted_offline:
            self._counted_offline = self.offline
            self._measure.went_offline(1 if self.offline else -1)
        self._wave.look(self.index, now_ns, state_of(self))

    def _confirms(self, attempt: Attempt) -> bool:
        """A confirmation of a command, which the model does not know and nobody counts."""
        return attempt.flow is self.confirming

    def _as_held(self, attempt: Attempt) -> Attempt:
        held_ns = stationary_start.held_ns(self._scenario, self.index)
        started_ns = self._measure.origin_ns - held_ns
        deadline_ns = attempt.deadline_ns
        if deadline_ns < NEVER:
            deadline_ns += started_ns - attempt.started_ns
        return attempt._replace(started_ns=started_ns, deadline_ns=deadline_ns)


def state_of(member: Client) -> int:
    """How an agent does, as the wave shows it; a poll under way is taken to be held."""
    if member.offline:
        return OFFLINE
    session, worst = member.session.state, CONNECTED
    if session == TokenState.LOGIN_WAIT:
        return RETRYING
    if session in (TokenState.LOGGING_IN, TokenState.NONE):
        worst = WAITING
    for flow in member.flows.values():
        for exchange in flow.live:
            polls = flow.stream == Stream.COMMANDS and exchange.state == ExchangeState.IN_FLIGHT
            if exchange.state == ExchangeState.BACKING_OFF or (exchange.attempt > 0 and not polls):
                return RETRYING
            if exchange.state == ExchangeState.AWAITING_TOKEN:
                worst = WAITING
    return worst
