from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavetank import units
from wavetank.errors import UnitError


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("15min", 900 * 10**9),
        ("200ms", 200 * 10**6),
        ("1h", 3600 * 10**9),
        ("2d", 172_800 * 10**9),
        ("500us", 500_000),
        ("20ns", 20),
        ("1.5s", 1_500_000_000),
        ("0.000000001s", 1),
        ("20 ms", 20_000_000),
        ("3650d", 3650 * 86_400 * 10**9),
    ],
)
def test_durations(text: str, ns: int) -> None:
    assert units.parse_duration(text) == ns


@pytest.mark.parametrize(
    ("text", "size"),
    [("400B", 400), ("1MB", 10**6), ("64KiB", 65_536), ("1.5kB", 1500), ("0.5KiB", 512), ("1000TB", 10**15)],
)
def test_sizes(text: str, size: int) -> None:
    assert units.parse_size(text) == size


@pytest.mark.parametrize(
    ("text", "per_s"),
    [("2/s", 2), ("3/min", Fraction(1, 20)), ("4/day", Fraction(4, 86_400)), ("1/ms", 1000), ("0/s", 0)],
)
def test_rates(text: str, per_s: Fraction) -> None:
    assert units.parse_rate(text) == per_s


@pytest.mark.parametrize(
    ("text", "bytes_per_s"),
    [("100Mbit/s", 12_500_000), ("1Gbit/s", 125_000_000), ("10MB/s", 10**7), ("12bit/s", Fraction(3, 2))],
)
def test_bandwidths(text: str, bytes_per_s: Fraction) -> None:
    assert units.parse_bandwidth(text) == bytes_per_s


@pytest.mark.parametrize(("text", "share"), [("20%", Fraction(1, 5)), ("33.3%", Fraction(333, 1000))])
def test_shares(text: str, share: Fraction) -> None:
    assert units.parse_share(text) == share


@pytest.mark.parametrize(
    ("parse", "text", "says"),
    [
        (units.parse_duration, "15", '"15" has no unit; write a duration such as "15min"'),
        (units.parse_duration, "5m", "unknown unit"),
        (units.parse_duration, "5m", "write ms or min"),
        (units.parse_duration, "5sec", "write s"),
        (units.parse_duration, "5fortnights", "units: ns, us, ms, s, min, h, d"),
        (units.parse_duration, "-3s", "none may be negative"),
        (units.parse_duration, "+3s", "has a sign"),
        (units.parse_duration, "nan", "not a finite number"),
        (units.parse_duration, "inf", "not a finite number"),
        (units.parse_duration, "infs", "is not a duration"),
        (units.parse_duration, "1e400s", "is not a duration"),
        (units.parse_duration, "1_000s", "is not a duration"),
        (units.parse_duration, "", "is not a duration"),
        (units.parse_duration, "5s\n", "is not a duration"),
        (units.parse_duration, "５s", "is not a duration"),
        (units.parse_duration, "3651d", 'the most is "3650d"'),
        (units.parse_duration, "9" * 30 + "s", "too much"),
        (units.parse_duration, "9" * 31 + "s", "is not a duration"),
        (units.parse_duration, "0.5ns", "not a whole number of nanoseconds"),
        (units.parse_size, "1KB", "write kB or KiB"),
        (units.parse_size, "3mb", "did you mean MB?"),
        (units.parse_size, "1.5B", "not a whole number of bytes"),
        (units.parse_size, "1001TB", "too much"),
        (units.parse_rate, "4", "has no unit"),
        (units.parse_rate, "2s", "did you mean /s?"),
        (units.parse_rate, "2/m", "write /ms or /min"),
        (units.parse_rate, "2000000/ms", "too much"),
        (units.parse_rate, "0.0001/d", "too little"),
        (units.parse_bandwidth, "100Mbps", "write Mbit/s"),
        (units.parse_bandwidth, "2000TB/s", "too much"),
        (units.parse_bandwidth, "1bit/s", "too little"),
        (units.parse_share, "101%", "more than the whole"),
        (units.parse_share, "0.2", 'write a share such as "20%"'),
    ],
)
def test_refusals_say_what_would_be_right(parse: object, text: str, says: str) -> None:
    assert callable(parse)
    with pytest.raises(UnitError) as caught:
        parse(text)
    assert says in str(caught.value)


@given(st.integers(0, units.MAX_DURATION_NS))
def test_durations_round_trip(ns: int) -> None:
    assert units.parse_duration(units.format_duration(ns)) == ns


@given(st.integers(0, units.MAX_SIZE_BYTES))
def test_sizes_round_trip(size: int) -> None:
    assert units.parse_size(units.format_size(size)) == size


def test_formats() -> None:
    assert units.format_duration(900 * 10**9) == "15min"
    assert units.format_duration(90 * 10**9) == "90s"
    assert units.format_size(65_536) == "64KiB"
    assert units.format_size(10**6) == "1MB"
    assert units.format_rate(Fraction(1, 20)) == "3/min"
    assert units.format_rate(Fraction(0)) == "0/s"
    assert units.format_rate(Fraction(1, 7)) == "0.142857142857/s"
    assert units.format_share(Fraction(1, 3)) == "33.333333%"


@given(st.text(max_size=50))
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (units.parse_duration, units.parse_size, units.parse_rate, units.parse_bandwidth):
        with suppress(UnitError):
            assert parse(text) >= 0
