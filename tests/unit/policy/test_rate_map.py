"""Time against operational time, by hand."""

import pytest

from wavetank.policy.rate_map import HORIZON, NEVER, UNIT, op_starts, op_until, piece_of, time_at

# 100 ns at the base rate, 100 ns at twice it, 100 ns of nothing, then half of it
STARTS = (0, 100, 200, 300)
FACTORS = (UNIT, 2 * UNIT, 0, UNIT // 2)
OPS = (0, 100, 300, 300)


def test_pieces_begin_where_the_cumulative_rate_stands() -> None:
    assert op_starts(STARTS, FACTORS) == OPS
    assert op_starts((0,), (UNIT,)) == (0,)


def test_the_piece_of_an_instant_is_the_last_that_has_begun() -> None:
    assert [piece_of(STARTS, x) for x in (0, 99, 100, 299, 300, 10**9)] == [0, 0, 1, 2, 3, 3]
    assert piece_of(OPS, 300) == 3
    assert piece_of((0,), 5) == 0


def test_operational_instants_happen_rounded_down() -> None:
    ops = (0, 99, 100, 101, 102, 299, 300, 301, 310)
    assert [time_at(STARTS, OPS, FACTORS, op) for op in ops] == [0, 99, 100, 100, 101, 199, 300, 302, 320]


# the second table's pieces hold no whole number of operational ns, some of them less than one
@pytest.mark.parametrize(
    ("starts", "factors"),
    [(STARTS, FACTORS), ((0, 5, 9, 10, 17, 40), (300_001, 1_000_003, 99, 0, 2_500_000, 700_001))],
)
def test_op_until_is_the_first_instant_that_happens_later(
    starts: tuple[int, ...], factors: tuple[int, ...]
) -> None:
    ops = op_starts(starts, factors)
    for until in range(400):
        op = op_until(starts, ops, factors, until)
        assert time_at(starts, ops, factors, op) > until
        assert op == 0 or time_at(starts, ops, factors, op - 1) <= until


def test_a_rate_that_ends_has_no_later_image() -> None:
    starts, factors = (0, 100), (UNIT, 0)
    ops = op_starts(starts, factors)
    assert time_at(starts, ops, factors, 99) == 99
    assert time_at(starts, ops, factors, 100) == NEVER
    assert op_until(starts, ops, factors, 10**15) == 100


def test_beyond_the_horizon_is_never() -> None:
    assert time_at((0,), (0,), (UNIT,), HORIZON - 1) == HORIZON - 1
    assert time_at((0,), (0,), (UNIT,), HORIZON) == NEVER
    assert time_at((0,), (0,), (1,), 2**41) == NEVER
