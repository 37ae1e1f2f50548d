"""The measured cost of a library: the record that `wavetank libraries measure` writes.

One file `models/libraries/ID/measured/NAME.json` is one run of the command for one library; of several the
one with the latest `provenance.date` counts. Every cost is CPU time or bytes **per request**, client and
server apart; every spread is over the repetitions: their median, least and greatest.

To tell fixed costs from costs per byte, rows of the same case (protocol, connection, tls) should be there for
at least two sizes of a batch, 100 events of 500 bytes among them.
"""

import datetime
from typing import Annotated, Self

from pydantic import model_validator

from wavetank.scenario.schema.base import Table, key, required
from wavetank.scenario.schema.leaf import Leaf, Misfit, Name, choice, number, shown, text, whole

FORMAT = 1
"""A record with other fields has another number; records are never changed in place."""

CONNECTIONS = ("new", "keep-alive", "stream")
SECURITY = ("none", "full", "resumed", "curve")
PROTOCOL_WORDS = ("tcp", "http1", "http2", "websocket", "grpc", "zmtp")
ISOLATION = ("namespace", "loopback")
LEAST_REPETITIONS = 5
"""With fewer, one disturbed repetition decides the median."""

Number = Annotated[float, number(0, 1e15)]
Count = Annotated[int, whole(0, 10**15)]
Text = Annotated[str, text("a text", 4000)]


def _moment(value: object) -> object:
    try:
        if isinstance(value, str) and datetime.datetime.fromisoformat(value).tzinfo is not None:
            return value
    except ValueError:
        pass
    raise Misfit(f"{shown(value)} is no moment; write one such as 2026-11-23T18:40:54+00:00")


class Spread(Table):
    """Median, least and greatest over the repetitions."""

    median: Number = required("Median.")
    low: Number = required("The least.")
    high: Number = required("The greatest.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.median <= self.high:
            raise Misfit(f"{self.low:g}, {self.median:g}, {self.high:g} are not low, median, high in order")
        return self


class Latency(Table):
    """Time from when a request was due to its acknowledgement. The rate does not wait for answers."""

    rate_per_s: Number = required("Requests due per second.")
    p50_us: Spread = required("Median.")
    p99_us: Spread = required("99th percentile.")


class Row(Table):
    """One case: what a request costs at both ends.

    `client` and `server` name what was at each end (a library's id, or the probe's own word where it was
    something else); a cost belongs to a library only at the end where its id stands.
    """

    protocol: Annotated[str, choice(PROTOCOL_WORDS)] = required("What was spoken above TCP.")
    connection: Annotated[str, choice(CONNECTIONS)] = required(
        "new: one per request, opened and closed; keep-alive: request and answer in turn on one; "
        "stream: messages and acknowledgements on one exchange."
    )
    tls: Annotated[str, choice(SECURITY)] = required(
        "none, full or resumed handshake (TLS 1.3), or ZeroMQ's CURVE. Of a kept connection: full."
    )
    batch_events: Count = required("Events in a request.")
    event_bytes: Count = required("Bytes of an event.")
    client: Text = required("What the client was.")
    server: Text = required("What the server was.")
    repetitions: Count = required("How often it was measured.")
    requests: Count = key(0, "Requests in each repetition.", "unknown")
    client_cpu_us: Spread | None = key(None, "CPU time of the client process per request.", "not measured")
    server_cpu_us: Spread | None = key(None, "CPU time of the server process per request.", "not measured")
    bytes_up: Number = key(0.0, "Bytes from client to server per request, IP headers and ACKs included.")
    bytes_down: Number = key(0.0, "Bytes from server to client per request; 0 with bytes_up: not measured.")
    bytes_both: Number = key(0.0, "Both directions together, where they were not told apart.")
    latency: Latency | None = key(None, "Latency at a fixed rate.", "not measured")

    @property
    def body_bytes(self) -> int:
        """Bytes of events in a request."""
        return self.batch_events * self.event_bytes

    @property
    def wire_bytes(self) -> float:
        """Bytes per request in both directions, 0 where they were not measured."""
        return self.bytes_both or self.bytes_up + self.bytes_down


class Idle(Table):
    """Memory of idle connections (proportional set size of the process, the kernel's part left out)."""

    protocol: Annotated[str, choice(PROTOCOL_WORDS)] = required("What was spoken above TCP.")
    tls: Annotated[str, choice(SECURITY)] = required("How they were secured.")
    connections: Count = required("How many were open.")
    client: Text = required("What the client was.")
    server: Text = required("What the server was.")
    client_bytes: Number | None = key(None, "Per connection at the client.", "not measured")
    server_bytes: Number | None = key(None, "Per connection at the server.", "not measured")
    server_base_bytes: Number | None = key(None, "The server without connections.", "not measured")


class TokenRow(Table):
    """The cost of a token."""

    algorithm: Annotated[str, choice(("HS256", "RS256", "ES256", "EdDSA"))] = required("Signature.")
    repetitions: Count = required("How often it was measured.")
    sign_us: Spread | None = key(None, "CPU time of making a token.", "not measured")
    verify_us: Spread | None = key(None, "CPU time of checking one.", "not measured")
    token_bytes: Count = key(0, "Its size.", "not measured")
    key: Annotated[str, choice(("cached", "parsed"))] = required("Whether the key is parsed at each call.")


class Build(Table):
    """The cost of building the probe (client and server) with the library."""

    what: Text = required("What was built, and how.")
    compile_s: Number | None = key(
        None, "CPU time of the compiler (figures of others: its wall time).", "not measured"
    )
    binary_bytes: Count = key(0, "Size of the stripped binary.", "not measured")
    shared_libraries: Count = key(0, "Shared libraries that it loads.", "not measured")
    shared_bytes: Count = key(0, "Their size together.", "not measured")


class Provenance(Table):
    """Where, when and how."""

    date: Annotated[str, Leaf(_moment, {"type": "string", "format": "date-time"}, "moment", "ISO 8601")] = (
        required("ISO 8601 with time zone, when it began.")
    )
    wavetank: Text = required("Version of wavetank.")
    host: Text = required("Operating system and kernel; no name of a machine.")
    cpu: Text = required("Model of the processor.")
    cores: Count = required("Processors that could be used.")
    load_before: Number = required("Load average over one minute before the run.")
    load_after: Number = required("The same after it.")
    others: Number = key(0.0, "Share of the processors that other work took meanwhile, from 0 to 1.")
    placement: Text = key("", "On which processors client and server ran.", "left to the scheduler")
    left_out: Count = key(0, "Repetitions that did not count, as the baseline was far from its best in them.")
    isolation: Annotated[str, choice(ISOLATION)] = required(
        "A network namespace of its own (bytes are true), or the machine's loopback."
    )
    seed: Count = required("Seed of the payload.")
    versions: dict[Text, Text] = required("Version of the library, and of all that it was measured with.")
    commands: tuple[Text, ...] = required("What was typed, in order.")


class Measurement(Table):
    """One run of `wavetank libraries measure` for one library."""

    format: Annotated[int, whole(FORMAT, FORMAT)] = required("Version of this record.")
    library: Name = required("Its id.")
    provenance: Provenance = required("Where, when and how.")
    baseline: tuple[Row, ...] = key((), "Raw TCP and TLS, measured in the same run by the same means.")
    rows: tuple[Row, ...] = key((), "Costs per request.")
    idle: tuple[Idle, ...] = key((), "Memory of idle connections.")
    tokens: tuple[TokenRow, ...] = key((), "Costs of tokens.")
    token_baseline: tuple[TokenRow, ...] = key((), "OpenSSL alone, measured in the same run.")
    build: tuple[Build, ...] = key((), "What building costs.")
    skipped: tuple[Text, ...] = key((), "What could not be measured, and why.")

    @model_validator(mode="after")
    def _repeated(self) -> Self:
        for name in ("baseline", "rows", "tokens", "token_baseline"):
            for index, row in enumerate(getattr(self, name)):
                if row.repetitions < LEAST_REPETITIONS:
                    least = f"repeat it at least {LEAST_REPETITIONS} times"
                    raise Misfit(f"measured {row.repetitions} times; {least}", name, index, "repetitions")
        return self
