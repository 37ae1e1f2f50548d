"""Points in time as logs write them, in seconds since 1970."""

from datetime import UTC, datetime

_FORMATS = (
    "%d/%b/%Y:%H:%M:%S %z",
    "%d/%b/%Y:%H:%M:%S.%f",
    "%d/%b/%Y:%H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%a, %d %b %Y %H:%M:%S %Z",
)
_MOST = 100_000  # a day of seconds


SCALES = (1.0, 1e3, 1e6, 1e9)  # seconds, milliseconds, microseconds, nanoseconds since 1970


def instant(text: str) -> float:
    """Seconds since 1970 of an instant; a time without a zone is taken as UTC.

    A number is seconds, milliseconds, microseconds or nanoseconds since 1970, whichever falls into the years
    from 1990 to 2100; other numbers are seconds. NaN where it is no instant.
    """
    text = text.strip()
    try:
        return _epoch(float(text))
    except ValueError:
        pass
    for form in ("", *_FORMATS):
        try:
            return _strict(form, text) if form else _iso(text)
        except ValueError:
            continue
    return float("nan")


def in_range(seconds: float) -> bool:
    """Whether so many seconds since 1970 are in the years from 1990 to 2100."""
    return 631_152_000 <= seconds < 4_102_444_800


def _epoch(value: float) -> float:
    return next((value / scale for scale in SCALES if in_range(value / scale)), value)


def _iso(text: str) -> float:
    return _stamp(datetime.fromisoformat(text.replace(",", ".")))


def _strict(form: str, text: str) -> float:
    return _stamp(datetime.strptime(text, form))


def _stamp(read: datetime) -> float:
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()


class Instants(dict[str, float]):
    """Remembers the instants of texts, as thousands of lines share a second: `instants[text]`."""

    def __missing__(self, text: str) -> float:
        if len(self) >= _MOST:
            self.clear()
        self[text] = instant_s = instant(text)
        return instant_s
