"""Logs of one JSON object a line: Envoy, Caddy, Traefik, and any other with columns named by the user."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from wavetank.imports.asking import ROLES, Asked
from wavetank.imports.problems import Drop, ImportProblem
from wavetank.imports.reading import NOTHING, Found
from wavetank.imports.records import Block, block, numbers
from wavetank.imports.units import Units

Path = tuple[str, ...]


class Shape(NamedTuple):
    """Where an object holds what: paths of keys for each role, the first that is there counts.

    `signs` are keys that only this kind of log has; `service_s` is the unit of its durations, in seconds.
    """

    name: str
    signs: frozenset[str]
    paths: Mapping[str, tuple[Path, ...]]
    service_s: float | None
    at_end: bool


SHAPES = (
    Shape(
        "Envoy access log",
        frozenset(("start_time", "duration")),
        {
            "time": (("start_time",),),
            "client": (("x_forwarded_for",), ("downstream_remote_address",)),
            "service": (("duration",),),
            "up": (("bytes_received",),),
            "down": (("bytes_sent",),),
        },
        1e-3,
        False,
    ),
    Shape(
        "Caddy access log",
        frozenset(("ts", "duration", "request")),
        {
            "time": (("ts",),),
            "client": (("request", "client_ip"), ("request", "remote_ip"), ("request", "remote_addr")),
            "service": (("duration",),),
            "up": (("bytes_read",),),
            "down": (("size",),),
        },
        1.0,
        True,
    ),
    Shape(
        "Traefik access log",
        frozenset(("ClientHost", "Duration")),
        {
            "time": (("StartUTC",), ("time",)),
            "client": (("ClientHost",),),
            "service": (("Duration",),),
            "up": (("RequestContentSize",),),
            "down": (("DownstreamContentSize",), ("OriginContentSize",)),
        },
        1e-9,
        False,
    ),
)


def shape_of(file: str, first: Mapping[str, Any], asked: Asked) -> Shape:
    """Return the shape of the log whose first object this is. Raises ImportProblem."""
    if asked.columns:
        paths = {role: (tuple(name.split(".")),) for role, name in asked.columns.items()}
        return Shape("JSON lines", frozenset(), paths, None, False)
    for shape in SHAPES:
        if shape.signs <= set(first):
            return shape
    raise ImportProblem(
        f"{file}: JSON lines of an unknown kind; say what their keys hold with --column ROLE=KEY and one of "
        f"{', '.join(ROLES)} as ROLE (keys: {', '.join(list(first)[:20])})"
    )


class JsonReader:
    """Reads lines that are JSON objects."""

    def __init__(self, file: str, shape: Shape, asked: Asked) -> None:
        self._file = file
        self._shape = shape
        self._units = Units(file, asked)

    @property
    def name(self) -> str:
        """The name of the format."""
        return self._shape.name

    def read(self, lines: Sequence[str], first: int) -> Block:
        """Read these lines."""
        kept: list[int] = []
        rows: list[dict[str, Any]] = []
        drops: list[Drop] = []
        for number, line in enumerate(lines, first):
            value = parsed(line)
            if isinstance(value, dict):
                kept.append(number)
                rows.append(value)
            elif line.strip():
                drops.append(Drop(number, f"not a JSON object ({self.name})"))
        column = {role: self._column(rows, role) for role in ROLES}
        service = self._shape.service_s
        return block(
            kept,
            stamps_s=self._units.instants(column["time"]),
            clients=[_host(text) for text in column["client"]],
            service_s=(
                self._units.durations(column["service"], kept)
                if service is None
                else numbers(column["service"], service)
            ),
            up_bytes=self._units.sizes(column["up"], kept),
            down_bytes=self._units.sizes(column["down"], kept),
            at_end=self._shape.at_end,
            drops=drops,
        )

    def end(self) -> tuple[None, Found]:
        """Return nothing more: lines say all."""
        return None, NOTHING

    def _column(self, rows: Sequence[dict[str, Any]], role: str) -> list[str]:
        paths = self._shape.paths.get(role)
        return [_at(row, paths) for row in rows] if paths else [""] * len(rows)


def parsed(line: str) -> Any:
    """Return the JSON value of a line; None where it is none."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _at(row: Any, paths: Sequence[Path]) -> str:
    for path in paths:
        value = row
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, str | int | float) and value != "":
            return str(value)
    return ""


def _host(text: str) -> str:
    """An address without its port, and of a chain of proxies the first."""
    text = text.partition(",")[0].strip()
    host, colon, port = text.rpartition(":")
    return host if colon and port.isdigit() and (host.count(":") == 0 or host.endswith("]")) else text
