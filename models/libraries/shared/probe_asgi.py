"""The application that ASGI servers run: HTTP and WebSocket."""

import mmap
import os
from typing import Any

from probe_events import Counter

counter = Counter()
# Where the server has processes of its own, they count in a file that all see.
_seen = os.environ.get("PROBE_COUNT")
_page = mmap.mmap(os.open(_seen, os.O_RDWR), 8) if _seen else None


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Take events."""
    if scope["type"] == "lifespan":
        return
    headers = dict(scope["headers"])
    token = headers.get(b"authorization", b"").removeprefix(b"Bearer ")
    if scope["type"] == "websocket":
        await _talk(token, receive, send)
        return
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    answer = counter.accept(token, b"".join(parts))
    _publish()
    kind, length = (b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))
    await send({"type": "http.response.start", "status": 200, "headers": [kind, length]})
    await send({"type": "http.response.body", "body": answer})


async def _talk(token: bytes, receive: Any, send: Any) -> None:
    await receive()
    counter.accept(token, b"")
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        text = message.get("text")
        body = text.encode() if text is not None else message["bytes"]
        answer = counter.count(body)
        _publish()
        await send({"type": "websocket.send", "text": answer.decode()})


def _publish() -> None:
    if _page:
        _page[:8] = counter.events.to_bytes(8, "little")
