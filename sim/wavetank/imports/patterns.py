"""Formats with a regular line: access logs of nginx, Apache, HAProxy and AWS ALB, and the user's own."""

import re
from collections.abc import Sequence
from itertools import compress
from typing import NamedTuple

from wavetank.imports.instants import Instants
from wavetank.imports.problems import Drop, ImportProblem, shown
from wavetank.imports.reading import NOTHING, Found
from wavetank.imports.records import Block, block, numbers

_QUOTED = r'"[^"\\]*(?:\\.[^"\\]*)*"'

COMBINED = re.compile(
    r"(?P<client>\S+) \S+ [^\[\"]{1,255} ?\[(?P<time>[^\]]+)\] "
    rf"{_QUOTED} \d{{3}} (?P<down>\d+|-)"
    rf"(?: {_QUOTED})*"
    r'(?: (?:\w+[=:])?"?(?P<service>\d+(?:\.\d+)?)"?(?: .*)?)?\s*'
)
HAPROXY = re.compile(
    r"(?:.*? )?(?P<client>[0-9a-fA-F.:\[\]]+):\d+ \[(?P<time>[^\]]+)\] \S+ \S+ "
    r"-?\d+/-?\d+/-?\d+/(?P<service>-?\d+)/\+?-?\d+ -?\d+ \+?(?P<down>\d+) .*"
)
ALB = re.compile(
    r"(?:https?|h2|grpcs|wss?) (?P<time>\S+) \S+ (?P<client>\S+):\d+ \S+ "
    rf"-?[\d.]+ (?P<service>-?[\d.]+) -?[\d.]+ \S+ \S+ (?P<up>\d+) (?P<down>\d+) {_QUOTED}.*"
)


class Regular(NamedTuple):
    """A format with one regular expression for a line; `service_s` is the unit of durations, in seconds."""

    name: str
    line: re.Pattern[str]
    service_s: float
    at_end: bool


FORMATS = (
    Regular("nginx or Apache access log", COMBINED, 1.0, True),
    Regular("HAProxy HTTP log", HAPROXY, 1e-3, False),
    Regular("AWS ALB access log", ALB, 1.0, True),
)

# variables of nginx, and words of our own: what each stands for
_WORDS = {
    "time": "time", "time_local": "time", "time_iso8601": "time", "msec": "time",
    "client": "client", "remote_addr": "client", "http_x_forwarded_for": "client",
    "service": "service", "request_time": "service", "upstream_response_time": "service",
    "up": "up", "request_length": "up",
    "down": "down", "body_bytes_sent": "down", "bytes_sent": "down",
}  # fmt: skip
GROUPS = ("time", "client", "service", "up", "down")
_FREE = {"time": r"[^\]\"|;]+?", "client": r"\S+?", "service": r"-|[\d.]+", "up": r"-|\d+", "down": r"-|\d+"}


def pattern_of(text: str, service_s: float | None) -> Regular:
    """Read a pattern: an nginx log_format with $variables, or a regular expression with named groups.

    Raises ImportProblem.
    """
    source = text if "(?P<" in text else _from_variables(text)
    try:
        line = re.compile(source)
    except re.error as error:
        raise ImportProblem(f"--pattern: not a regular expression ({error})") from None
    if not set(line.groupindex) & set(GROUPS):
        raise ImportProblem(
            f'--pattern: "{shown(text)}" names nothing to read; write $time, $client, $service, $up and '
            "$down where they stand, or nginx's own $time_local, $remote_addr, $request_time, $request_length"
        )
    at_end = "request_time" in text or "upstream_response_time" in text
    return Regular("pattern", line, 1.0 if service_s is None else service_s, at_end)


def _from_variables(text: str) -> str:
    parts, taken = [], set()
    for part in re.split(r"(\$\w+)", text):
        word = _WORDS.get(part[1:], "") if part.startswith("$") else ""
        if not part.startswith("$"):
            parts.append(re.escape(part))
        elif word and word not in taken:
            taken.add(word)
            parts.append(f"(?P<{word}>{_FREE[word]})")
        else:
            parts.append(".*?")
    return "".join(parts)


class RegularReader:
    """Reads lines of one regular format; remembers instants from line to line."""

    def __init__(self, file: str, form: Regular, unit_s: float | None) -> None:
        self._file = file
        self._form = form
        self._unit_s = unit_s
        self._instants = Instants()

    @property
    def name(self) -> str:
        """The name of the format."""
        return self._form.name

    def read(self, lines: Sequence[str], first: int) -> Block:
        """Read these lines. Raises ImportProblem where the unit of durations is in doubt."""
        matches = list(map(self._form.line.fullmatch, lines))
        kept: Sequence[int] = range(first, first + len(lines))
        drops: list[Drop] = []
        if None in matches:
            reason = f"not a line of this format ({self.name})"
            drops = [
                Drop(first + index, reason)
                for index, match in enumerate(matches)
                if match is None and lines[index].strip()
            ]
            kept = [first + index for index, match in enumerate(matches) if match]
        rows = [match.groups("") for match in matches if match]
        column = self._columns(rows)
        stamps = list(map(self._instants.__getitem__, column["time"]))
        if "time" in self._form.line.groupindex and any(at != at for at in stamps):
            timed = [at == at for at in stamps]
            unread = compress(kept, [not good for good in timed])
            drops += [Drop(line, "the time cannot be read") for line in unread]
            kept = list(compress(kept, timed))
            stamps = list(compress(stamps, timed))
            rows = list(compress(rows, timed))
            column = self._columns(rows)
        if self._form.line is COMBINED and self._unit_s is None:
            self._check_unit(column["service"], kept)
        return block(
            kept,
            stamps_s=stamps,
            clients=column["client"],
            service_s=numbers(
                column["service"], self._form.service_s if self._unit_s is None else self._unit_s
            ),
            up_bytes=numbers(column["up"]),
            down_bytes=numbers(column["down"]),
            at_end=self._form.at_end,
            drops=drops,
        )

    def end(self) -> tuple[None, Found]:
        """Return nothing more: lines say all."""
        return None, NOTHING

    def _columns(self, rows: list[tuple[str, ...]]) -> dict[str, Sequence[str]]:
        columns = list(zip(*rows, strict=True))
        groups = self._form.line.groupindex
        nothing = [""] * len(rows)
        return {name: columns[groups[name] - 1] if name in groups and rows else nothing for name in GROUPS}

    def _check_unit(self, texts: Sequence[str], lines: Sequence[int]) -> None:
        """nginx writes seconds with a point; Apache's %D and %T are whole numbers of another unit each."""
        line = next((line for text, line in zip(texts, lines, strict=True) if text and "." not in text), 0)
        if line:
            raise ImportProblem(
                f"{self._file}:{line}: the line ends with a whole number, and its unit is in doubt; say "
                "--unit us (Apache's %D), --unit ms or --unit s (%T), or --pattern if it is no duration"
            )
