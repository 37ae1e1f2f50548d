"""Quantities as texts that the scenario reads: short, and never finer than a nanosecond or a byte."""

from fractions import Fraction

from wavetank.units import DAY, DURATION_UNITS, HOUR, MAX_RATE_PER_S, MINUTE, SECOND, format_rate

_LEAST = {
    "d": 2 * DAY,
    "h": 2 * HOUR,
    "min": 2 * MINUTE,
    "s": SECOND,
    "ms": 1_000_000,
    "us": 1_000,
    "ns": 0,
}


def duration_text(seconds: float, digits: int = 4) -> str:
    """Text of a duration with so many digits.

    Examples
    --------
    >>> duration_text(0.0123456)
    '12.35ms'
    """
    ns = round(seconds * SECOND)
    unit = next(unit for unit, least in _LEAST.items() if ns >= least)
    value = ns / DURATION_UNITS[unit]
    if unit == "ns" or value >= 10**digits:
        return f"{value:.0f}{unit}"
    return f"{value:.{digits}g}{unit}"


def size_text(size_bytes: float) -> str:
    """Text of a size in whole bytes, at least one."""
    return f"{max(1, round(size_bytes))}B"


def rate_text(per_s: float) -> str:
    """Text of a rate, in the unit that makes it at least 1, with five digits."""
    rate = min(per_s, float(MAX_RATE_PER_S))
    for unit, span in (("/s", 1), ("/min", 60), ("/h", 3600), ("/d", 86400)):
        if rate * span >= 1 or unit == "/d":
            value = f"{rate * span:.5g}" if rate * span < 1e5 else f"{rate * span:.0f}"
            if "e" not in value:
                return f"{value}{unit}"
    return format_rate(Fraction(rate))


def toml_text(text: str) -> str:
    """A basic string of TOML."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else " " for c in escaped) + '"'
