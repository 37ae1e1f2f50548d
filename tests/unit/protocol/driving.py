"""A client driven by hand: a clock that is a number, answers that are written down."""

import json

from wavetank.policy.codes import Stream
from wavetank.protocol.client import Attempt, Client, Identity
from wavetank.protocol.in_memory import MemoryEvents
from wavetank.scenario import loads
from wavetank.units import SECOND

WHO = Identity("0190-uuid", "key", "host", "epoch")
BASE = """
duration = "1h"
fleet.agents = 3
auth = { scheme = "server-token", ttl = "100s", renew = "before-expiry", margin = "10s" }
batching.stateful = { count = 3, age = "10s" }
batching.stateless = { count = 2, age = "5s", buffer_events = 4 }
retry.login = { timeout = "7s", backoff = { law = "fixed", base = "2s" } }
retry.stateful = { timeout = "7s", backoff = { law = "exponential", base = "1s", cap = "1min" } }
retry.stateless = { timeout = "7s", attempts = 2, backoff = { law = "fixed", base = "1s" } }
retry.commands = { backoff = { law = "fixed", base = "3s" } }
"""


class Driven:
    """One client with both streams; `sent` holds every attempt, `now` is in seconds."""

    def __init__(self, *sets: str) -> None:
        self.events = {Stream.STATELESS: MemoryEvents(4), Stream.STATEFUL: MemoryEvents()}
        resolved = loads(BASE, sets).resolve()
        self.client = Client(resolved, WHO, self.events, 0)
        self.ns = 0
        self.sent: list[Attempt] = []
        self.client.begin(self.ns)
        self.step()

    @property
    def now(self) -> float:
        return self.ns / SECOND

    @now.setter
    def now(self, seconds: float) -> None:
        self.ns = round(seconds * SECOND)

    def step(self) -> list[Attempt]:
        fresh = self.client.step(self.ns)
        self.sent += fresh
        return fresh

    def put(self, stream: Stream, *texts: str) -> None:
        for text in texts:
            self.events[stream].put(text, self.ns)

    def at(self, seconds: float) -> list[Attempt]:
        """Let time pass, doing what is due when it is due; returns what was sent."""
        until = round(seconds * SECOND)
        fresh = []
        while (due := self.client.next_ns()) <= until:
            self.ns = max(self.ns, due)
            fresh += self.step()
        self.now = seconds
        return fresh + self.step()

    def answer(
        self, attempt: Attempt, status: int = 200, body: object = None, **headers: str
    ) -> list[Attempt]:
        """The answer to an attempt arrives; returns what is sent then."""
        named = {name.lower().replace("_", "-"): text for name, text in headers.items()}
        said = b"" if body is None else json.dumps(body).encode()
        self.client.answered(attempt, status, named, said, self.ns)
        return self.step()

    def grant(self, attempt: Attempt, token: str = "token", life_s: float = 100) -> list[Attempt]:
        """A login succeeds."""
        return self.answer(
            attempt, 200, {"access_token": token, "token_type": "Bearer", "expires_in": life_s}
        )

    def logged_in(self) -> "Driven":
        """Let the first login succeed at once."""
        self.grant(self.sent[0])
        return self


def paths(client: Client, attempts: list[Attempt]) -> list[str]:
    return [client.request(attempt).path for attempt in attempts]
