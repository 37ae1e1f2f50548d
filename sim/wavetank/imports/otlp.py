"""Spans of OpenTelemetry in the JSON of its protocol (OTLP)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from wavetank.imports.problems import Drop
from wavetank.imports.records import Block, block
from wavetank.studies.formatting import duration
from wavetank.units import SECOND

SERVER_KINDS = (2, "SPAN_KIND_SERVER", "2")
CLIENT_KEYS = ("client.address", "net.sock.peer.addr", "net.peer.ip", "http.client_ip")
MOST_NAMED = 12  # operations that a person reads through


class Spans(NamedTuple):
    """Requests, and the durations in seconds of each operation."""

    block: Block
    durations: dict[str, list[float]]


def spans_block(exports: Sequence[Mapping[str, Any]], lines: Sequence[int]) -> Spans:
    """Return the spans that a server made, or that have no parent where there is none of a server."""
    every = [(line, span) for line, export in zip(lines, exports, strict=True) for span in _spans(export)]
    served = [pair for pair in every if pair[1].get("kind") in SERVER_KINDS]
    chosen = served or [pair for pair in every if not pair[1].get("parentSpanId")]
    spans: list[tuple[int, float, float, str]] = []
    drops: list[Drop] = []
    durations: dict[str, list[float]] = {}
    for line, span in chosen:
        start, end = (_ns(span.get(key)) for key in ("startTimeUnixNano", "endTimeUnixNano"))
        if start is None or end is None or end < start:
            drops.append(Drop(line, "a span without start and end"))
            continue
        spans.append((line, end / SECOND, (end - start) / SECOND, _client(span)))
        durations.setdefault(str(span.get("name", "")), []).append((end - start) / SECOND)
    # spans come in the order in which they were exported, which is none
    spans.sort(key=lambda row: row[1])
    return Spans(
        block(
            [line for line, _, _, _ in spans],
            stamps_s=[at for _, at, _, _ in spans],
            service_s=[took for _, _, took, _ in spans],
            clients=[client for _, _, _, client in spans],
            at_end=True,
            drops=drops,
        ),
        durations,
    )


def operations(durations: Mapping[str, Sequence[float]]) -> tuple[str, ...]:
    """Say how often each operation was called and how long it took: a scenario has one law for all."""
    ordered = sorted(durations.items(), key=lambda item: -len(item[1]))
    if len(ordered) < 2:
        return ()
    told = "; ".join(
        f"{name} ({len(values):,}, {duration(sum(values) / len(values))} on average)"
        for name, values in ordered[:MOST_NAMED]
    )
    return (f"operations have one law together: {told}.",)


def _spans(export: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for resource in _list(export, "resourceSpans"):
        for scope in _list(resource, "scopeSpans") or _list(resource, "instrumentationLibrarySpans"):
            yield from (span for span in _list(scope, "spans"))


def _list(value: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    inner = value.get(key)
    return [entry for entry in inner if isinstance(entry, dict)] if isinstance(inner, list) else []


def _ns(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _client(span: Mapping[str, Any]) -> str:
    for attribute in _list(span, "attributes"):
        value = attribute.get("value")
        if attribute.get("key") in CLIENT_KEYS and isinstance(value, dict):
            return str(value.get("stringValue", ""))
    return ""
