"""The processes of the pool: a server that has imported the engines, and the workers that it forks.

The server forks before it has any thread of its own, so a worker starts within milliseconds and has the
engines in memory. `wavetank.studies.pool` is the other end.
"""

import gc
import os
import pickle
import signal
import socket
import threading
import traceback
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from multiprocessing.connection import Connection
from queue import SimpleQueue

READY = b"r"
"""The server sends this byte when it has imported the engines."""

PRELOADED = (
    ("wavetank.studies.simulate", ""),
    ("wavetank.engines.reference", ""),
    ("wavetank.engines.compiled.fast.running", "numba"),
    ("wavetank.engines.compiled.running", "numba"),
)
"""Modules that every run would import, and the package that each of them needs.

The order is that of the engine itself: kernels are numbered as they are imported, and machine code is kept
under names that depend on the numbers.
"""


def serve(descriptor: int) -> None:
    """Import the engines, then fork one worker for each socket that comes through `descriptor`.

    Returns when the other end is closed and the last worker has ended.
    """
    # The kernel forgets children that nobody waits for, so a dead worker leaves no zombie behind.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for module, needs in PRELOADED:
        if not needs or find_spec(needs) is not None:
            import_module(module)
    # Objects that the collector never touches again stay in pages that all workers share.
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=descriptor) as control, suppress(ConnectionError):
        control.sendall(READY)
        while _fork(control):
            pass
    with suppress(ChildProcessError):
        os.wait()


def _fork(control: socket.socket) -> bool:
    """Fork a worker for the next socket; False when there will be no other."""
    message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
    if not message:
        return False
    if os.fork() == 0:
        try:
            control.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            work(Connection(descriptors[0]))
        finally:
            os._exit(1)
    os.close(descriptors[0])
    return True


def work(connection: Connection) -> None:
    """Do what comes through `connection`, one piece after the other, until the other end is closed."""
    inbox: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(connection, inbox), daemon=True).start()
    while True:
        index, order = pickle.loads(inbox.get())

        def advance(now_ns: int, issued: int, index: int = index) -> None:
            connection.send(("at", index, (now_ns, issued)))

        try:
            function, item = pickle.loads(order)
            answer = ("done", index, function(item, advance))
        except BaseException as error:  # noqa: BLE001 - whatever it is, the parent decides
            answer = ("failed", index, _noted(error))
        connection.send(answer)


def _listen(connection: Connection, inbox: "SimpleQueue[bytes]") -> None:
    """Put what comes into `inbox`. When the other end is closed, end this process, even in a run."""
    try:
        while True:
            inbox.put(connection.recv_bytes())
    except (EOFError, OSError):
        os._exit(0)


def _noted(error: BaseException) -> BaseException:
    """Keep the traceback of a defect as a note: pickling loses the cause of an exception."""
    if error.__cause__ is not None:
        error.add_note("".join(traceback.format_exception(error.__cause__)))
    return error
