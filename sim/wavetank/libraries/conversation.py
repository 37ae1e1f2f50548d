"""A client and a server of a library that talk to each other."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from wavetank.libraries.building import Program
from wavetank.libraries.probes import ProbeProblem
from wavetank.libraries.process import Process, Used, pinned


class Line:
    """A client and a server of a library that talk to each other, over TLS or not."""

    def __init__(
        self,
        client: Program,
        server: Program,
        tls: str,
        prefix: Sequence[str],
        folder: Path,
        more: Sequence[str] = (),
    ) -> None:
        self.sent_events = 0
        name = f"{client.id}-{server.id}-{tls}"
        keys = ["--cert", str(folder / "server.pem"), "--key", str(folder / "server.pem")]
        words = ["server", "--tls", tls, *keys, *more]
        self.server = Process(server, words, [*prefix, *pinned(1)], folder / f"{name}.server.log")
        try:
            ready = self.server.read()
            self.port = int(ready["port"])
            words = ["client", "--port", str(self.port), "--tls", tls, "--ca", str(folder / "ca.pem"), *more]
            words += ready.get("client", ())
            self.client = Process(client, words, [*prefix, *pinned(0)], folder / f"{name}.client.log")
        except BaseException:
            self.server.__exit__(None, None, None)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.__exit__(kind, error, trace)
        self.server.__exit__(kind, error, trace)

    def ask(self, command: str, requests: int, events: int, rate_per_s: float = 0.0) -> dict[str, Any]:
        """Have requests made; returns the client's answer. Raises ProbeProblem."""
        answer = self.client.say(f"{command} {requests} {events} {rate_per_s:g}")
        self.sent_events += requests * events
        return answer

    def used(self) -> tuple[Used, Used]:
        """Return what client and server have used so far."""
        return self.client.used(), self.server.used()

    def settle(self) -> None:
        """Stop the server and see that it counted just what was sent. Raises ProbeProblem."""
        counted = self.server.end().get("events")
        if counted != self.sent_events:
            raise ProbeProblem(f"the server counted {counted} events of {self.sent_events}")
