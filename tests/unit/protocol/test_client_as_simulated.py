"""The runnable agent's protocol in virtual time does what the simulated agent does, attempt by attempt."""

import json

import pytest

from wavetank.engines.reference import run
from wavetank.policy.codes import AuthScheme, Cause, FaultKind, Stream
from wavetank.protocol.client import Attempt, Client, Identity
from wavetank.protocol.generator import Generator
from wavetank.protocol.in_memory import MemoryEvents
from wavetank.protocol.order import Message
from wavetank.protocol.server import Authority
from wavetank.scenario import loads
from wavetank.scenario.resolved import Resolved

STORM = """
duration = "10min"
seed = 7
fleet.agents = 2
fleet.start = "cold"
auth = { scheme = "server-token", ttl = "100s", renew = "before-expiry", margin = "9s", jitter = "30s" }
batching.stateless = { count = 4, age = "6s", buffer_events = 12, overflow = "drop-oldest" }
batching.stateful = { bytes = "900B", age = "7s", age_from = "resume", pause_after = "1s" }
retry.login = { backoff = { law = "full-jitter", base = "1s", cap = "20s" } }
retry.stateless = { attempts = 3, backoff = { law = "decorrelated", base = "1s", cap = "9s" } }
retry.stateful = { backoff = { law = "equal-jitter", base = "2s", cap = "1min", jitter = "500ms" } }

[[fleet.class]]
name = "one"
share = "100%"
stateless = { rate = "0.7/s", size = "200B" }
stateful = { rate = "0.4/s", size = "300B" }

[[fault]]
kind = "node-restart"
node = 0
at = "150s"
down = "95s"

[[fault]]
kind = "key-rotation"
at = "400s"
"""

Sent = tuple[int, int, int, int]


def simulated(resolved: Resolved, agent: int) -> list[Sent]:
    """(time, stream, request, attempt) of every attempt in the reference engine."""
    rows = run(resolved, trace_agents=(agent,)).trace
    assert rows is not None
    return sorted(
        (row.sent_ns, row.stream, row.request, row.attempt) for row in rows if row.message == Message.SYN
    )


class Tank:
    """A server without delay, with the scenario's faults; the client sends into it."""

    def __init__(self, resolved: Resolved, agent: int) -> None:
        self.resolved = resolved
        kind = resolved.classes[0]
        drops = MemoryEvents(resolved.batching[0].buffer_events, True)
        self.events = {Stream.STATELESS: drops, Stream.STATEFUL: MemoryEvents()}
        self.arrivals = {
            stream: Generator(source, resolved.seed, agent, stream, resolved.empirical)
            for stream, source in ((Stream.STATELESS, kind.stateless), (Stream.STATEFUL, kind.stateful))
        }
        self.client = Client(resolved, Identity("uuid", "key", "host", "epoch"), self.events, agent)
        self.authority = Authority(AuthScheme.SERVER_TOKEN, resolved.auth.ttl_ns, ())
        self.sent: list[Sent] = []
        self.faults = list(resolved.faults)
        self.now = 0
        self.down_until = 0

    def run(self) -> list[Sent]:
        self.client.begin(0)
        while self.now < self.resolved.duration_ns:
            while self.faults and self.faults[0].at_ns <= self.now:
                fault = self.faults.pop(0)
                if fault.kind == FaultKind.KEY_ROTATION:
                    self.authority.rotate()
                else:
                    self.down_until = fault.at_ns + fault.lasts_ns
            for stream, arrivals in self.arrivals.items():
                for text in arrivals.take(self.now, 10**9):
                    self.events[stream].put(text, self.now)
            while attempts := self.client.step(self.now):
                for attempt in attempts:
                    self.serve(attempt)
            soonest = [arrivals.next_ns() for arrivals in self.arrivals.values()]
            self.now = min(self.client.next_ns(), *soonest, *(fault.at_ns for fault in self.faults[:1]))
        return sorted(self.sent)

    def serve(self, attempt: Attempt) -> None:
        flow, exchange = attempt.flow, attempt.exchange
        self.sent.append((self.now, flow.stream, exchange.request, exchange.attempt))
        if self.now < self.down_until:
            self.client.lost(attempt, self.now)
            return
        generation, _, expires = attempt.token.partition(".")
        known = (int(generation or 0), int(expires or 0))
        if self.authority.refusal(0, flow.stream, *known, self.now) != Cause.NONE:
            self.client.answered(attempt, 401, {}, b"", self.now)
            return
        token = f"{self.authority.generation}.{self.now + self.authority.ttl_ns}"
        body = json.dumps({"access_token": token, "expires_in": self.authority.ttl_ns / 1e9}).encode()
        self.client.answered(attempt, 200, {}, body, self.now)


@pytest.mark.parametrize("agent", [0, 1])
@pytest.mark.parametrize(
    "sets",
    [
        (),
        ("auth.renew=on-expiry",),
        ("auth.renew=on-rejection", "auth.on_rejection=backoff"),
        ("batching.stateless.max_in_flight=0", "batching.stateful.age_from=flush"),
    ],
)
def test_every_attempt_is_made_when_the_simulated_agent_makes_it(sets: tuple[str, ...], agent: int) -> None:
    resolved = loads(STORM, sets).resolve()
    expected = simulated(resolved, agent)
    assert {stream for _, stream, _, _ in expected} == {Stream.LOGIN, Stream.STATELESS, Stream.STATEFUL}
    assert max(attempt for *_, attempt in expected) >= 3
    assert Tank(resolved, agent).run() == expected


def test_events_add_up() -> None:
    tank = Tank(loads(STORM).resolve(), 0)
    tank.run()
    for stream, kept in tank.events.items():
        made = tank.arrivals[stream].made
        assert made == kept.acknowledged + kept.outbox.held + sum(kept.drops.values())
    assert sum(tank.events[Stream.STATELESS].drops.values()) > 0
