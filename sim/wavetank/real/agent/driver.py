"""Drives `protocol.client` with asyncio: it says what to send and when to look again, this waits."""

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic_ns

from wavetank.policy.codes import Stream
from wavetank.policy.rate_map import NEVER
from wavetank.protocol.alert_dedup import Troubles
from wavetank.protocol.client import Attempt, Client
from wavetank.protocol.wire import Command
from wavetank.real.transports.agent.messages import Lost, Transport

LONGEST_S, FAREWELL_S = 3600.0, 2.0
"""An agent wakes up at least once an hour; at its end it waits this long for answers."""

AGAIN_S = 1.0
"""After a fault in deciding what to send it is tried again: not at once, or it would fill a core."""

FAULTS_SAID = 100
"""Places in the program whose faults are said; the others are counted alone. It has fewer than that."""

Say = Callable[[str], None]


class Driver:
    """Gives a client its time and its connections; `say` tells of trouble, `carry_out` obeys commands."""

    def __init__(
        self, client: Client, transport: Transport, say: Say, carry_out: Callable[[Command], object]
    ) -> None:
        self.client = client
        self._transport = transport
        self.warn = say
        self._carry_out = carry_out
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._troubles = Troubles()
        self._stopping = False
        self._seen_faults: set[str] = set()
        self.faults = 0

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
        try:
            attempts, next_ns = self.client.step(monotonic_ns()), self.client.next_ns()
        except Exception as error:  # noqa: BLE001  (whatever it is)
            self.fault(error)
            attempts, next_ns = [], monotonic_ns() + round(AGAIN_S * 1e9)
        for attempt in attempts:
            task = asyncio.create_task(self._exchange(attempt), name=Stream(attempt.flow.stream).name)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if self._timer is not None:
            self._timer.cancel()
        wait_s = min(LONGEST_S, max(0, next_ns - monotonic_ns()) / 1e9)
        self._timer = asyncio.get_running_loop().call_later(wait_s, self.pump)

    async def _exchange(self, attempt: Attempt) -> None:
        """Carry an attempt to its end. An error ends this attempt only; the lane goes on."""
        try:
            await self._ask(attempt)
        except Exception as error:  # noqa: BLE001  (whatever it is)
            self.fault(error)
            with suppress(Exception):
                self.client.lost(attempt, monotonic_ns())
        self._obey()
        self.pump()

    def _obey(self) -> None:
        """Carry out the commands that have come, a few at a time; one that fails is confirmed as failed."""
        while self.client.obeys:
            command = self.client.commands.pop(0)
            try:
                result = self._carry_out(command)
            except Exception as error:  # noqa: BLE001  (whatever it is)
                self.fault(error)
                result = {"error": f"{type(error).__name__}: {error}"}
            self.client.confirm(command.id, result, monotonic_ns())

    def fault(self, error: Exception) -> None:
        """Count what nobody expected, and say it with its traceback, once for each place."""
        self.faults += 1
        place = f"{type(error).__name__} {traceback.extract_tb(error.__traceback__)[-1:]}"
        if place not in self._seen_faults and len(self._seen_faults) < FAULTS_SAID:
            self._seen_faults.add(place)
            self.warn("".join(["a fault of this program: ", *traceback.format_exception(error)]).rstrip())

    async def _ask(self, attempt: Attempt) -> None:
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

    def _note(self, part: int, trouble: str) -> None:
        said = self._troubles.note(part, trouble)
        if said:
            self.warn(said)
