"""The operations that are measured, each as one request of the agent's own transport."""

import json
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from wavetank.engines.live.target import Members, Target
from wavetank.errors import CannotRun
from wavetank.policy.codes import Strategy, Stream, Tls
from wavetank.protocol import wire
from wavetank.protocol.identity import Credentials
from wavetank.protocol.wire import Request
from wavetank.real.transports.agent.http1 import Http1
from wavetank.scenario.resolved import Connection, Wire

BATCHES = ((1, 100), (10, 100), (100, 100), (100, 1000))
"""Events of a batch, and bytes of each. Two tell events from bytes, two more show how straight a line is."""

SESSION_TRIES = 3
"""A session may come too late for the next connection; a server that resumes none is asked no longer."""

_NO_WIRE = Wire(0, 0, 0, 0, 0, 0, 0)
_KEPT = Connection(Strategy.KEEP_ALIVE, Tls.V1_3, False, 0, _NO_WIRE)
_FRESH = Connection(Strategy.PER_REQUEST, Tls.V1_3, False, 0, _NO_WIRE)
_RESUMED = Connection(Strategy.PER_REQUEST, Tls.V1_3, True, 0, _NO_WIRE)
NOTHING = Request("GET", "/nothing-is-here", b"", {})
"""A request that is read and refused: what reading one costs."""

Ask = Callable[[], Awaitable[None]]


class Operation(NamedTuple):
    """One kind of request.

    Attributes
    ----------
    name : str
        How tables call it.
    events : int
        Events of a batch, else 0.
    body_bytes : int
        Length of the body.
    """

    name: str
    events: int = 0
    body_bytes: int = 0


class Batch(NamedTuple):
    """A batch of events of one size."""

    stateful: bool
    events: int
    size_bytes: int

    @property
    def name(self) -> str:
        """How tables call it."""
        kind = "stateful" if self.stateful else "stateless"
        return f"{kind}, {self.events} x {self.size_bytes} B"

    @property
    def body_bytes(self) -> int:
        """Length of its body, but for the digits of the sequences."""
        rows = [(0, wire.event_data("x" * self.size_bytes))] * self.events
        request = wire.stateful("", "calibration 0", rows) if self.stateful else wire.stateless("", rows)
        return len(request.body)

    @property
    def operation(self) -> Operation:
        """The operation that sends it."""
        return Operation(self.name, self.events, self.body_bytes)


class Agent:
    """One registered agent with its connections; it has one request under way at a time."""

    def __init__(self, target: Target, ca: Path, members: Members, index: int) -> None:
        """Raises BadAddress."""
        self._ca = ca
        self.who: Credentials = members.credentials(index)
        self._kept = Http1(target.server, ca, _KEPT)
        self._fresh = Http1(target.server, ca, _FRESH)
        self._resumed = Http1(target.server, ca, _RESUMED)
        self._token = ""
        self._next = 0
        self._epoch = f"calibration {index}"

    async def begin(self, management: Http1, target: Target) -> None:
        """Register and log in. Raises CannotRun and Lost."""
        request = wire.register(self.who, target.user, target.password)
        await _expect(management, request, (200, 201), "registration")
        await self.login()
        for _ in range(SESSION_TRIES):
            # The first connection brings a session, and the second shows whether it is taken.
            for _ in range(2):
                await self.resumed()
            if self.resumes:
                return
            await self._resumed.close()
            self._resumed = Http1(target.server, self._ca, _RESUMED)

    async def login(self) -> None:
        """Log in, as after each token's life."""
        request = wire.login(self.who.uuid, self.who.key, "calibration")
        answer = await _expect(self._kept, request, (200,), "login")
        self._token = str(json.loads(answer)["access_token"])

    async def parse(self) -> None:
        """Send a request that is read and refused."""
        await _expect(self._kept, NOTHING, (404,), "a request")

    async def bad_token(self) -> None:
        """Send a request whose token has a wrong signature: it is read and checked, no more."""
        head, dot, signature = self._token.rpartition(".")
        changed = ("B" if signature[0] == "A" else "A") + signature[1:]
        await _expect(self._kept, wire.poll(f"{head}{dot}{changed}", 0), (401,), "a wrong token")

    async def poll(self) -> None:
        """Ask for commands where there are none, and wait for none."""
        await _expect(self._kept, wire.poll(self._token, 0), (200,), "a poll")

    async def handshake(self) -> None:
        """Send the request that is refused on a new connection."""
        await _expect(self._fresh, NOTHING, (404,), "a connection")

    async def resumed(self) -> None:
        """The same with a resumed session."""
        await _expect(self._resumed, NOTHING, (404,), "a connection")

    async def batch(self, batch: Batch) -> None:
        """Send a batch of new events."""
        request = self.request_of(batch)
        await _expect(self._kept, request, (200, 202), "a batch")

    def request_of(self, batch: Batch) -> Request:
        """The request of a batch; its events are new each time."""
        data = wire.event_data("x" * batch.size_bytes)
        rows = [(self._next + index, data) for index in range(batch.events)]
        self._next += batch.events
        if batch.stateful:
            return wire.stateful(self._token, self._epoch, rows)
        return wire.stateless(self._token, rows)

    def held(self, wait_s: int) -> Awaitable[object]:
        """A poll that the server holds."""
        return self._kept.ask(Stream.COMMANDS, wire.poll(self._token, wait_s))

    @property
    def resumes(self) -> bool:
        """Whether its connections resumed sessions."""
        return self._resumed.resumed > 0

    def operations(self) -> dict[Operation, Ask]:
        """Every operation with what does it once."""
        asks: dict[Operation, Ask] = {
            Operation("parse"): self.parse,
            Operation("auth"): self.bad_token,
            Operation("poll"): self.poll,
            Operation("login"): self.login,
            Operation("handshake"): self.handshake,
            Operation("handshake, resumed"): self.resumed,
        }
        return asks | self.batches([Batch(kind, *batch) for kind in (False, True) for batch in BATCHES])

    def batches(self, batches: Iterable[Batch]) -> dict[Operation, Ask]:
        """These batches, each with what sends it once."""
        return {batch.operation: partial(self.batch, batch) for batch in batches}

    async def close(self) -> None:
        """Let go of every connection."""
        for transport in (self._kept, self._fresh, self._resumed):
            await transport.close()


async def _expect(transport: Http1, request: Request, statuses: tuple[int, ...], label: str) -> bytes:
    """The answer's body. Raises CannotRun for another status, and Lost."""
    answer = await transport.ask(0, request)
    if answer.status not in statuses:
        said = answer.body[:200].decode("utf-8", errors="replace")
        raise CannotRun(f"the server answers {answer.status} to {label}: {said}")
    return answer.body
