"""Drives `protocol.client` with asyncio: it says what to send and when to look again, this waits."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from pathlib import Path
from time import monotonic_ns
from typing import Protocol

from wavetank.policy.codes import Stream
from wavetank.policy.rate_map import NEVER
from wavetank.protocol.client import Attempt, Client
from wavetank.protocol.commands import builtin
from wavetank.protocol.tables import TokenState
from wavetank.protocol.wire import Command, Request
from wavetank.real.agent.outbox import Refused, Store
from wavetank.real.private import write_private
from wavetank.real.transports.agent.http1 import Answer, Lost

LONGEST_S = 3600.0
FULL_S = 0.05
DISK_S = 1.0
FAREWELL_S = 2.0

Say = Callable[[str], None]


class Transport(Protocol):
    """Carries a request of a stream to the server and back."""

    async def ask(self, lane: int, request: Request) -> Answer:
        """Raises Lost."""
        ...

    async def close(self) -> None:
        """Let go of every connection."""
        ...


class Agent:
    """One agent at work. `capacity` bounds the stateful events kept; who brings more has to wait."""

    def __init__(
        self,
        client: Client,
        store: Store,
        transport: Transport,
        capacity: int,
        say: Say,
        carry_out: Callable[[Command], object] = builtin,
    ) -> None:
        self.client = client
        self.store = store
        self._transport = transport
        self._capacity = capacity
        self._say = say
        self._carry_out = carry_out
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._troubles: dict[int, str] = {}
        self._stopping = False

    # ---- events -----------------------------------------------------------------------------

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
                self._report(None, f"events cannot be kept: {error}")
                await asyncio.sleep(DISK_S)
                continue
            self._report(None, "")
            self.pump()
            return accepted

    @property
    def idle(self) -> bool:
        """Whether no event is left to deliver."""
        return not any(kept.outbox.held for kept in self.store.streams.values()) and self.store.tidy()

    # ---- requests ---------------------------------------------------------------------------

    async def run(self, until: Awaitable[object]) -> None:
        """Work until `until` is over; requests under way are given a moment to end."""
        self.client.begin(monotonic_ns())
        self.pump()
        try:
            await until
        finally:
            self._stopping = True
            if self._timer is not None:
                self._timer.cancel()
            events = {task for task in self._tasks if task.get_name() != Stream.COMMANDS.name}
            if events:
                await asyncio.wait(events, timeout=FAREWELL_S)
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
        client = self.client
        left_s = (attempt.deadline_ns - monotonic_ns()) / 1e9 if attempt.deadline_ns < NEVER else None
        try:
            async with asyncio.timeout(left_s):
                answer = await self._transport.ask(attempt.flow.stream, client.request(attempt))
        except TimeoutError:
            client.timed_out(attempt, monotonic_ns())
        except Lost as error:
            self._report(attempt, f"the server cannot be reached: {error}")
            client.lost(attempt, monotonic_ns())
        else:
            client.answered(attempt, answer.status, answer.headers, answer.body, monotonic_ns())
            refused = answer.status >= 400 and (answer.status != 401 or client.offline)
            self._report(attempt, f"the server answers {answer.status}" if refused else "")
        while client.commands:
            command = client.commands.pop(0)
            known = self.store.result_of(command.id)
            result = known[0] if known else self._carry_out(command)
            if not known:
                self.store.remember(command.id, result)
            client.confirm(command.id, result, monotonic_ns())
        self.pump()

    def _report(self, attempt: Attempt | None, trouble: str) -> None:
        """Say what is wrong with a stream (None: the disk) once, and once that all is well again."""
        if self.client.offline:
            trouble = "the server refuses this agent's credentials; it will ask again in a minute"
        before = set(self._troubles.values())
        self._troubles[-1 if attempt is None else attempt.flow.stream] = trouble
        after = set(self._troubles.values())
        if trouble and trouble not in before:
            self._say(trouble)
        elif after == {""} != before:
            self._say("all is well again")

    # ---- what can be seen -------------------------------------------------------------------

    def status(self) -> dict[str, object]:
        """Counts and state, as `wavetank agent status` tells them."""
        return {
            "state": TokenState(self.client.session.state).name.lower().replace("_", "-"),
            "trouble": "; ".join(sorted(set(filter(None, self._troubles.values())))),
            "logins": self.client.logins,
            "refused_commits": self.store.refused,
            "queued": self.store.queued(),
            "counts": dict(sorted(self.store.counts.items())),
        }

    def write_status(self, path: Path, more: dict[str, object]) -> None:
        """Write the status to a file that `wavetank agent status` reads."""
        with suppress(OSError):
            write_private(path, json.dumps({**more, **self.status()}))

    async def keep_status(self, path: Path, more: dict[str, object], every_s: float = 1.0) -> None:
        """Write the status whenever it has changed, for ever."""
        written: dict[str, object] = {}
        while True:
            if self.status() != written:
                written = self.status()
                self.write_status(path, more)
            self.store.tidy()
            await asyncio.sleep(every_s)
