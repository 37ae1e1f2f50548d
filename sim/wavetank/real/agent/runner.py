"""Drives `protocol.client` with asyncio: it says what to send and when to look again, this waits."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from time import monotonic_ns

from wavetank.policy.codes import Stream
from wavetank.policy.rate_map import NEVER
from wavetank.protocol.client import Attempt, Client
from wavetank.protocol.commands import builtin
from wavetank.protocol.tables import TokenState
from wavetank.protocol.troubles import Troubles
from wavetank.protocol.wire import Command
from wavetank.real.agent.outbox import Refused, Store
from wavetank.real.transports.agent.messages import Lost, Transport

LONGEST_S, FAREWELL_S = 3600.0, 2.0
FULL_S, DISK_S = 0.05, 1.0
_DISK = -1

Say = Callable[[str], None]


class Driver:
    """Gives a client its time and its connections; `say` tells of trouble, `carry_out` obeys commands."""

    def __init__(
        self, client: Client, transport: Transport, say: Say, carry_out: Callable[[Command], object]
    ) -> None:
        self.client = client
        self._transport = transport
        self._say = say
        self._carry_out = carry_out
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._troubles = Troubles()
        self._stopping = False

    async def run(self, until: Awaitable[object], farewell_s: float = FAREWELL_S) -> None:
        """Work until `until` is over; batches under way are given a moment to end."""
        self.client.begin(monotonic_ns())
        self.pump()
        try:
            await until
        finally:
            self._stopping = True
            if self._timer is not None:
                self._timer.cancel()
            batches = {task for task in self._tasks if task.get_name() != Stream.COMMANDS.name}
            if batches and farewell_s:
                await asyncio.wait(batches, timeout=farewell_s)
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._transport.close()

    def pump(self) -> None:
        """Send what is due, and set the timer for what comes next."""
        if self._stopping:
            return
        for attempt in self.client.step(monotonic_ns()):
            task = asyncio.create_task(self._exchange(attempt), name=Stream(attempt.flow.stream).name)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if self._timer is not None:
            self._timer.cancel()
        wait_s = min(LONGEST_S, max(0, self.client.next_ns() - monotonic_ns()) / 1e9)
        self._timer = asyncio.get_running_loop().call_later(wait_s, self.pump)

    async def _exchange(self, attempt: Attempt) -> None:
        client, stream = self.client, attempt.flow.stream
        left_s = (attempt.deadline_ns - monotonic_ns()) / 1e9 if attempt.deadline_ns < NEVER else None
        try:
            async with asyncio.timeout(left_s):
                answer = await self._transport.ask(stream, client.request(attempt))
        except TimeoutError:
            client.timed_out(attempt, monotonic_ns(), self._transport.asked(stream))
        except Lost as error:
            self._note(stream, f"the server cannot be reached: {error}")
            client.lost(attempt, monotonic_ns())
        else:
            client.answered(attempt, answer.status, answer.headers, answer.body, monotonic_ns())
            refused = answer.status >= 400 and answer.status != 401
            self._note(stream, f"the server answers {answer.status}" if refused else "")
        if stream == Stream.LOGIN and client.offline:
            self._note(stream, "the server refuses this agent's credentials; it will ask again in a minute")
        while client.commands:
            command = client.commands.pop(0)
            client.confirm(command.id, self._carry_out(command), monotonic_ns())
        self.pump()

    def _note(self, part: int, trouble: str) -> None:
        said = self._troubles.note(part, trouble)
        if said:
            self._say(said)


class Agent(Driver):
    """One agent at work. `capacity` bounds the stateful events kept; who brings more has to wait."""

    def __init__(self, client: Client, store: Store, transport: Transport, capacity: int, say: Say) -> None:
        super().__init__(client, transport, say, builtin)
        self.store = store
        self._capacity = capacity

    async def accept(
        self, stream: Stream, texts: Iterable[str], source: str = "", position: object = None
    ) -> list[int | None]:
        """Accept events, once there is room for them; returns their sequences (None: dropped)."""
        outbox, texts = self.store.streams[stream].outbox, list(texts)
        while True:
            while stream == Stream.STATEFUL and outbox.held >= self._capacity:
                await asyncio.sleep(FULL_S)
            try:
                accepted = self.store.accept(stream, texts, monotonic_ns(), source, position)
            except Refused as error:
                self._note(_DISK, f"events cannot be kept: {error}")
                await asyncio.sleep(DISK_S)
                continue
            self._note(_DISK, "")
            self.pump()
            return accepted

    @property
    def idle(self) -> bool:
        """Whether no event is left to deliver."""
        return self.store.tidy() and not any(self.store.queued().values())

    def status(self) -> dict[str, object]:
        """Counts and state, as `wavetank agent status` tells them."""
        return {
            "state": TokenState(self.client.session.state).name.lower().replace("_", "-"),
            "trouble": "; ".join(self._troubles.all()),
            "logins": self.client.logins,
            "refused_commits": self.store.refused,
            "queued": self.store.queued(),
            "counts": dict(sorted(self.store.counts.items())),
        }
