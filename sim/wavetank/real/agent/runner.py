"""One agent at work: its driver, and the events that it accepts and keeps."""

import asyncio
import sqlite3
from collections.abc import Iterable, Mapping
from time import monotonic_ns
from types import MappingProxyType

from wavetank.policy.codes import Stream
from wavetank.protocol.client import Client
from wavetank.protocol.commands import builtin
from wavetank.protocol.tables import TokenState
from wavetank.protocol.wire import EVENT_MOST_BYTES, event_data, size_of
from wavetank.real.agent.driver import Driver as Driver
from wavetank.real.agent.driver import Say
from wavetank.real.agent.outbox import Refused, Store
from wavetank.real.transports.agent.messages import Transport

FULL_S, DISK_S = 0.05, 1.0
"""How soon a full outbox is tried again (a batch takes as long), and a disk that refused (longer)."""

_DISK, _READING = -1, -2
"""The disk's troubles beside those of streams, which are numbered from 0."""


class Agent(Driver):
    """One agent at work. `capacity` bounds the stateful events kept; who brings more has to wait."""

    def __init__(self, client: Client, store: Store, transport: Transport, capacity: int, say: Say) -> None:
        super().__init__(client, transport, say, builtin)
        self.store = store
        self._capacity = capacity
        self._told_of_large = False

    def fault(self, error: Exception) -> None:
        """As `Driver.fault`; an outbox that cannot be read is no fault of this program."""
        if type(error) in (sqlite3.DatabaseError, sqlite3.OperationalError):
            self._note(_READING, f"the outbox cannot be read: {error}")
        else:
            super().fault(error)

    async def accept(
        self,
        stream: Stream,
        texts: Iterable[str],
        source: str = "",
        position: object = None,
        counted: Mapping[str, int] = MappingProxyType({}),
    ) -> list[int | None]:
        """Accept events, once there is room for them; returns their sequences (None: dropped).

        What is `counted` is committed with them, as is the `position` up to which `source` was read.
        """
        outbox, texts = self.store.streams[stream].outbox, list(texts)
        while True:
            while stream == Stream.STATEFUL and outbox.held >= self._capacity:
                await asyncio.sleep(FULL_S)
            try:
                accepted = self.store.accept(stream, texts, monotonic_ns(), source, position, counted)
            except Refused as error:
                self._note(_DISK, f"events cannot be kept: {error}")
                await asyncio.sleep(DISK_S)
                continue
            self._note(_DISK, "")
            if None in accepted:
                self._tell_of_large(texts)
            self.pump()
            return accepted

    def _tell_of_large(self, texts: Iterable[str]) -> None:
        """Say once why an event was refused that no request could ever hold."""
        if not self._told_of_large and any(size_of(event_data(text)) > EVENT_MOST_BYTES for text in texts):
            self._told_of_large = True
            self.warn(
                f"an event was refused, and counted as dropped: in JSON it is larger than the"
                f" {EVENT_MOST_BYTES:,} bytes that fit into a request (others will be counted alone)"
            )

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
            "faults": self.faults,
            "queued": self.store.queued(),
            "counts": dict(sorted(self.store.counts.items())),
        }
