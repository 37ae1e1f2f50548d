"""Reads the golden cases: rows and totals worked out by hand (README.md beside this file says how)."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from wavetank.policy.arrivals import Source, count, time_of
from wavetank.policy.codes import EVENT_STREAMS, Activity, Cause, DropCause, Purpose, Stream
from wavetank.policy.keyed import key_of
from wavetank.protocol.order import Message
from wavetank.results.peaks import ALL_REQUESTS, CONNECTS, EVENTS
from wavetank.results.tally import Tally
from wavetank.results.trace import TRACE_COLUMNS, TraceRow

FOLDER = Path(__file__).parent
FATES = ("issued", "ok", "rejected", "timed_out", "lost", "open")
COUNTS = ("produced", "delivered", "queued", "received", "duplicated", "dropped_but_received")
UNITS = {"": 1, "ms": 1_000_000, "s": 1_000_000_000}
TERM = re.compile(r"([+-]?)(?:C(\d+)|N\((\w+)\)|([\d_]+)(ms|s|))")

Value = Callable[[str], int]

COLUMNS = TRACE_COLUMNS[:-1]
"""Those of a case: who sent a message follows from what it is and why."""
UPWARD = ("SYN", "ACK", "TLS_KEY", "REQUEST")


class Line(NamedTuple):
    """One expected message: its cells as written, and the arithmetic behind them."""

    cells: tuple[str, ...]
    why: str


class Case(NamedTuple):
    """One case. `requires` are the conditions ("a > b") under which the rows hold."""

    name: str
    scenario: Path
    requires: tuple[str, ...]
    totals: Mapping[str, str]
    lines: tuple[Line, ...]


def cases() -> tuple[Case, ...]:
    """All cases, by number. A scenario without expectation, or the reverse, is an error."""
    scenarios = {path.stem for path in FOLDER.glob("*.toml")}
    expectations = {path.stem for path in FOLDER.glob("*.txt")}
    assert scenarios == expectations, scenarios ^ expectations
    return tuple(read(name) for name in sorted(scenarios))


def read(name: str) -> Case:
    """The case `name`: the lines of its .txt by their first word."""
    requires: list[str] = []
    totals: dict[str, str] = {}
    lines: list[Line] = []
    for text in (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        content, _, why = text.partition("#")
        words = content.split()
        if not words:
            continue
        if words[0] == "require":
            requires.append(" ".join(words[1:]))
        elif words[0] == "total":
            key, equals, value = words[1:]
            assert equals == "=", f"{name}: {text}"
            assert key not in totals, f"{name}: {text}"
            totals[key] = value
        elif tuple(words) != COLUMNS:
            assert len(words) == len(COLUMNS), f"{name}: {text}"
            assert why.strip(), f"{name}: no arithmetic beside {text}"
            lines.append(Line(tuple(words), why.strip()))
    return Case(name, FOLDER / f"{name}.toml", tuple(requires), totals, tuple(lines))


def evaluator(seed: int, commands: Source) -> Value:
    """A reader of cells: sums of ns, `7ms`, `2s`, `C3` (when agent 0's command 3 is created) and
    `N(5s)` (how many of its commands are created before 5 s), read from the arrivals policy.
    """
    key = key_of(seed, 0, Stream.COMMANDS, Purpose.PAGE_COUNT)

    def value(cell: str) -> int:
        if cell == "-1":
            return -1
        total, end = 0, 0
        while end < len(cell):
            term = TERM.match(cell, end)
            assert term is not None, f"cannot read {cell}"
            sign, index, until, number, unit = term.groups()
            if index is not None:
                amount = time_of(commands, key, 0, 0, int(index))[2]
            elif until is not None:
                amount = count(commands, key, 0, 0, value(until) - 1)[2]
            else:
                amount = int(number) * UNITS[unit]
            total += -amount if sign == "-" else amount
            end = term.end()
        return total

    return value


def row_of(line: Line, value: Value) -> TraceRow:
    """The expected row in numbers."""
    sent, arrived, agent, stream, request, attempt, message, node, status, events = line.cells
    return TraceRow(
        value(sent),
        value(arrived),
        int(agent),
        int(Stream[stream.upper()]),
        int(request),
        int(attempt),
        int(Message[message]),
        int(node),
        int(status),
        value(events),
        int(_is_agents(message, line.why)),
    )


def _is_agents(message: str, why: str) -> bool:
    """Whether the agent sent it: a FIN unless it is said to be the node's, a RESET only at a deadline."""
    if message == "FIN":
        return not why.startswith("the node's")
    return why.startswith("deadline") if message == "RESET" else message in UPWARD


def sorting(row: TraceRow) -> tuple[int, ...]:
    """The order of rows in a case."""
    return row.sent_ns, row.agent, row.stream, row.request, row.attempt, row.message


def always(tally: Tally) -> dict[str, int]:
    """The totals that every case pins: those it does not list are expected to be 0."""
    sums = {
        "retries": tally.retries,
        "commands.created": tally.commands_created,
        "commands.delivered": tally.commands_delivered,
    }
    for stream, counts in zip(EVENT_STREAMS, tally.events, strict=True):
        name = f"events.{stream.name.lower()}"
        sums |= {f"{name}.{field}": getattr(counts, field) for field in COUNTS}
        sums |= {f"{name}.dropped.{cause.name.lower()}": counts.dropped[cause] for cause in DropCause}
    for stream in Stream:
        fates = {fate: getattr(tally, fate)[stream] for fate in FATES}
        sums |= {f"attempts.{stream.name.lower()}.{fate}": number for fate, number in fates.items()}
    refusals = [cause for cause in Cause if cause is not Cause.NONE]
    sums |= {f"silent.{cause.name.lower()}": tally.silent[cause] for cause in refusals}
    return sums | {f"causes.{cause.name.lower()}": tally.causes[cause] for cause in refusals}


def on_request(tally: Tally) -> dict[str, int]:
    """The totals that only the cases that list them pin."""
    counts = {
        "node_detection_ns": tally.node_detection.sum_ns,
        "logins": sum(tally.series.logins),
        "handshakes.full": tally.window_handshakes[0],
        "handshakes.resumed": tally.window_handshakes[1],
        "bytes_up": tally.bytes_up,
        "bytes_down": tally.bytes_down,
        "peak.requests": tally.peaks[ALL_REQUESTS],
        "peak.connects": tally.peaks[CONNECTS],
        "peak.events": tally.peaks[EVENTS],
    }
    for node in range(len(tally.node_requests)):
        counts[f"node.{node}.requests"] = tally.node_requests[node]
        counts[f"node.{node}.rejected"] = tally.node_rejected[node]
        counts[f"node.{node}.connections_ns"] = tally.node_connections_area_ns[node]
        counts[f"node.{node}.connections_max"] = tally.node_connections_max[node]
    for node, busy in enumerate(tally.busy_ns):
        counts |= {f"busy.{node}.{activity.name.lower()}": busy[activity] for activity in Activity}
        counts[f"wasted.{node}"] = tally.wasted_ns[node]
    return counts
