import pytest

from wavetank.imports.texts import duration_text, rate_text, size_text, toml_text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0ns"),
        (3e-7, "300ns"),
        (0.0000125, "12.5us"),
        (0.0123456, "12.35ms"),
        (1.5, "1.5s"),
        (119.0, "119s"),
        (150.0, "2.5min"),
        (7_200.0, "2h"),
        (259_200.0, "3d"),
        (1e10, "115741d"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_sizes_are_whole_and_at_least_one_byte() -> None:
    assert [size_text(value) for value in (0.2, 1.6, 1e6)] == ["1B", "2B", "1000000B"]


@pytest.mark.parametrize(
    ("per_s", "text"),
    [
        (12.34567, "12.346/s"),
        (123456.7, "123457/s"),
        (0.5, "30/min"),
        (1 / 120, "30/h"),
        (1 / 7200, "12/d"),
        (1e-5, "0.864/d"),
    ],
)
def test_rates_are_in_the_unit_that_makes_them_at_least_one(per_s: float, text: str) -> None:
    assert rate_text(per_s) == text


def test_very_small_rates_are_written_without_an_exponent() -> None:
    assert "e" not in rate_text(1e-12)


def test_toml_is_escaped_and_printable() -> None:
    assert toml_text('a "b"\\c\n') == '"a \\"b\\"\\\\c "'
