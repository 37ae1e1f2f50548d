"""Requests of a live run to the server's management API: its counters, its stored events, and faults."""

import base64
import http.client
import json
import ssl
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from wavetank.engines.live.target import Target
from wavetank.errors import CannotRun

PATIENCE_S = 30
"""Listing a page of events takes well under a second; a server that is silent for this long is gone."""

PAGE = 10_000
"""The most that the management API gives at once."""


class Management:
    """Asks one server, over one connection at a time."""

    def __init__(self, target: Target) -> None:
        self._url = target.management
        self._tls = ssl.create_default_context(cadata=target.ca or None)
        said = base64.b64encode(f"{target.user}:{target.password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {said}", "Content-Type": "application/json"}
        self._kept: http.client.HTTPSConnection | None = None

    def ask(self, method: str, path: str, value: object = None) -> bytes:
        """The answer's body. Raises CannotRun unless it is a success."""
        body = None if value is None else json.dumps(value)
        for again in (True, False):
            try:
                status, said = self._exchange(method, path, body)
            except (OSError, http.client.HTTPException) as error:
                self.close()
                # A connection that was kept may have been closed meanwhile; nothing was done then.
                if again and isinstance(error, ConnectionError | http.client.RemoteDisconnected):
                    continue
                raise CannotRun(f"{self._url}: {error or 'no answer'}") from None
            break
        if status >= 300:
            text = said[:200].decode("utf-8", errors="replace")
            raise CannotRun(f"{self._url}{path}: the server answers {status} ({text})")
        return said

    def _exchange(self, method: str, path: str, body: str | None) -> tuple[int, bytes]:
        if self._kept is None:
            parts = urlsplit(self._url)
            self._kept = http.client.HTTPSConnection(
                parts.hostname or "", parts.port, timeout=PATIENCE_S, context=self._tls
            )
        self._kept.request(method, path, body, self._headers)
        answer = self._kept.getresponse()
        return answer.status, answer.read()

    def metrics(self) -> dict[str, float]:
        """The counters and gauges: name with its labels, and value."""
        values = {}
        for line in self.ask("GET", "/metrics").decode().splitlines():
            name, _, value = line.rpartition(" ")
            if name and not line.startswith("#"):
                values[name] = float(value)
        return values

    def events(self, agent: str = "") -> Iterator[dict[str, Any]]:
        """The stored events of an agent (its UUID), or of all."""
        whose, after = f"&agent={agent}" if agent else "", 0
        while True:
            page = json.loads(self.ask("GET", f"/events?limit={PAGE}&after={after}{whose}"))
            yield from page["events"]
            if page["next"] is None:
                return
            after = page["next"]

    def close(self) -> None:
        """Let go of the connection."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None
