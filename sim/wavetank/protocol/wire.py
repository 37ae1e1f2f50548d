"""The agent's requests of the native contract in HTTP's shapes. (What the answers say: `answers`.)

Text in, text out: the owner of a connection sends a `Request` and reads the answer. Bodies are JSON in ASCII
and bounded by BODY_MOST_BYTES. `size_of` never says less than an event takes.
"""

import json
from base64 import b64encode
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote, quote_plus, urlencode

from wavetank.protocol.answers import Command as Command
from wavetank.protocol.answers import Headers as Headers
from wavetank.protocol.answers import Token as Token
from wavetank.protocol.answers import commands_of as commands_of
from wavetank.protocol.answers import retry_after_ns as retry_after_ns
from wavetank.protocol.answers import token_of as token_of
from wavetank.protocol.identity import Credentials

# Requests and what is said to them make one module for whoever sends them.

BODY_MOST_BYTES = 2**20
"""The largest body that a server takes unless it is set otherwise."""

EVENT_MOST_BYTES = BODY_MOST_BYTES - 256
"""The largest event in its JSON form that fits into a body by itself."""

Row = tuple[int, str]
"""An event: its sequence, and its data as JSON text."""


class Request(NamedTuple):
    """In the order in which `http.client` takes them."""

    method: str
    path: str
    body: bytes
    headers: dict[str, str]


def register(who: Credentials, user: str, password: str) -> Request:
    """Make an agent known, through the management API."""
    body = {"uuid": who.uuid, "key": who.key, "name": who.name}
    headers = {"Authorization": _basic(user, password), "Content-Type": "application/json"}
    return Request("POST", "/agents", json.dumps(body).encode(), headers)


def why_not_registered(status: int, said: bytes) -> str:
    """Explain an answer to a registration that is neither 200 nor 201."""
    known = {
        401: "user name or password are wrong",
        409: "this UUID is registered with another key, or was revoked; register in another folder (--data)",
        429: "too many failed logins; try again in a minute",
    }
    text = known.get(status) or said[:200].decode("utf-8", errors="replace")
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def login(uuid: str, key: str, host: str) -> Request:
    """The client-credentials grant of OAuth 2.0 (RFC 6749 4.4) with Basic credentials (2.3.1)."""
    headers = {
        "Authorization": _basic(quote_plus(uuid), quote_plus(key)),
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
    }
    body = urlencode({"grant_type": "client_credentials", "host": host})
    return Request("POST", "/login", body.encode(), headers)


def stateless(token: str, rows: Iterable[Row]) -> Request:
    """A batch without sequences: it may be stored twice if its answer is lost."""
    events = ",".join(f'{{"data":{data}}}' for _, data in rows)
    return _post("/stateless", token, f'{{"events":[{events}]}}')


def stateful(token: str, epoch: str, rows: Iterable[Row]) -> Request:
    """A batch that is stored once, however often it is sent."""
    events = ",".join(f'{{"sequence":{sequence},"data":{data}}}' for sequence, data in rows)
    return _post("/stateful", token, f'{{"epoch":{json.dumps(epoch)},"events":[{events}]}}')


def size_of(data: str) -> int:
    """Bytes that an event takes in a body at most; `data` is ASCII JSON."""
    return len(data) + 42


def event_data(text: str) -> str:
    """An event's text as it is kept and sent: JSON in ASCII."""
    return json.dumps(text)


def poll(token: str, wait_s: int | None = None) -> Request:
    """Ask for commands; the server may hold this, but not longer than `wait_s` (RFC 7240 4.3)."""
    wish = {} if wait_s is None else {"Prefer": f"wait={wait_s}"}
    return Request("GET", "/commands", b"", {**_bearer(token), **wish})


def confirm(token: str, command: str, result: object) -> Request:
    """A command was carried out, with this result; one that cannot be sent is told as an error."""
    return _post(f"/commands/{quote(command, safe='')}", token, f'{{"result": {_result(result)}}}')


def _result(result: object) -> str:
    try:
        text = json.dumps(result, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        return json.dumps({"error": f"the result cannot be told: {error}"})
    if size_of(text) > EVENT_MOST_BYTES:
        return json.dumps({"error": f"the result is larger than {EVENT_MOST_BYTES} bytes"})
    return text


def _post(path: str, token: str, body: str) -> Request:
    return Request("POST", path, body.encode(), {**_bearer(token), "Content-Type": "application/json"})


def _basic(user: str, password: str) -> str:
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Accept": "application/json"}
