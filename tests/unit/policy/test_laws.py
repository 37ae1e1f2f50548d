"""Laws: what a few chosen bits give, worked out by hand, and the bounds of every law."""

import math
import re

import pytest

from wavetank.policy.codes import LawKind
from wavetank.policy.keyed import GOLDEN, MASK, draw, mix, unit
from wavetank.policy.laws import FORMULAS, LARGEST, NO_LAW, Law, mean_of, sample

HALF = 1 << 63
EMPIRICAL = (7, 100, 200, 300, 9)

DETERMINISTIC = Law(LawKind.DETERMINISTIC, 0.0, 0.0, 2_000_000, 0)
EXPONENTIAL = Law(LawKind.EXPONENTIAL, 1e9, 0.0, 0, 0)
ERLANG = Law(LawKind.ERLANG, 1e9, 3.0, 0, 0)
LOGNORMAL = Law(LawKind.LOGNORMAL, 1e9, 0.5, 0, 0)
HYPEREXPONENTIAL = Law(LawKind.HYPEREXPONENTIAL, 1e9, 2.0, 0, 0)
UNIFORM = Law(LawKind.UNIFORM, 0.0, 0.0, 1_000, 3_000)
TABLE = Law(LawKind.EMPIRICAL, 0.0, 0.0, 1, 4)


def test_no_law_and_a_plain_value() -> None:
    assert sample(NO_LAW, MASK, EMPIRICAL) == 0
    assert sample(DETERMINISTIC, 0, EMPIRICAL) == sample(DETERMINISTIC, MASK, EMPIRICAL) == 2_000_000


def test_the_median_of_an_exponential_is_ln_2_means() -> None:
    assert sample(EXPONENTIAL, HALF, EMPIRICAL) == round(1e9 * math.log(2))
    assert sample(EXPONENTIAL, 0, EMPIRICAL) == 0
    assert sample(EXPONENTIAL, MASK, EMPIRICAL) == round(53e9 * math.log(2))


def test_an_erlang_of_one_phase_is_exponential() -> None:
    single_phase = ERLANG._replace(shape=1.0)
    for i in range(100):
        bits = draw(1, i, 0)
        assert sample(single_phase, bits, EMPIRICAL) == pytest.approx(
            sample(EXPONENTIAL, bits, EMPIRICAL), abs=1
        )


def test_a_lognormal_without_variation_is_its_mean() -> None:
    still = LOGNORMAL._replace(shape=0.0)
    assert {sample(still, draw(2, i, 0), EMPIRICAL) for i in range(100)} == {10**9}


def test_uniform_reaches_both_ends_and_rounds_once() -> None:
    assert sample(UNIFORM, 0, EMPIRICAL) == 1_000
    assert sample(UNIFORM, HALF, EMPIRICAL) == 2_000
    assert sample(UNIFORM, MASK, EMPIRICAL) == 3_000
    narrow = UNIFORM._replace(low=5, high=6)
    assert [sample(narrow, HALF - 2048, EMPIRICAL), sample(narrow, HALF, EMPIRICAL)] == [5, 6]


def test_empirical_takes_its_own_part_of_the_table_only() -> None:
    samples = [sample(TABLE, draw(3, i, 0), EMPIRICAL) for i in range(3_000)]
    assert set(samples) == {100, 200, 300}
    assert sample(TABLE, MASK, EMPIRICAL) == 300
    assert all(900 < samples.count(value) < 1_100 for value in (100, 200, 300))


@pytest.mark.parametrize("law", [EXPONENTIAL, ERLANG, LOGNORMAL, HYPEREXPONENTIAL])
def test_samples_are_whole_and_never_negative(law: Law) -> None:
    for bits in (0, 1, HALF - 1, HALF, MASK - 1, MASK, *(draw(4, i, 0) for i in range(1_000))):
        value = sample(law, bits, EMPIRICAL)
        assert isinstance(value, int)
        assert value >= 0


def test_a_sample_fits_into_64_bits_whatever_the_law() -> None:
    wild = Law(LawKind.LOGNORMAL, 1e18, 50.0, 0, 0)
    largest = max(sample(wild, draw(5, i, 0), EMPIRICAL) for i in range(1_000))
    assert largest == LARGEST


@pytest.mark.parametrize(
    ("law", "mean"),
    [
        (NO_LAW, 0.0),
        (DETERMINISTIC, 2e6),
        (EXPONENTIAL, 1e9),
        (ERLANG, 1e9),
        (LOGNORMAL, 1e9),
        (HYPEREXPONENTIAL, 1e9),
        (UNIFORM, 2_000.0),
        (TABLE, 200.0),
    ],
)
def test_means(law: Law, mean: float) -> None:
    assert mean_of(law, EMPIRICAL) == mean


@pytest.mark.parametrize("bits", [1, HALF - 1, HALF, 3 << 61, 12_345_678_901_234_567_890])
@pytest.mark.parametrize(
    "law", [DETERMINISTIC, EXPONENTIAL, ERLANG, LOGNORMAL, HYPEREXPONENTIAL, UNIFORM, TABLE]
)
def test_formula_of_the_pages_is_what_the_code_computes(law: Law, bits: int) -> None:
    uniforms = [unit(bits), *(unit(mix(bits + GOLDEN * i)) for i in range(1, 3))]
    square = law.shape**2
    given = {
        "mean": law.low if law.kind == LawKind.DETERMINISTIC else law.mean,
        "k": int(law.shape),
        "cv": law.shape,
        "low": law.low,
        "high": law.high,
        "values": EMPIRICAL[law.low : law.high],
        "p": (1 + math.sqrt(max(0.0, square - 1) / (square + 1))) / 2,
        "Z": math.sqrt(-2 * math.log(1 - uniforms[0])) * math.cos(2 * math.pi * uniforms[1]),
        "draws": iter(uniforms),
    }
    formula = re.sub(r"\bU\b", "next(draws)", FORMULAS[LawKind(law.kind)])
    expected = eval(formula, {**vars(math), "sum": sum, "range": range, "len": len, "next": next, **given})
    assert sample(law, bits, EMPIRICAL) == pytest.approx(expected, abs=1)


def test_every_law_that_takes_time_has_a_formula() -> None:
    assert [LawKind.NONE, *FORMULAS] == list(LawKind)
