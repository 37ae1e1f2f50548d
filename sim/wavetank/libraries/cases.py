"""The cases that can be measured with a client and a server."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from wavetank.libraries.building import Program
from wavetank.libraries.namespace import Namespace

EVENT_BYTES = 500
"""About a security event in JSON."""

BATCHES = (100, 10)
"""A well filled batch and a small one, which tell the costs of a request and of an event apart."""

REQUESTS = {"keep-alive": 240, "stream": 240, "new": 48}
"""Requests in a repetition."""


class Case(NamedTuple):
    """A case to measure: how connections are used and secured, and how many events a request has."""

    connection: str
    tls: str
    events: int

    def __str__(self) -> str:
        secured = {"none": "plain", "full": "TLS", "resumed": "resumed TLS", "curve": "CURVE"}[self.tls]
        return f"{self.connection}, {secured}, {self.events} events"


class Pair(NamedTuple):
    """A client and a server that are measured together, and what they said of themselves.

    http2: they are told to speak HTTP/2 to each other.
    """

    client: Program
    server: Program
    about_client: dict[str, Any]
    about_server: dict[str, Any]
    http2: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """Options for both beside those that every probe gets."""
        return ("--http", "2") if self.http2 else ()

    @property
    def tls(self) -> tuple[str, ...]:
        """How connections can be secured; resuming is up to the client."""
        served = {*self.about_server["tls"], "resumed"}
        offered = self.about_client["http2_tls" if self.http2 else "tls"]
        return tuple(word for word in offered if word in served)

    def protocol(self, connection: str) -> str:
        """Return the protocol, "" where the two have no such connection."""
        if self.http2:
            return "http2" if connection != "stream" else ""
        name = "stream_protocol" if connection == "stream" else "protocol"
        spoken = {str(about.get(name, "")) for about in (self.about_client, self.about_server)}
        return spoken.pop() if len(spoken) == 1 else ""

    def nearest(self, case: Case) -> tuple[str, str]:
        """Connection and security of a case, or those that come next to them: of the baseline, mostly."""
        connection = case.connection if self.protocol(case.connection) else "keep-alive"
        return connection, case.tls if case.tls in self.tls else "full"

    def cases(self, tls: str) -> Iterator[Case]:
        """Yield the cases that the two can do."""
        for connection in REQUESTS:
            if self.protocol(connection) and (tls != "resumed" or connection == "new"):
                for events in BATCHES:
                    yield Case(connection, tls, events)


class Rig(NamedTuple):
    """Where things are measured: words before a command, a folder with keys, and how often."""

    prefix: Sequence[str]
    ethernet: Namespace | None
    folder: Path
    repetitions: int
