"""A request as an API sees it, and the answer that it gives, independent of the transport."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qsl

Headers = tuple[tuple[str, str], ...]


class Refused(Exception):
    """A request that is answered with an error: status, what is wrong, why (for the metrics), and headers."""

    def __init__(
        self, status: int, message: str, cause: str = "request", headers: Headers = (), error: str = ""
    ) -> None:
        super().__init__(status, message, cause, headers, error)
        self.status = status
        self.message = message
        self.cause = cause
        self.headers = headers
        self.error = error

    def answer(self) -> "Answer":
        """The answer: JSON with `error` (a word) and `error_description` (a sentence), as in RFC 6749."""
        return json_answer(
            self.status,
            {"error": self.error or self.cause, "error_description": self.message},
            self.headers,
            self.cause,
        )


@dataclass(frozen=True)
class Answer:
    """An answer to a request. `cause` says why something was refused; "" if nothing was."""

    status: int
    body: bytes = b""
    headers: Headers = ()
    cause: str = ""


def json_answer(status: int, value: object, headers: Headers = (), cause: str = "") -> Answer:
    """An answer with a JSON body."""
    body = json.dumps(value, separators=(",", ":")).encode()
    return Answer(status, body, (("Content-Type", "application/json"), *headers), cause)


class Channel(Protocol):
    """The connection of a request, as an API sees it."""

    async def body(self, most: int) -> bytes:
        """The body as it came. Raises Refused when it is over `most` bytes, too slow or broken."""

    async def gone(self) -> None:
        """Returns when the other side has gone."""

    def known(self) -> None:
        """The other side has shown valid credentials: it is no stranger any more."""


@dataclass(frozen=True)
class Request:
    """One request: `target` split into path and query, header names in small letters, in order."""

    method: str
    path: str
    query: str
    headers: Headers
    peer: str
    channel: Channel = field(repr=False)

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key == name]

    def header(self, name: str) -> str:
        """The only value of a header, "" without one. Raises Refused where there are several."""
        values = self.all(name)
        if len(values) > 1:
            raise Refused(400, f"several {name} headers; send one")
        return values[0] if values else ""

    def parameters(self) -> dict[str, str]:
        """The query's parameters. Raises Refused where one comes twice or there are too many."""
        try:
            pairs = parse_qsl(
                self.query, keep_blank_values=True, strict_parsing=bool(self.query), max_num_fields=32
            )
        except ValueError:
            raise Refused(400, "the query is not of the form name=value&name=value") from None
        if len(dict(pairs)) < len(pairs):
            raise Refused(400, "a parameter comes twice in the query")
        return dict(pairs)


class Socket(Protocol):
    """A connection on which both sides send messages when they like."""

    async def send(self, text: str) -> None:
        """Send one message. Raises ConnectionError when the other side has gone or does not read."""

    async def receive(self) -> str | None:
        """The next message, None at the end."""

    async def close(self, code: int, reason: str) -> None:
        """Say goodbye, with a close code of RFC 6455."""


@dataclass(frozen=True)
class Upgrade:
    """Instead of an answer: from here on the connection is a socket, and `talk` uses it."""

    talk: Callable[[Socket], Awaitable[None]]


Handler = Callable[[Request], Awaitable[Answer | Upgrade]]
