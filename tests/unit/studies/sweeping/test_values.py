import pytest

from wavetank.studies.sweeping.values import Typed, measured, parts_of, typed


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("4", 4, ""),
        ("0.5", 0.5, ""),
        ("true", True, ""),
        ("5min", 300.0, "s"),
        ("250ms", 0.25, "s"),
        ("2kB", 2000.0, "bytes"),
        ("20%", 0.2, "share"),
        ("30/min", 0.5, "1/s"),
        ("fixed", "fixed", ""),
        ("{law='fixed',base='1s'}", "{law='fixed',base='1s'}", ""),
    ],
)
def test_values_are_in_si_units(text: str, value: Typed, unit: str) -> None:
    assert measured(text) == (value, unit)
    assert typed(text) == value
    assert type(typed(text)) is type(value)


def test_commas_in_quotes_and_brackets_do_not_cut() -> None:
    assert parts_of("1, 2 ,3") == ["1", "2", "3"]
    assert parts_of("{law='a',base='1s'},[1,2],'x,y'") == ["{law='a',base='1s'}", "[1,2]", "'x,y'"]
    assert parts_of("1,,2") == ["1", "", "2"]
