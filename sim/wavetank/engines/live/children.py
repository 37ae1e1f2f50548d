"""The processes of a live run: each ends with its parent, however that ends."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from time import monotonic
from typing import Any

from wavetank.engines.processes import launching
from wavetank.errors import CannotRun

START_S = 60.0
"""A process imports and listens within 2 s on an idle machine; a busy one may take long."""

STOP_S = 15.0
"""The server commits and closes within a second or two; after this it is killed."""


class Child:
    """A process that runs `work(connection, *arguments)`; `name` is how messages call it."""

    def __init__(self, name: str, work: Callable[..., None], *arguments: Any) -> None:
        self.name = name
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        # As a daemon it ends with us even where a Ctrl-C comes before anybody knows of it.
        self._process = context.Process(
            target=work, args=(theirs, *arguments), name=f"wavetank {name}", daemon=True
        )
        try:
            with launching():
                self._process.start()
        except BaseException:
            if self._process.pid is not None:
                self.kill()
            raise
        finally:
            theirs.close()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid or 0

    def send(self, message: Any) -> None:
        """Tell it something. Raises CannotRun if it has died."""
        try:
            self.connection.send(message)
        except OSError:
            raise self._died() from None

    def poll(self, most_s: float) -> bool:
        """Whether it says something within so many seconds, or has died."""
        return self.connection.poll(max(0.0, most_s))

    def hear(self) -> Any:
        """Wait for the child's next message. Raises CannotRun when the child fails or dies."""
        try:
            kind, said = self.connection.recv()
        except (EOFError, OSError):
            raise self._died() from None
        if kind == "failed":
            raise CannotRun(str(said))
        return said

    def hear_soon(self, most_s: float = START_S) -> Any:
        """As `hear`, but it must say something within so many seconds."""
        if not self.poll(most_s):
            raise CannotRun(f"the {self.name} did not begin within {most_s:g} s; is the machine overloaded?")
        return self.hear()

    def _died(self) -> CannotRun:
        self._process.join(STOP_S)
        return CannotRun(f"the {self.name} ended unexpectedly (status {self._process.exitcode})")

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.join()
        self.connection.close()

    def stop(self) -> None:
        """Ask the process to end, wait for it a while, then kill it."""
        if self._process.is_alive():
            self._process.terminate()
            self._process.join(STOP_S)
        self.kill()


def tell(connection: Connection, kind: str, said: Any) -> None:
    """Send a message to the parent process, if it still listens. Called in the child."""
    with suppress(OSError):
        connection.send((kind, said))


def end_with_parent(last_wish: Callable[[], None]) -> None:
    """Called in a process: when its parent is gone, it does its `last_wish` and ends."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        last_wish()
        os._exit(1)

    threading.Thread(target=wait, daemon=True, name="parent").start()


def terminate_self(ended: threading.Event, most_s: float = STOP_S) -> None:
    """Ask this process's main thread to end, and wait until it has."""
    os.kill(os.getpid(), signal.SIGTERM)
    until = monotonic() + most_s
    while not ended.is_set() and monotonic() < until:
        ended.wait(0.1)
