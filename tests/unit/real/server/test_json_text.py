"""Held against Python's parser: the same texts are JSON, and values end at the same places."""

import json
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wavetank.real.server.json_text import LARGE, JsonText
from wavetank.real.server.json_walk import DEEPEST, end_of_value
from wavetank.real.transports.server.messages import Refused

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["a" * 70, "\\", '"', "\x7f", "[", "{}"])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=4), inner), max_leaves=40
)
TEXTS = st.builds(
    json.dumps,
    VALUES,
    ensure_ascii=st.booleans(),
    indent=st.sampled_from([None, 1]),
    allow_nan=st.just(False),
)
# Small windows: where these end is inside of values, and most of them are walked through.
WINDOWS = st.sampled_from([1, 3, 10, 64])


def is_json(text: str) -> bool:
    """Python's verdict, which takes numbers that are none."""

    def no(_: str) -> object:
        raise ValueError

    try:
        json.loads(text, parse_constant=no)
    except ValueError:
        return False
    return True


def ends(text: str, window: int) -> int | None:
    """Where the value ends that is the whole text, None where it is no JSON."""
    read = JsonText(text, window)
    try:
        _, end = read.value(read.space(0), DEEPEST)
    except Refused:
        return None
    return end if read.space(end) == len(text) else None


@given(TEXTS, WINDOWS)
def test_values_end_where_they_end(text: str, window: int) -> None:
    assert ends(text, window) == len(text)
    assert end_of_value(text, 0, DEEPEST) == len(text)
    assert JsonText(f"{text},", len(text) + 2).value(0, DEEPEST) == (json.loads(text), len(text))


@given(
    TEXTS,
    WINDOWS,
    st.integers(0),
    st.sampled_from(["", ",", "]", "}", '"', "\\", "0", "-", "e", ".", " ", "\n"]),
)
@example("[1,2]", 1, 2, "")
@example('{"a":1}', 3, 0, "[")
def test_broken_texts_are_broken_for_both(text: str, window: int, at: int, put: str) -> None:
    at %= len(text)
    broken = text[:at] + put + text[at + 1 :]
    assert (ends(broken, window) is not None) == is_json(broken), broken


NUMBERS = [
    "0",
    "-0",
    "1.5",
    "1E+2",
    "1e308",
    "01",
    "+1",
    "1.",
    ".5",
    "1e",
    "-",
    "0x1",
    "1_0",
    "NaN",
    "Infinity",
    "-Infinity",
]
WORDS = [
    "truth",
    "nullify",
    "[1,]",
    "{,}",
    "[1,,2]",
    "[1",
    "]",
    "{1:2}",
    '"abc',
    '"\\x"',
    '"\\u12g4"',
    '"\\"',
    '{"a',
    '{"a"',
    '{"a":',
    '{"a":1,}',
]
SPACED = ["", "[1 2]", '{"a" 11}', '{"a":1 "b":2}', '"\x01"', '"\n"', "1" * 4300, "1" * 4301]


@pytest.mark.parametrize("text", [*NUMBERS, *WORDS, *SPACED])
@pytest.mark.parametrize("window", [1, 100_000])
def test_numbers_and_words(text: str, window: int) -> None:
    assert (ends(text, window) is not None) == is_json(text)


@pytest.mark.parametrize("text", ["1e999", "-1e999", "1" * 400 + ".5", "[0,1e999]", "0." + "1" * 5_000])
@pytest.mark.parametrize("window", [1, 100_000])
def test_numbers_that_are_not_finite_are_refused_as_such(text: str, window: int) -> None:
    with pytest.raises(Refused) as why:
        JsonText(text, window).value(0, DEEPEST)
    assert why.value.status == 422


@pytest.mark.parametrize("window", [1, 100_000])
@pytest.mark.parametrize(("opened", "closed"), [("[", "]"), ('{"a":', "}")])
def test_nesting(window: int, opened: str, closed: str) -> None:
    deepest = opened * DEEPEST + "1" + closed * DEEPEST
    assert ends(deepest, window) == len(deepest)
    assert ends(f"[1,{deepest[len(opened) : -1]}]", window) is not None
    for deeper in (f"[{deepest}]", "[" * 100_000, "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1)):
        with pytest.raises(Refused) as why:
            JsonText(deeper, window).value(0, DEEPEST)
        assert why.value.status == 400


def test_large_values_are_checked_and_not_made() -> None:
    text = json.dumps(["x" * 100, {"a": [1.5, "\u00e9", "\\" * 50]}, math.pi] * 50)
    assert JsonText(f"{text} ", 64).value(0, DEEPEST) == (LARGE, len(text))
