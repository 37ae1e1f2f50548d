"""The cost of a library in one way of using it: per request of any size, per connection, per idle connection.

A measurement has rows at one or two sizes of a batch. With two sizes a cost is a straight line through them:
one through the medians, one through each end of the spreads. With one size it is not known how much of a cost
is per request and how much per byte: all per byte is the one end of what is possible, all per request the
other, half and half the middle.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from wavetank.libraries.catalogue import Library
from wavetank.libraries.interval import Interval, exactly
from wavetank.libraries.measured import Idle, Row, Spread
from wavetank.libraries.scale import ENDS, Baseline, baseline_of, factor

MEASURED, OTHERS = "measured", "third-party"
REQUEST, STREAM = "request", "stream"
Points = tuple[tuple[int, Interval], ...]


class Side(NamedTuple):
    """The costs at one end of the connection; None where there is no figure.

    `request_us`: CPU time by body bytes, on a connection that is kept. `connect_us`, `resume_us`: CPU time of
    a new connection on top of that, with a full or a resumed handshake. `idle_bytes`: memory of a connection
    that nobody uses; `base_bytes`: of the process without any.
    """

    request_us: Points
    connect_us: Interval | None = None
    resume_us: Interval | None = None
    idle_bytes: float | None = None
    base_bytes: float | None = None

    def at(self, body_bytes: float) -> Interval:
        """CPU time in us of one request with so much of a body, on a kept connection."""
        return at(self.request_us, body_bytes)


class Wire(NamedTuple):
    """Bytes on the wire, headers and acknowledgements of all layers included.

    `request`: by body bytes, the body itself left out. `connect`, `resume`: what a new connection adds.
    """

    request: Points
    connect: Interval | None = None
    resume: Interval | None = None


class Use(NamedTuple):
    """One way of using a library: over which protocol, by request or stream, and how it is secured."""

    library: str
    protocol: str
    mode: str
    secured: str
    figures: str
    agent: Side | None
    server: Side | None
    wire: Wire | None
    down: Wire | None

    @property
    def name(self) -> str:
        """The name in tables, such as "grpc stream" or "zeromq curve"."""
        parts = [self.library, _PROTOCOLS.get(self.protocol, "")]
        parts += [STREAM if self.mode == STREAM and self.protocol != "websocket" else ""]
        parts += [{"none": "plain", "curve": "CURVE"}.get(self.secured, "")]
        return " ".join(filter(None, parts))


_PROTOCOLS = {"http1": "HTTP/1.1", "http2": "HTTP/2", "websocket": "WebSocket"}
"""The protocols that are named next to a library; the others are each library's only one."""


def uses(library: Library, reference: Baseline | None = None) -> tuple[Use, ...]:
    """Every way of using it that there are figures of: measured ones, else those of others.

    With the `reference` of all libraries (`scale.reference_of`), figures of different runs are on one scale.
    """
    by_key: dict[tuple[str, str, str], Use] = {}
    for other in library.card.third_party:
        rows = _scaled(other.row, other.baseline, reference)
        by_key |= {_key(use): use for use in _uses(library.id, OTHERS, rows, other.idle)}
    if library.measurement is not None:
        measurement = library.measurement
        rows = _scaled(measurement.rows, measurement.baseline, reference)
        by_key |= {_key(use): use for use in _uses(library.id, MEASURED, rows, measurement.idle)}
    return tuple(by_key[key] for key in sorted(by_key))


def _scaled(rows: Sequence[Row], baseline: Sequence[Row], reference: Baseline | None) -> tuple[Row, ...]:
    """Rows with their CPU times on the scale of the reference."""
    if not reference:
        return tuple(rows)
    own = baseline_of(baseline)

    def times(row: Row, end: str) -> Spread | None:
        spread: Spread | None = getattr(row, f"{end}_cpu_us")
        by = factor(row, end, own, reference)
        return spread and Spread(median=spread.median * by, low=spread.low * by, high=spread.high * by)

    return tuple(row.model_copy(update={f"{end}_cpu_us": times(row, end) for end in ENDS}) for row in rows)


def _key(use: Use) -> tuple[str, str, str]:
    return use.protocol, use.mode, use.secured


def _secured(tls: str) -> str:
    return "tls" if tls in ("full", "resumed") else tls


def _uses(library: str, figures: str, rows: Sequence[Row], idle: Sequence[Idle]) -> Iterable[Use]:
    kept = {row.connection: REQUEST for row in rows} | {"stream": STREAM}
    cases = {
        (row.protocol, kept[row.connection], _secured(row.tls)) for row in rows if row.connection != "new"
    }
    for protocol, mode, secured in sorted(cases):
        alike = [row for row in rows if _secured(row.tls) == secured]
        mine = [row for row in alike if row.protocol == protocol]
        connection = "stream" if mode == STREAM else "keep-alive"
        held = [row for row in mine if row.connection == connection]
        # a WebSocket is opened as a connection for HTTP/1.1 is, at least
        http1 = [row for row in alike if row.protocol == "http1"]
        opened = mine if any(row.connection == "new" for row in mine) else http1
        memory = [entry for entry in idle if _secured(entry.tls) == secured]
        memory = [entry for entry in memory if entry.protocol == protocol] or memory
        yield Use(
            library, protocol, mode, secured, figures,
            _side(library, "client", held, opened, memory),
            _side(library, "server", held, opened, memory),
            _wire(held, opened, _beside),
            _wire(held, opened, _down),
        )  # fmt: skip


def _side(library: str, end: str, held: list[Row], opened: list[Row], idle: list[Idle]) -> Side | None:
    mine = [row for row in held if getattr(row, end) == library and getattr(row, f"{end}_cpu_us")]
    if not mine:
        return None

    def cpu(row: Row) -> Interval | None:
        spread: Spread | None = getattr(row, f"{end}_cpu_us") if getattr(row, end) == library else None
        return _interval(spread) if spread else None

    base = [entry.server_base_bytes for entry in idle if entry.server == library and end == "server"]
    sizes = [getattr(entry, f"{end}_bytes") for entry in idle if getattr(entry, end) == library]
    return Side(
        _points((row, cpu(row)) for row in mine),
        _opening(opened, "full", cpu),
        _opening(opened, "resumed", cpu),
        next((size for size in sizes if size is not None), None),
        next((size for size in base if size is not None), None),
    )


def _wire(held: list[Row], opened: list[Row], count: Callable[[Row], Interval | None]) -> Wire | None:
    points = _points((row, count(row)) for row in held)
    if not points:
        return None
    return Wire(points, _opening(opened, "full", count), _opening(opened, "resumed", count))


def _beside(row: Row) -> Interval | None:
    """Bytes beside the body, both directions together."""
    return exactly(max(0.0, row.wire_bytes - row.body_bytes)) if row.wire_bytes else None


def _down(row: Row) -> Interval | None:
    """Bytes to the client; where they were not told apart, the share of them in what is no body elsewhere."""
    if row.bytes_up or row.bytes_down:
        return exactly(row.bytes_down)
    both = _beside(row)
    return Interval(*(both.mid * share for share in _DOWN_SHARES[row.connection == "new"])) if both else None


_DOWN_SHARES = ((0.1, 0.2, 0.3), (0.2, 0.4, 0.6))
"""To the client, of what is no body, on kept and on new connections: 0.15 to 0.26 and 0.22 to 0.59 in the
measurements of Asio and ZeroMQ, rounded outwards."""


def _interval(spread: Spread) -> Interval:
    return Interval(spread.low, spread.median, spread.high)


def _points(pairs: Iterable[tuple[Row, Interval | None]]) -> Points:
    return tuple(sorted((row.body_bytes, value) for row, value in pairs if value is not None))


def _opening(rows: list[Row], tls: str, value: Callable[[Row], Interval | None]) -> Interval | None:
    """Return what a new connection adds, at the largest batch measured on new and kept connections alike."""
    new = [row for row in rows if row.connection == "new" and row.tls in (tls, *_UNSECURED[tls])]
    for row in sorted(new, key=lambda row: -row.body_bytes):
        same = [
            other for other in rows
            if other.connection == "keep-alive" and other.body_bytes == row.body_bytes
            and other.protocol == row.protocol
        ]  # fmt: skip
        for other in same:
            first, second = value(row), value(other)
            if first is not None and second is not None:
                return first.less(second)
    return None


_UNSECURED = {"full": ("none", "curve"), "resumed": ()}


def at(points: Points, body_bytes: float) -> Interval:
    """A cost at a body of any size, from its figures at one or more sizes."""
    (size, cost), (last_size, last) = points[0], points[-1]
    if size == last_size:
        ratio = body_bytes / size if size else 1.0
        return Interval(cost.low * min(1.0, ratio), cost.mid * (1 + ratio) / 2, cost.high * max(1.0, ratio))
    share = (body_bytes - size) / (last_size - size)
    ends = [max(0.0, a + max(0.0, b - a) * share) for a, b in zip(cost, last, strict=True)]
    low, mid, high = sorted(ends)
    return Interval(low, mid, high)
