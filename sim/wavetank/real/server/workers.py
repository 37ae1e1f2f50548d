"""Threads beside the event loop for work that takes longer than others should wait."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from wavetank.real.transports.server.messages import Refused

T = TypeVar("T")
# Python runs one thread at a time, so a third would only make the event loop wait longer for its turn. The
# second keeps one large body from holding up the next.
_THREADS = 2
# As many as wait for a password: the budget for bodies ends before that when they are large.
_MOST_WAITING = 256
_LATER = (("Retry-After", "1"),)


class Workers:
    """A bounded pool; an address without credentials has one place in it."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_THREADS, "work")
        self._strangers: set[str] = set()
        self._under_way = 0

    async def run(self, work: Callable[[], T], stranger: str = "") -> T:
        """Do something in a thread.

        Parameters
        ----------
        work
            What to do; it may raise Refused.
        stranger
            The address that asks for it, where nobody knows yet who that is.

        Raises
        ------
        Refused
            503 when too much waits already, 429 when the address has something under way.
        MemoryError
            When there is no room for another thread.
        """
        if self._under_way >= _MOST_WAITING:
            raise Refused(503, "too much work at once", "work", _LATER)
        with self._place(stranger):
            self._under_way += 1
            try:
                return await self._submitted(work)
            finally:
                self._under_way -= 1

    @contextmanager
    def _place(self, stranger: str) -> Iterator[None]:
        if stranger and stranger in self._strangers:
            raise Refused(429, "one large body at a time before a login", "work", _LATER)
        self._strangers.add(stranger)
        try:
            yield
        finally:
            self._strangers.discard(stranger)

    def _submitted(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        try:
            return asyncio.get_running_loop().run_in_executor(self._pool, work)
        except RuntimeError as error:
            raise MemoryError(str(error)) from None

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(cancel_futures=True)
