"""A member of the live fleet in virtual time: in a steady fleet it does what the simulated agent does."""

import ast
import json
from pathlib import Path

import pytest

from wavetank.engines.live import instrumented_client as module
from wavetank.engines.live.arrivals import Arrivals
from wavetank.engines.live.instrumented_client import InstrumentedClient
from wavetank.engines.live.measure import Measure
from wavetank.engines.live.wave import Wave
from wavetank.engines.reference import run
from wavetank.policy.codes import DropCause, Stream
from wavetank.policy.rate_map import NEVER
from wavetank.protocol.client import Attempt, Identity
from wavetank.protocol.order import Message
from wavetank.protocol.tables import ExchangeState
from wavetank.results.accounting import imbalances
from wavetank.results.states import CONNECTED, OFFLINE, RETRYING, WAITING
from wavetank.results.tally import Tally
from wavetank.scenario import loads
from wavetank.scenario.resolved import Resolved

STEADY = """
duration = "3min"
warmup = "20s"
seed = 5
fleet.agents = 3
auth = { scheme = "server-token", ttl = "100s", renew = "before-expiry", margin = "9s", jitter = "3s" }
batching.stateless = { count = 4, age = "6s", buffer_events = 9, overflow = "drop-oldest" }
batching.stateful = { bytes = "900B", age = "7s", age_from = "resume", pause_after = "1s" }
commands = { channel = "poll", period = "13s" }

[[fleet.class]]
name = "one"
share = "100%"
stateless = { rate = "0.7/s", size = "200B" }
stateful = { rate = "0.4/s", size = { law = "uniform", low = "90B", high = "300B" } }
"""

Sent = tuple[int, int, int, int, int]
S = 1_000_000_000
ORIGIN = 1_234_567_890_123


class Tank:
    """A server without delay; `fate` says what becomes of an attempt (an HTTP status, 0: it is lost)."""

    def __init__(self, resolved: Resolved, agent: int, steady: bool = True) -> None:
        self.resolved = resolved
        self.measure = Measure(resolved)
        self.wave = Wave(resolved)
        self.measure.origin_ns = self.wave.origin_ns = ORIGIN
        kind = resolved.classes[0]
        self.events = {
            stream: Arrivals(resolved, agent, 0, stream, source, self.measure)
            for stream, source in ((Stream.STATELESS, kind.stateless), (Stream.STATEFUL, kind.stateful))
        }
        who = Identity("uuid", "key", "host", "epoch")
        self.member = InstrumentedClient(resolved, who, self.events, agent, self.measure, self.wave)
        self.member.token = "before" if steady else ""
        self.now = ORIGIN
        self.sent: list[Sent] = []

    def run(self) -> list[Sent]:
        for events in self.events.values():
            self.measure.window(events)
        self.member.begin(ORIGIN)
        end = ORIGIN + self.resolved.duration_ns
        while self.now < end:
            for attempt in self.member.step(self.now):
                self.answer(attempt)
            self.now = max(self.now, min(end, self.member.next_ns()))
        return sorted(self.sent)

    def fate(self, attempt: Attempt) -> int:
        return 200

    def answer(self, attempt: Attempt) -> None:
        flow, exchange = attempt.flow, attempt.exchange
        key = (self.now - ORIGIN, int(flow.stream), exchange.request, attempt.number, exchange.events)
        self.sent.append(key)
        status = self.fate(attempt)
        if not status:
            self.member.lost(attempt, self.now)
            return
        granted = json.dumps({"access_token": "t", "expires_in": self.resolved.auth.ttl_ns // S}).encode()
        self.member.answered(attempt, status, {}, granted if flow.stream == Stream.LOGIN else b"{}", self.now)

    def close(self) -> Tally:
        self.measure.close()
        for events in self.events.values():
            events.admit(self.now)
            counts = self.measure.tally.events[events.stream - Stream.STATELESS]
            counts.produced, counts.queued = events.outbox.seen, events.outbox.held
        return self.measure.tally


def simulated(resolved: Resolved, agent: int) -> list[Sent]:
    rows = run(resolved, trace_agents=(agent,)).trace
    return sorted(
        (row.sent_ns, row.stream, row.request, row.attempt, row.events)
        for row in rows
        if row.message == Message.REQUEST
    )


@pytest.mark.parametrize("agent", range(3))
@pytest.mark.parametrize("age_from", ["first-event", "flush", "resume"])
def test_steady_agent_sends_what_the_simulated_one_sends(agent: int, age_from: str) -> None:
    """Every batch, poll and login in the same nanosecond, with as many events."""
    resolved = loads(STEADY).but(f"batching.*.age_from={age_from}").resolve()
    sent = Tank(resolved, agent).run()
    expected = simulated(resolved, agent)
    assert {stream for _, stream, *_ in sent} == {
        Stream.LOGIN,
        Stream.STATELESS,
        Stream.STATEFUL,
        Stream.COMMANDS,
    }
    assert sent == expected


def test_it_counts_what_the_simulator_counts() -> None:
    resolved = loads(STEADY).but("fleet.agents=1").resolve()
    tank = Tank(resolved, 0)
    tank.run()
    counted, expected = tank.close(), run(resolved)
    assert list(imbalances(counted)) == []
    for name in ("issued", "ok", "window_requests", "window_delivered", "window_logins", "login_peak"):
        assert getattr(counted, name) == getattr(expected, name), name
    for name in ("requests", "logins", "delivered", "dropped", "retries"):
        assert getattr(counted.series, name) == getattr(expected.series, name), name
    for mine, theirs in zip(counted.events, expected.events, strict=True):
        assert (mine.produced, mine.delivered, mine.dropped, mine.queued) == (
            theirs.produced, theirs.delivered, theirs.dropped, theirs.queued
        )  # fmt: skip
    for mine_of, theirs_of in zip(counted.event_latency[0], expected.event_latency[0], strict=True):
        assert (mine_of.created, mine_of.delivered) == (theirs_of.created, theirs_of.delivered)
        assert mine_of.histogram.max_ns == theirs_of.histogram.max_ns
    assert (counted.outbox_max, counted.backlog_age_max_ns) == (
        expected.outbox_max,
        expected.backlog_age_max_ns,
    )


class Away(Tank):
    """The server is not there for half of the time, and rejects what comes just after that."""

    def fate(self, attempt: Attempt) -> int:
        at_s = (self.now - ORIGIN) // S
        if 30 <= at_s < 120:
            return 0
        return 503 if 120 <= at_s < 125 else 401 if 125 <= at_s < 130 and attempt.token == "before" else 200


def test_accounts_balance_when_the_server_is_away() -> None:
    law = "backoff={law='full-jitter', base='1s', cap='10s'}"
    retries = [f"retry.{name}.{law}" for name in ("login", "stateless", "stateful", "commands")]
    tank = Away(loads(STEADY).but(*retries, "retry.stateless.attempts=3").resolve(), 1)
    tank.run()
    tally = tank.close()
    assert list(imbalances(tally)) == []
    assert sum(tally.lost) > 0
    assert tally.retries > 0
    assert tally.events[0].dropped[DropCause.OVERFLOW] + tally.events[0].dropped[DropCause.ATTEMPTS] > 0
    assert sum(tally.events[1].dropped) == 0
    (row,) = {bytes(tank.wave.rows({})[1])}
    assert {CONNECTED, RETRYING} <= set(row)


def test_refused_login_takes_it_offline_for_a_minute() -> None:
    class Refused(Tank):
        def fate(self, attempt: Attempt) -> int:
            return 401 if attempt.flow.stream == Stream.LOGIN else 200

    tank = Refused(loads(STEADY).resolve(), 0, steady=False)
    sent = tank.run()
    assert [key[:2] for key in sent] == [(n * 60 * S, Stream.LOGIN) for n in range(3)]
    tally = tank.close()
    assert (tally.offline_max, tally.cold_begins, tally.rejected[Stream.LOGIN]) == (1, 1, 3)
    assert OFFLINE in tank.wave.rows({})[0]


def test_poll_that_was_held_before_is_held_for_the_rest_of_its_time() -> None:
    commands = "commands={channel='long-poll', hold='60s', server_hold='100s'}"
    tank = Tank(loads(STEADY).but(commands, "auth.ttl=1h").resolve(), 0)
    tank.member.begin(ORIGIN)
    (poll,) = [attempt for attempt in tank.member.step(ORIGIN) if attempt.flow.stream == Stream.COMMANDS]
    assert ORIGIN - 60 * S < poll.started_ns <= ORIGIN
    assert poll.deadline_ns == poll.started_ns + 60 * S
    wait_s = int(tank.member.request(poll).headers["Prefer"].removeprefix("wait="))
    assert 40 <= wait_s <= 100
    tank.member.timed_out(poll, poll.deadline_ns)
    assert tank.measure.tally.ok[Stream.COMMANDS] == 1
    tank.now = poll.deadline_ns
    (again,) = [attempt for attempt in tank.member.step(tank.now) if attempt.flow.stream == Stream.COMMANDS]
    assert "Prefer" not in tank.member.request(again).headers


def test_what_was_under_way_waits_for_the_agents_next_life() -> None:
    resolved = loads(STEADY).but("auth.ttl=1h").resolve()
    tank = Tank(resolved, 0)
    tank.member.begin(ORIGIN)
    tank.now = ORIGIN + 20 * S
    attempts = [attempt for attempt in tank.member.step(tank.now) if attempt.flow.batching is not None]
    assert attempts
    held = {stream: events.outbox.held for stream, events in tank.events.items()}
    tank.member.end(tank.now)
    assert {stream: events.outbox.held for stream, events in tank.events.items()} == held
    assert {stream: len(events.outbox) for stream, events in tank.events.items()} == held
    assert sum(tank.measure.tally.lost) == len(attempts) + 1  # the poll
    for attempt in attempts:
        tank.member.answered(attempt, 200, {}, b"{}", tank.now)
    assert sum(tank.measure.tally.ok) == 0


def test_state_is_seen() -> None:
    tank = Tank(loads(STEADY).resolve(), 0, steady=False)
    tank.member.begin(ORIGIN)
    (login,) = [attempt for attempt in tank.member.step(ORIGIN) if attempt.flow.stream == Stream.LOGIN]
    assert tank.wave._state[0] == WAITING
    tank.member.lost(login, ORIGIN)
    assert login.exchange.state == ExchangeState.BACKING_OFF or tank.member.next_ns() < NEVER


def test_it_reads_no_private_field_of_the_client() -> None:
    """Private parts of the runnable agent may change without breaking the live fleet."""
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    private = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__")
    ]
    own = {node.attr for node in private if isinstance(node.ctx, ast.Store)}
    own |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert {node.attr for node in private} - own <= {"_replace"}
