"""Quantities with units, read and written exactly: "15min", "64KiB", "2/s", "100Mbit/s", "20%".

A quantity is a plain decimal number and a unit ("1.5h", "20 ms"); never a bare number, so that nobody
has to guess. Durations are whole nanoseconds and sizes whole bytes; nothing passes through a float.
"""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from fractions import Fraction

from wavetank.errors import UnitError

# The model counts time in whole nanoseconds.
NANOSECOND = 1
MICROSECOND = 1_000
MILLISECOND = 1_000_000
SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

MAX_DURATION_NS = 3650 * DAY
MAX_SIZE_BYTES = 10**15
"""A petabyte; sums of thousands still fit into 64 bits."""

MAX_RATE_PER_S = 10**9
"""One a nanosecond, the model's finest time."""

MIN_RATE_PER_S = Fraction(SECOND, MAX_DURATION_NS)
MAX_BANDWIDTH_BYTES_PER_S = 10**15
"""A petabyte a second: faster than any card, and safe in 64 bits."""

DURATION_UNITS: Mapping[str, int] = {
    "ns": NANOSECOND,
    "us": MICROSECOND,
    "ms": MILLISECOND,
    "s": SECOND,
    "min": MINUTE,
    "h": HOUR,
    "d": DAY,
}
SIZE_UNITS: Mapping[str, int] = {
    "B": 1,
    "kB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
    "TiB": 2**40,
}
RATE_UNITS: Mapping[str, int] = {
    "/ms": MILLISECOND,
    "/s": SECOND,
    "/min": MINUTE,
    "/h": HOUR,
    "/hour": HOUR,
    "/d": DAY,
    "/day": DAY,
}
BANDWIDTH_UNITS: Mapping[str, Fraction] = {
    "bit/s": Fraction(1, 8),
    "kbit/s": Fraction(10**3, 8),
    "Mbit/s": Fraction(10**6, 8),
    "Gbit/s": Fraction(10**9, 8),
    **{f"{unit}/s": Fraction(factor) for unit, factor in SIZE_UNITS.items()},
}
SHARE_UNITS: Mapping[str, Fraction] = {"%": Fraction(1, 100)}

_NUMBER = r"[0-9]{1,30}(?:\.[0-9]{1,30})?"
_QUANTITY = re.compile(rf"({_NUMBER}) ?([A-Za-zµ/%][A-Za-zµ/%]{{0,19}})", re.ASCII)
_BARE = re.compile(_NUMBER, re.ASCII)
_SIGNED = re.compile(rf"[-+]\s*{_NUMBER}.*", re.ASCII | re.DOTALL)
_NOT_FINITE = re.compile(r"[-+]?(nan|inf|infinity)\b.*", re.IGNORECASE | re.DOTALL)


def pattern(units: Mapping[str, object]) -> str:
    """Regular expression (JSON Schema dialect) of the quantities with one of `units`."""
    return f"^{_NUMBER} ?({'|'.join(re.escape(unit) for unit in units)})$"


def parse_duration(text: str) -> int:
    """Nanoseconds of a duration such as "200ms". Raises UnitError."""
    return _whole(text, "a duration", DURATION_UNITS, MAX_DURATION_NS, "15min", "nanoseconds", "3650d")


def parse_size(text: str) -> int:
    """Bytes of a size such as "64KiB". Raises UnitError."""
    return _whole(text, "a size", SIZE_UNITS, MAX_SIZE_BYTES, "64KiB", "bytes", "1000TB")


def parse_rate(text: str) -> Fraction:
    """Events per second of a rate such as "3/min": 0, or 1 in 3650 days to 1e9 in 1 s. Raises UnitError."""
    number, unit = _split(text, "a rate", RATE_UNITS, "2/s")
    rate = number * SECOND / RATE_UNITS[unit]
    if rate > MAX_RATE_PER_S:
        raise UnitError(f'"{_short(text)}" is too much for a rate; the most is "1000000000/s"')
    if 0 < rate < MIN_RATE_PER_S:
        raise UnitError(f'"{_short(text)}" is too little for a rate; write "0/s" or at least "0.0003/d"')
    return rate


def parse_bandwidth(text: str) -> Fraction:
    """Bytes per second of a bandwidth such as "100Mbit/s" or "10MB/s". Raises UnitError."""
    number, unit = _split(text, "a bandwidth", BANDWIDTH_UNITS, "100Mbit/s")
    value = number * BANDWIDTH_UNITS[unit]
    if value > MAX_BANDWIDTH_BYTES_PER_S:
        raise UnitError(f'"{_short(text)}" is too much for a bandwidth; the most is "1000TB/s"')
    if 0 < value < 1:
        raise UnitError(f'"{_short(text)}" is too little for a bandwidth; the least is "8bit/s"')
    return value


def parse_share(text: str) -> Fraction:
    """A share such as "20%", as a fraction of one. Raises UnitError."""
    number, _ = _split(text, "a share", SHARE_UNITS, "20%")
    if number > 100:
        raise UnitError(f'"{_short(text)}" is more than the whole; write a share from "0%" to "100%"')
    return number / 100


def format_duration(ns: int) -> str:
    """Exact text of a duration in its largest unit that divides it, readable by `parse_duration`."""
    if ns == 0:
        return "0s"
    return [f"{ns // factor}{unit}" for unit, factor in DURATION_UNITS.items() if ns % factor == 0][-1]


def format_size(size_bytes: int) -> str:
    """The shortest exact text of a size in bytes, readable by `parse_size`."""
    if size_bytes == 0:
        return "0B"
    texts = [
        f"{size_bytes // factor}{unit}" for unit, factor in SIZE_UNITS.items() if size_bytes % factor == 0
    ]
    return min(texts, key=len)


def format_rate(per_s: Fraction) -> str:
    """Exact text of a rate where a whole number per unit of time says it, else per second, rounded."""
    for unit in ("/s", "/min", "/h", "/day", "/ms"):
        count = per_s * RATE_UNITS[unit] / SECOND
        if count.denominator == 1:
            return f"{count.numerator}{unit}"
    return f"{float(per_s):.12f}".rstrip("0") + "/s"


def format_share(share: Fraction) -> str:
    """Text of a share in percent, rounded to six decimals."""
    return f"{float(share * 100):.6f}".rstrip("0").rstrip(".") + "%"


def _whole(
    text: str, kind: str, units: Mapping[str, int], most: int, example: str, base: str, most_text: str
) -> int:
    match = _QUANTITY.fullmatch(text)
    if match and match[2] in units:
        # The common case in whole numbers: a file of a million values takes seconds, not half a minute.
        whole, _, decimals = match[1].partition(".")
        scale: int = 10 ** len(decimals)
        exact, remainder = divmod(int(whole + decimals) * units[match[2]], scale)
        if not remainder and exact <= most:
            return exact
    number, unit = _split(text, kind, units, example)
    value = number * units[unit]
    if value > most:
        raise UnitError(f'"{_short(text)}" is too much for {kind}; the most is "{most_text}"')
    if value.denominator != 1:
        raise UnitError(f'"{_short(text)}" is not a whole number of {base}; round it')
    return value.numerator


def _split(text: str, kind: str, units: Mapping[str, object], example: str) -> tuple[Fraction, str]:
    """Number and known unit of `text`, or the reason why not."""
    said, right = f'"{_short(text)}"', f'write {kind} such as "{example}"'
    match = _QUANTITY.fullmatch(text)
    if match and match[2] in units:
        return Fraction(match[1]), match[2]
    if match:
        raise UnitError(f'{said} has the unknown unit "{match[2]}"; {_unit_advice(match[2], units)}')
    if _BARE.fullmatch(text.strip()):
        raise UnitError(f"{said} has no unit; {right} (units: {', '.join(units)})")
    if _NOT_FINITE.fullmatch(text.strip()):
        raise UnitError(f"{said} is not a finite number; {right}")
    if _SIGNED.fullmatch(text.strip()):
        raise UnitError(f"{said} has a sign, and none may be negative; {right}")
    raise UnitError(f"{said} is not {kind}; {right} (units: {', '.join(units)})")


_ALIASES = {
    "sec": "s", "secs": "s", "second": "s", "seconds": "s", "mins": "min", "minute": "min",
    "minutes": "min", "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "day": "d", "days": "d",
    "µs": "us", "usec": "us", "msec": "ms", "byte": "B", "bytes": "B", "b": "B", "Kib": "KiB",
    "/sec": "/s", "/second": "/s", "/minute": "/min", "/hr": "/h", "/days": "/day",
    "mbit/s": "Mbit/s", "gbit/s": "Gbit/s", "Kbit/s": "kbit/s", "Mbps": "Mbit/s", "Gbps": "Gbit/s",
    "kbps": "kbit/s", "bps": "bit/s", "percent": "%",
}  # fmt: skip
_AMBIGUOUS = {"m": ("ms", "min"), "/m": ("/ms", "/min"), "KB": ("kB", "KiB"), "KB/s": ("kB/s", "KiB/s")}


def _unit_advice(unit: str, units: Mapping[str, object]) -> str:
    """Advise what to write instead of an unknown unit."""
    ambiguous = [known for known in _AMBIGUOUS.get(unit, ()) if known in units]
    if ambiguous:
        return f"write {' or '.join(ambiguous)}"
    alias = _ALIASES.get(unit)
    if alias in units:
        return f"write {alias}"
    by_case = [known for known in units if known.lower() == unit.lower()]
    close = by_case or get_close_matches(unit, units, n=1)
    known = ", ".join(units)
    return f"did you mean {close[0]}? (units: {known})" if close else f"units: {known}"


def _short(text: str) -> str:
    """Foreign text, printable and cut to 40 characters."""
    printable = "".join(c if c.isprintable() else "?" for c in text[:41])
    return printable if len(text) <= 40 else printable[:40] + "..."
