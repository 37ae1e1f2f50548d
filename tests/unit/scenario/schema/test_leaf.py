from fractions import Fraction
from typing import Any, get_args

import pytest

from wavetank.scenario.schema import leaf
from wavetank.scenario.schema.leaf import Leaf, Misfit, choice, number, shown, text, whole
from wavetank.units import SECOND


def of(annotated: Any) -> Leaf:
    """The leaf in an annotation."""
    leaf: Leaf = get_args(annotated)[1]
    return leaf


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        (leaf.Duration, "1500ms", 3 * SECOND // 2),
        (leaf.Duration, 0, 0),
        (leaf.Size, "2kB", 2_000),
        (leaf.Rate, "0.5/s", Fraction(1, 2)),
        (leaf.Share, "20%", Fraction(1, 5)),
        (leaf.Loss, "1%", Fraction(1, 100)),
        (leaf.Flag, True, True),
        (leaf.Name, "a-1_b", "a-1_b"),
    ],
)
def test_values_are_kept_exactly(kind: Any, written: object, value: object) -> None:
    assert of(kind).check(written) == value


@pytest.mark.parametrize(
    ("kind", "written", "message"),
    [
        (leaf.PositiveDuration, "0s", "is zero; leave the key out"),
        (leaf.Duration, float("inf"), "not a finite number"),
        (leaf.Loss, "100%", "would let nothing arrive"),
        (leaf.Flag, 1, "1 is neither true nor false"),
        (leaf.Name, "a b", "is not a name"),
        (leaf.Name, "a" * 65, "up to 64"),
    ],
)
def test_what_does_not_fit_says_what_is_right(kind: Any, written: object, message: str) -> None:
    with pytest.raises(Misfit, match=message):
        of(kind).check(written)


def test_whole_numbers_and_numbers_are_told_apart() -> None:
    assert whole(1, 5).check(5) == 5
    assert number(0, 2).check(1) == 1.0
    for written, message in ((6, "out of range"), (2.0, "not a whole number"), (True, "true is not a whole")):
        with pytest.raises(Misfit, match=message):
            whole(1, 5).check(written)
    for odd, message in ((True, "not a number"), (3, "out of range"), (float("nan"), "not a finite")):
        with pytest.raises(Misfit, match=message):
            number(0, 2).check(odd)


def test_words_suggest_the_nearest() -> None:
    words = choice(["full-jitter", "1.2"])
    assert words.check("full-jitter") == "full-jitter"
    assert words.check(1.2) == "1.2"
    with pytest.raises(Misfit, match='did you mean "full-jitter"'):
        words.check("ful-jitter")
    with pytest.raises(Misfit, match="write one of"):
        words.check("nothing like it")


def test_text_has_no_control_characters() -> None:
    title = text("a title", 5)
    assert title.check("a\nb") == "a\nb"
    for written, message in (("", "1 to 5"), ("abcdef", "1 to 5"), ("a\x07", "U\\+0007"), (3, "not a title")):
        with pytest.raises(Misfit, match=message):
            title.check(written)


@pytest.mark.parametrize(
    ("value", "as_written"),
    [
        (True, "true"), ("a", '"a"'), (3, "3"), (1 << 70, "a whole number of 71 bits"), ({}, "a table"),
        ([1], "an array"), (1.5, "1.5"),
    ],
)  # fmt: skip
def test_values_are_shown_as_written(value: object, as_written: str) -> None:
    assert shown(value) == as_written
    assert len(shown("x" * 1_000)) < 60


def test_absence_is_called_none() -> None:
    assert of(leaf.PositiveDuration).default_text(0) == "none"
    assert of(leaf.Duration).default_text(0) == "0s"
    assert of(leaf.Flag).default_text(False) == "false"
    assert whole(0, 5).default_text(0) == "0"
    assert whole(1, 5).default_text(3) == "3"
