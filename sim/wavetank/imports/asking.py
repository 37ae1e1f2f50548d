"""The user's statements about the files, checked."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

from wavetank.imports.problems import ImportProblem, shown
from wavetank.units import DURATION_UNITS, SECOND, SIZE_UNITS

Aspect = Literal["arrivals", "service", "sizes"]
ASPECTS: tuple[str, ...] = get_args(Aspect)
ROLES = ("time", "client", "service", "up", "down")
"""The roles of a column: arrival, client, duration, bytes to the server, bytes back."""
ROLE_OF = {"arrivals": "time", "service": "service", "sizes": "up"}


class Asked(NamedTuple):
    """The data to read: only one aspect or all (""), the pattern of a line, columns by role, and the unit.

    `unit_s` is that of durations and arrivals in seconds, `unit_bytes` that of sizes; None: not said.
    """

    aspect: str
    pattern: str
    columns: dict[str, str]
    unit_s: float | None
    unit_bytes: float | None
    comma: bool


def asked(
    aspect: str | None, pattern: str | None, columns: Sequence[str], unit: str | None, decimal: str
) -> Asked:
    """Check what the user says. Raises ImportProblem."""
    if aspect is not None and aspect not in ASPECTS:
        raise ImportProblem(f'as: "{shown(aspect)}" is not known; write one of {", ".join(ASPECTS)}')
    if decimal not in (".", ","):
        raise ImportProblem(f'decimal: "{shown(decimal)}" is no decimal mark; write . or ,')
    unit_s = unit_bytes = None
    if unit is not None:
        if unit in DURATION_UNITS:
            unit_s = DURATION_UNITS[unit] / SECOND
        elif unit in SIZE_UNITS:
            unit_bytes = float(SIZE_UNITS[unit])
        else:
            known = ", ".join((*DURATION_UNITS, *SIZE_UNITS))
            raise ImportProblem(f'unit: "{shown(unit)}" is not known; write one of {known}')
    return Asked(aspect or "", pattern or "", _columns(aspect, columns), unit_s, unit_bytes, decimal == ",")


def _columns(aspect: str | None, columns: Sequence[str]) -> dict[str, str]:
    named = {}
    for text in columns:
        role, equals, name = text.partition("=")
        if not equals or role not in ROLES:
            role, name = (ROLE_OF[aspect] if aspect else ""), text
        if not role:
            raise ImportProblem(
                f'column: say what "{shown(text)}" holds: --as {"|".join(ASPECTS)}, or ROLE={shown(text)} '
                f"with one of {', '.join(ROLES)}"
            )
        named[role] = name
    return named
