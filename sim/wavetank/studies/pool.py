"""Worker processes that stay alive between calls, so that a second call pays nothing to start them.

The parent starts one server process, which imports the engines and forks the workers (see `worker`). Each
worker hangs on a socket of its own. It ends when the parent closes that socket or dies.
"""

import atexit
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from select import select
from typing import Any, NamedTuple

from wavetank.errors import WavetankError

TICK_S = 0.1
"""The progress is shown again after so long: smooth for the eye, and cheap."""


class WorkerDied(WavetankError):
    """A worker ended before it answered: `index` is the piece of work that it had."""

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


class _Server(NamedTuple):
    process: "subprocess.Popen[bytes]"
    control: socket.socket


_lock = threading.Lock()
_server: _Server | None = None
_is_ready = False
_idle: list[Connection] = []


def start() -> None:
    """Start the server if there is none, and return at once."""
    global _server
    with _lock:
        if _server is None or _server.process.poll() is not None:
            _forget()
            _server = _started()


def ready(most_s: float | None = 0.0) -> bool:
    """Tell whether workers start without delay. Waits up to `most_s` seconds for it, None for ever.

    Raises WorkerDied when the server died.
    """
    global _is_ready
    with _lock:
        if _server is not None and not _is_ready and select([_server.control], [], [], most_s)[0]:
            if not _server.control.recv(1):
                _end()
                raise WorkerDied(0)
            _is_ready = True
        return _is_ready


def warm() -> None:
    """Start the server and wait until it is ready."""
    start()
    ready(None)


def run(
    function: Callable[[Any, Callable[[int, int], None]], Any],
    items: Sequence[Any],
    workers: int,
    advance: Callable[[int, int, int], None],
    tick: Callable[[], None],
) -> list[Any]:
    """Call `function(item, advance)` for every item, in `workers` processes; the results in order.

    Parameters
    ----------
    function
        A function of a module, so that a worker finds it by its name.
    items
        What it is called with. Items are handed out in order.
    workers
        How many processes work at the same time.
    advance
        Called with (index of an item, and the two numbers that its function reported).
    tick
        Called ten times a second.

    Raises
    ------
    WorkerDied
        When a process ended before it answered.
    Exception
        The first exception that a call raised. All other work is stopped then, and also on Ctrl-C.
    """
    warm()
    crew = _taken(workers)
    try:
        results = _Shift(function, items, advance).through(crew, tick)
    except BaseException:
        for failed in crew:
            failed.close()
        raise
    with _lock:
        _idle.extend(crew)
    return results


class _Shift:
    """The state of one call of `run`: items that wait, items at work by worker, and results."""

    def __init__(
        self, function: Callable[..., Any], items: Sequence[Any], advance: Callable[[int, int, int], None]
    ) -> None:
        self._function = function
        self._items = items
        self._advance = advance
        self._waiting = iter(range(len(items)))
        self._doing: dict[Connection, int] = {}
        self._again: set[int] = set()
        self._crew: list[Connection] = []
        self._results: list[Any] = [None] * len(items)

    def through(self, crew: list[Connection], tick: Callable[[], None]) -> list[Any]:
        """Work until the last item is done. A worker that dies is replaced in `crew`."""
        self._crew = crew
        for connection in list(crew):
            self._give(connection)
        while self._doing:
            can_be_read = wait(list(self._doing), TICK_S)
            for connection in [pipe for pipe in self._doing if pipe in can_be_read]:
                self._hear(connection)
            tick()
        return self._results

    def _give(self, connection: Connection) -> None:
        index = next(self._waiting, None)
        if index is not None:
            self._order(connection, index)

    def _order(self, connection: Connection, index: int) -> None:
        self._doing[connection] = index
        try:
            # Packed twice: a worker that cannot unpack its order can still say which one it was.
            connection.send((index, pickle.dumps((self._function, self._items[index]))))
        except OSError:
            self._replace(connection)

    def _replace(self, connection: Connection) -> None:
        """A worker has died: another one takes its item once; it may have died before it had the item."""
        index = self._doing.pop(connection)
        if index in self._again:
            raise WorkerDied(index)
        self._again.add(index)
        connection.close()
        with _lock:
            successor = _forked()
        self._crew[self._crew.index(connection)] = successor
        self._order(successor, index)

    def _hear(self, connection: Connection) -> None:
        try:
            kind, index, said = connection.recv()
        except (EOFError, OSError):
            self._replace(connection)
            return
        if kind == "at":
            self._advance(index, *said)
            return
        if kind == "failed":
            raise said
        self._results[index] = said
        del self._doing[connection]
        self._give(connection)


def _taken(count: int) -> list[Connection]:
    """So many workers that are alive: idle ones first, the others forked now."""
    crew: list[Connection] = []
    with _lock:
        while len(crew) < count:
            if not _idle:
                crew.append(_forked())
            # an idle worker sends nothing, so a connection that can be read belongs to a worker that has died
            elif (connection := _idle.pop()).poll():
                connection.close()
            else:
                crew.append(connection)
    return crew


def _forked() -> Connection:
    assert _server is not None
    ours, theirs = Pipe()
    try:
        socket.send_fds(_server.control, [b"w"], [theirs.fileno()])
    except OSError:
        ours.close()
        raise WorkerDied(0) from None
    finally:
        theirs.close()
    return ours


def _started() -> _Server:
    ours, theirs = socket.socketpair()
    serve = "from wavetank.studies.worker import serve"
    code = f"import sys; sys.path[:] = {sys.path!r}; {serve}; serve({theirs.fileno()})"
    try:
        with theirs, _no_interrupts():
            process = subprocess.Popen(
                [sys.executable, "-c", code], pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL
            )
    except BaseException:
        ours.close()
        raise
    return _Server(process, ours)


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """Block Ctrl-C here and in the processes that are started meanwhile: it is the parent that hears it."""
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _forget() -> None:
    """Let go of all processes: they end by themselves."""
    global _server, _is_ready
    for connection in _idle:
        connection.close()
    _idle.clear()
    if _server is not None:
        _server.control.close()
    _server, _is_ready = None, False


def _end() -> None:
    """End all processes, and wait for the server's end."""
    server, was_ready = _server, _is_ready
    _forget()
    if server is not None:
        # Before it is ready it has no workers, and it would finish its imports first.
        if not was_ready:
            server.process.kill()
        with suppress(ChildProcessError):
            server.process.wait()


def _after_fork() -> None:
    """Leave the processes to the parent: a forked child must not talk to them."""
    global _lock
    _lock = threading.Lock()
    if _server is not None:
        # Not ours to wait for, and no reason to warn that it still runs.
        _server.process.returncode = 0
    _forget()


atexit.register(_end)
os.register_at_fork(after_in_child=_after_fork)
