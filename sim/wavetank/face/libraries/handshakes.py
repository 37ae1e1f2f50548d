"""The cost of a new encrypted connection with each library: in full and resumed."""

from collections.abc import Sequence
from typing import NamedTuple

from wavetank.libraries.costs import OTHERS, REQUEST, Side, Use
from wavetank.libraries.interval import Interval

NO_END = "–"


class Handshake(NamedTuple):
    """A line of the table: CPU time in us on top of a request's, or why not; a dash without such an end."""

    name: str
    server_full: str
    server_resumed: str
    agent_full: str
    agent_resumed: str


def handshakes(all_uses: Sequence[Use]) -> list[Handshake]:
    """A line for each use with new connections; the cheapest server first, those without a server last."""
    opened = [
        use
        for use in all_uses
        if use.mode == REQUEST and use.secured != "none" and (_full(use.server) or _full(use.agent))
    ]

    def order(use: Use) -> tuple[bool, float, str]:
        cost = _full(use.server) or _full(use.agent)
        return _full(use.server) is None, cost.mid if cost else 0.0, use.name

    return [_line(use) for use in sorted(opened, key=order)]


def _full(side: Side | None) -> Interval | None:
    return side.connect_us if side else None


def _line(use: Use) -> Handshake:
    name = f"{use.name} *" if use.figures == OTHERS else use.name
    ends = [_told(use, side) for side in (use.server, use.agent)]
    return Handshake(name, *ends[0], *ends[1])


def _told(use: Use, side: Side | None) -> tuple[str, str]:
    if side is None:
        return NO_END, NO_END
    return _us(side.connect_us) or "not measured", _us(side.resume_us) or _why(use)


def _why(use: Use) -> str:
    if use.secured == "curve":
        return "CURVE resumes nothing"
    return "not in their figures" if use.figures == OTHERS else "not measured: see the end"


def _us(value: Interval | None) -> str:
    return f"{value.mid:,.0f} [{value.low:,.0f}, {value.high:,.0f}]" if value else ""
