"""The `wavetank` command that stops itself (SIGSTOP) at a named point, for others to kill it there.

    CHAOS_POINT=committed CHAOS_COUNT=3 python -m tests.chaos.mortal server --data ...

A few methods at the rim are wrapped in this process; nothing of this is in what is shipped. Only the side
that runs is imported: in `make test` some fifty of these processes start, and time goes by before they do.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from wavetank.__main__ import main

if TYPE_CHECKING:
    from wavetank.protocol.wire import Request
    from wavetank.real.server import store
    from wavetank.real.transports.agent import http1 as agent
    from wavetank.real.transports.agent.messages import Answer
    from wavetank.real.transports.server import http1 as server

POINT = os.environ.get("CHAOS_POINT", "")
PAUSE_S = 0.2
"""How long the thread that has come to the point waits: what another thread does too early, it does now."""

_left = [int(os.environ.get("CHAOS_COUNT", "1"))]


def reached(point: str) -> None:
    """Stop here if this is the point, and it was passed often enough."""
    if point == POINT:
        _left[0] -= 1
        if _left[0] == 0:
            time.sleep(PAUSE_S)
            os.kill(os.getpid(), signal.SIGSTOP)


def around(before: str, work: Callable[..., Any], after: str) -> Callable[..., Any]:
    """The same work, with a point before and one after it."""

    def wrapped(*words: Any, **more: Any) -> Any:
        reached(before)
        done = work(*words, **more)
        reached(after)
        return done

    return wrapped


def asking(ask: Callable[..., Any]) -> Callable[..., Any]:
    async def wrapped(self: "agent.Http1", lane: int, request: "Request") -> "Answer":
        if request.path == "/stateful":
            reached("before-send")
        answer: Answer = await ask(self, lane, request)
        if request.path == "/stateful" and answer.status == 200:
            reached("answered")
        return answer

    return wrapped


def committing(commit: Callable[..., Any]) -> Callable[..., Any]:
    from wavetank.real.server import events

    stops = around("before-commit", commit, "committed")

    def wrapped(self: "store.Store", operations: list[Any]) -> Any:
        stateful = any(
            isinstance(operation, partial) and operation.func is events.add_stateful
            for operation in operations
        )
        return (stops if stateful else commit)(self, operations)

    return wrapped


def writing(write: Callable[..., Any]) -> Callable[..., Any]:
    async def wrapped(self: "server.Connection", data: bytes) -> None:
        await write(self, data)
        if b'"duplicates":' in data:
            reached("acknowledged")

    return wrapped


Wrapped = tuple[tuple[Any, str, Callable[[Any], Any]], ...]


def of_agent() -> Wrapped:
    from wavetank.real.agent import outbox, register
    from wavetank.real.transports.agent import http1

    return (
        (outbox.Store, "accept", lambda work: around("before-write", work, "written")),
        (outbox.Store, "settle", lambda work: around("", work, "deleted")),
        (http1.Http1, "ask", asking),
        (register, "write_private", lambda work: around("", work, "file")),
    )


def of_server() -> Wrapped:
    from wavetank.real.server import folder, store
    from wavetank.real.transports.server import http1

    return (
        (store.Store, "_commit", committing),
        (http1.Connection, "write", writing),
        (folder, "write_private", lambda work: around("", work, "file")),
        (store, "open_database", lambda work: around("before-database", work, "database")),
    )


if __name__ == "__main__":
    for owner, name, wrap in of_server() if sys.argv[1] == "server" else of_agent():
        setattr(owner, name, wrap(getattr(owner, name)))
    main()
