"""Connections without TLS and without an API behind them: only how they take turns."""

import asyncio

from wavetank.real.transports.server.http1 import Connection
from wavetank.real.transports.server.limits import Budget, Limits
from wavetank.real.transports.server.messages import Answer, Request

COUNT = 500


def test_requests_that_come_at_once_leave_others_their_turn() -> None:
    """Whatever else the event loop has to do is done between any two of them."""
    answered = 0

    async def handle(request: Request) -> Answer:
        nonlocal answered
        answered += 1
        return Answer(204)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        limits = Limits()
        await Connection(reader, writer, limits, Budget(limits.bodies_bytes), handle, print, print).serve()

    async def ask() -> int:
        listening = await asyncio.start_server(serve, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*listening.sockets[0].getsockname())
        request = b"GET / HTTP/1.1\r\nHost:h\r\n"
        writer.write((request + b"\r\n") * (COUNT - 1) + request + b"Connection: close\r\n\r\n")
        most = before = 0
        while answered < COUNT:
            await asyncio.sleep(0)
            most, before = max(most, answered - before), answered
        await reader.read()
        writer.close()
        await writer.wait_closed()
        listening.close()
        await listening.wait_closed()
        return most

    assert asyncio.run(ask()) <= 2
    assert answered == COUNT
