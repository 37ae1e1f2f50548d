"""Every integer of a tally by a name of its own, so that two tallies can be held against one another.

Names are made from the fields of `Tally` as they are, so a field that is new is compared without a change
here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import IntEnum

from wavetank.policy.codes import EVENT_STREAMS, Activity, Cause, DropCause, Stream
from wavetank.results.histogram import Histogram
from wavetank.results.tally import OPERATIONS, Tally
from wavetank.scenario.slo_words import WINDOWS

_LEFT_OUT = ("requests", "trace", "trace_cut", "said", "measured")
"""Fields that are not counts: texts, and records that a run keeps only on request."""


def _words(codes: type[IntEnum]) -> tuple[str, ...]:
    return tuple(code.name.lower() for code in codes)


_EVENTS = tuple(stream.name.lower() for stream in EVENT_STREAMS)
_INDICES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("issued", "ok", "rejected", "timed_out", "lost", "open", "window_requests", "request_latency"),
        _words(Stream),
    ),
    "events": _EVENTS,
    "events.dropped": _words(DropCause),
    "event_latency.class": _EVENTS,
    "windows": WINDOWS,
    "causes": _words(Cause),
    "silent": _words(Cause),
    "server_wait": OPERATIONS,
    "busy_ns.node": _words(Activity),
    "window_handshakes": ("full", "resumed"),
}
"""Names of the places of a list; the places of other lists are numbered."""
_BELOW = {
    "event_latency": "event_latency.class",
    "windows.event_latency": "event_latency.class",
    "busy_ns": "busy_ns.node",
}
"""Names of the lists that lie in a list."""


def flattened(tally: Tally) -> dict[str, int]:
    """Name -> value, such as `issued.login`, `series.requests.12` or `request_latency.login.bin 900`.

    The trace and the log of requests are not in it.
    """
    counts: dict[str, int] = {}
    for field in fields(tally):
        if field.name not in _LEFT_OUT:
            counts.update(_flat(field.name, field.name, getattr(tally, field.name)))
    return counts


def _flat(name: str, kind: str, value: object) -> Iterator[tuple[str, int]]:
    """`kind` is the name without what is numbered: it says what the places of a list are called."""
    if isinstance(value, Histogram):
        yield f"{name}.count", value.count
        yield f"{name}.sum_ns", value.sum_ns
        yield f"{name}.max_ns", value.max_ns
        yield from ((f"{name}.bin {index}", weight) for index, weight in value.filled())
    elif is_dataclass(value):
        for field in fields(value):
            inner = field.name
            yield from _flat(f"{name}.{inner}", f"{kind}.{inner}", getattr(value, inner))
    elif isinstance(value, list | bytes):
        words = _INDICES.get(kind, ())
        yield f"{name}.length", len(value)
        below = _BELOW.get(kind, kind)
        for index, entry in enumerate(value):
            yield from _flat(f"{name}.{words[index] if words else index}", below, entry)
    else:
        assert isinstance(value, int), f"{name} is {value!r}, not an integer"
        yield name, int(value)
