"""The agent's requests of the native contract in HTTP's shapes, and what the answers say.

Text in, text out: whoever has a connection sends a `Request` and reads the answer.
"""

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import quote, quote_plus, urlencode

from wavetank.protocol.identity import Credentials

SECOND_NS = 1_000_000_000
LONGEST_RETRY_AFTER_S = 86_400
BODY_MOST_BYTES = 2**20
"""The largest body that a server takes unless it is set otherwise."""

EVENT_MOST_BYTES = BODY_MOST_BYTES - 256
"""The largest event in its JSON form that fits into a body by itself."""

Row = tuple[int, str]
"""An event: its sequence, and its data as JSON text."""

Headers = Mapping[str, str]


class Request(NamedTuple):
    """In the order in which `http.client` takes them."""

    method: str
    path: str
    body: bytes
    headers: dict[str, str]


class Token(NamedTuple):
    """A token as granted; `life_ns` 0: the server did not say how long it lives."""

    text: str
    life_ns: int


class Command(NamedTuple):
    """Something the agent is asked to do: `id` as it is confirmed, and the fields beside it."""

    id: str
    fields: dict[str, object]


def register(who: Credentials, user: str, password: str) -> Request:
    """Make an agent known, through the management API."""
    body = {"uuid": who.uuid, "key": who.key, "name": who.name}
    headers = {"Authorization": _basic(user, password), "Content-Type": "application/json"}
    return Request("POST", "/agents", json.dumps(body).encode(), headers)


def why_not_registered(status: int, said: bytes) -> str:
    """What an answer to a registration means that is neither 200 nor 201."""
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
    """A command was carried out, with this result."""
    return _post(f"/commands/{quote(command, safe='')}", token, json.dumps({"result": result}))


def _post(path: str, token: str, body: str) -> Request:
    return Request("POST", path, body.encode(), {**_bearer(token), "Content-Type": "application/json"})


def _basic(user: str, password: str) -> str:
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Accept": "application/json"}


def token_of(body: bytes) -> Token | None:
    """The token in the answer to a login (RFC 6749 5.1), None where there is none that could be used."""
    found = _object(body)
    text, life_s = found.get("access_token"), found.get("expires_in", 0)
    if not (isinstance(text, str) and text.isascii() and text.isprintable() and text):
        return None
    if isinstance(life_s, bool) or not isinstance(life_s, int | float) or not 0 <= life_s < 2**31:
        return None
    return Token(text, int(life_s * SECOND_NS))


def commands_of(body: bytes) -> list[Command]:
    """The commands in the answer to a poll; what is not one is left out."""
    listed = _object(body).get("commands", [])
    if not isinstance(listed, list):
        return []
    return [
        Command(str(one["id"]), {name: value for name, value in one.items() if name != "id"})
        for one in listed
        if isinstance(one, dict) and isinstance(one.get("id"), int | str)
    ]


def retry_after_ns(headers: Headers) -> int:
    """The wait that Retry-After asks for (RFC 9110 10.2.3), 0 for nothing readable.

    A date counts from the answer's own Date: the agent's clock may be wrong.
    """
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return min(int(said[:9]), LONGEST_RETRY_AFTER_S) * SECOND_NS
    try:
        until = parsedate_to_datetime(said) - parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError):
        return 0
    return int(min(max(0.0, until.total_seconds()), LONGEST_RETRY_AFTER_S)) * SECOND_NS


def _object(body: bytes) -> dict[str, object]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
