"""The trace of a run as spans of OpenTelemetry, in the JSON of its protocol (OTLP).

Each attempt of a request is a span of its agent, from the first message sent to the answer. What the server
did with it is a child span, from the request's arrival to the answer's departure. Attempts of one request
share a trace. Format: opentelemetry-proto, `ExportTraceServiceRequest` in its JSON mapping (OTLP
specification, "JSON Protobuf Encoding"): ids in hexadecimal, 64-bit numbers as text.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from wavetank.policy.codes import Stream
from wavetank.protocol.order import Message
from wavetank.results.trace import TraceRow

EPOCH_NS = 1_767_225_600 * 10**9
"""The instant that viewers show as the beginning of a run: 1 January 2026, 00:00 UTC."""
CLIENT, SERVER = 3, 2
"""SPAN_KIND_CLIENT and SPAN_KIND_SERVER."""
UNSET, ERROR = 0, 2
"""STATUS_CODE_UNSET and STATUS_CODE_ERROR; HTTP counts as an error from 400 on (a server's own: from 500)."""


class Attempt(NamedTuple):
    """The identity of an attempt."""

    agent: int
    stream: int
    request: int
    attempt: int


def document(rows: Sequence[TraceRow], scenario: str, version: str) -> dict[str, Any]:
    """Return the document that holds a trace, as `json.dumps` takes it."""
    spans = [span for attempt, messages in attempts(rows) for span in _spans(attempt, messages)]
    scope = {"name": "wavetank", "version": version}
    return {
        "resourceSpans": [
            {
                "resource": {
                    "attributes": [_text("service.name", name), _text("wavetank.scenario", scenario)],
                },
                "scopeSpans": [{"scope": scope, "spans": [span for span in spans if span["kind"] == kind]}],
            }
            for name, kind in (("wavetank agents", CLIENT), ("wavetank server", SERVER))
        ]
    }


def attempts(rows: Iterable[TraceRow]) -> Iterator[tuple[Attempt, list[TraceRow]]]:
    """Yield the messages of each attempt, in the order in which they were sent."""
    ordered = sorted(rows, key=lambda row: (_identity(row), row.sent_ns))
    for attempt, messages in groupby(ordered, key=_identity):
        yield attempt, list(messages)


def _identity(row: TraceRow) -> Attempt:
    return Attempt(row.agent, row.stream, row.request, row.attempt)


def _spans(attempt: Attempt, messages: Sequence[TraceRow]) -> Iterator[dict[str, Any]]:
    response = next((row for row in messages if row.message == Message.RESPONSE), None)
    request = next((row for row in messages if row.message == Message.REQUEST), None)
    ends_ns = [max(row.sent_ns, row.arrived_ns) for row in messages if row.message != Message.FIN]
    answered = response is not None and response.arrived_ns >= 0
    client_id = _span_id(attempt, 0)
    client = _span(attempt, CLIENT, client_id, messages[0].sent_ns, max(ends_ns, default=messages[0].sent_ns))
    yield _closed(client, response if answered else None, request, 400)
    if request is not None and request.arrived_ns >= 0 and response is not None:
        server = _span(attempt, SERVER, _span_id(attempt, 1), request.arrived_ns, response.sent_ns)
        server["parentSpanId"] = client_id
        server["attributes"].append(_number("server.node", request.node))
        yield _closed(server, response, request, 500)


def _span(attempt: Attempt, kind: int, span_id: str, begin_ns: int, end_ns: int) -> dict[str, Any]:
    return {
        # an identity of zeros alone is none
        "traceId": f"{attempt.agent + 1:012x}{attempt.stream:04x}{attempt.request + 1:016x}",
        "spanId": span_id,
        "name": Stream(attempt.stream).name.lower(),
        "kind": kind,
        "startTimeUnixNano": str(EPOCH_NS + begin_ns),
        "endTimeUnixNano": str(EPOCH_NS + end_ns),
        "attributes": [
            _text("client.address", f"agent {attempt.agent}"),
            _number("http.request.resend_count", attempt.attempt),
        ],
    }


def _closed(
    span: dict[str, Any], response: TraceRow | None, request: TraceRow | None, error_from: int
) -> dict[str, Any]:
    """Add the outcome: the HTTP status, or an error where there was no answer."""
    if request is not None:
        span["attributes"].append(_number("wavetank.events", request.events))
    if response is None:
        span["status"] = {"code": ERROR, "message": "no answer"}
        span["attributes"].append(_text("error.type", "no answer"))
        return span
    span["attributes"].append(_number("http.response.status_code", response.status))
    span["status"] = {"code": ERROR if response.status >= error_from else UNSET}
    return span


def _span_id(attempt: Attempt, side: int) -> str:
    """Sixteen digits, unique in the trace of a request."""
    return f"{attempt.attempt + 1:012x}{attempt.stream:03x}{side + 1:01x}"


def _text(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}


def _number(key: str, value: int) -> dict[str, Any]:
    return {"key": key, "value": {"intValue": str(value)}}
