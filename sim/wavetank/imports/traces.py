"""The trace of a run of wavetank (`run --out DIR --trace AGENTS`): requests as their server saw them."""

from collections.abc import Sequence

from wavetank.imports.problems import Drop
from wavetank.imports.reading import NOTHING, Found
from wavetank.imports.records import Block, block
from wavetank.imports.tables import Header, split
from wavetank.policy.codes import EVENT_STREAMS
from wavetank.protocol.order import Message
from wavetank.results.trace import TraceRow
from wavetank.units import SECOND


class TraceReader:
    """Pairs the requests that carry events with their responses; a request without one has no duration."""

    name = "trace of wavetank"

    def __init__(self, file: str, header: Header) -> None:
        self._header = header
        self._open: dict[tuple[int, int, int, int], TraceRow] = {}

    def read(self, lines: Sequence[str], first: int) -> Block:
        """Read these lines, past the header."""
        skip = 1 if first == 1 else 0
        return self.take(*split(lines[skip:], first + skip, self._header))

    def take(self, rows: list[list[str]], kept: list[int], drops: Sequence[Drop] = ()) -> Block:
        """Make a block of the requests whose response is among these rows; others wait for theirs."""
        lines: list[int] = []
        ended: list[TraceRow] = []
        service_s: list[float] = []
        odd = list(drops)
        for number, cells in zip(kept, rows, strict=True):
            try:
                row = TraceRow(*map(int, cells))
            except ValueError:
                odd.append(Drop(number, "not whole numbers"))
                continue
            key = (row.agent, row.stream, row.request, row.attempt)
            if row.stream in EVENT_STREAMS and row.message == Message.REQUEST:
                self._open[key] = row
            elif row.message == Message.RESPONSE and key in self._open:
                lines.append(number)
                ended.append(row)
                service_s.append(max(0, row.sent_ns - self._open.pop(key).arrived_ns) / SECOND)
        return block(
            lines,
            stamps_s=[row.sent_ns / SECOND for row in ended],
            clients=[f"agent {row.agent}" for row in ended],
            service_s=service_s,
            at_end=True,
            drops=odd,
        )

    def end(self) -> tuple[Block, Found]:
        """Return the requests that had no response."""
        rest = [row for row in self._open.values() if row.arrived_ns >= 0]
        rows = block(
            [0] * len(rest),
            stamps_s=[row.arrived_ns / SECOND for row in rest],
            clients=[f"agent {row.agent}" for row in rest],
        )
        return rows, NOTHING
