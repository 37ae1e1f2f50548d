from math import exp, inf
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from wavetank.studies.sequential import (
    Claim,
    Decision,
    decide,
    in_seed_order,
    log_e_fails,
    log_e_holds,
    runs_to_hold,
)

OUTCOMES = st.lists(st.sampled_from([True, True, True, True, False, None]), max_size=90)
CANDIDATES = 1_000


@pytest.mark.parametrize(
    ("probability", "threshold", "without", "with_one"),
    [
        (0.80, 20, 17, 29),
        (0.90, 20, 36, 60),
        (0.95, 20, 73, 122),
        (0.99, 20, 373, 621),
        (0.80, 60, 23, 35),
        (0.90, 60, 48, 72),
        (0.95, 60, 98, 148),
    ],
)
def test_runs_that_a_claim_takes(probability: float, threshold: float, without: int, with_one: int) -> None:
    claim = Claim(probability, threshold)
    assert (runs_to_hold(claim), runs_to_hold(claim, failures=1)) == (without, with_one)
    decision = decide([*[True] * (without - 1), False, *[True] * 700], claim)
    assert (decision.decision, decision.runs, decision.held, decision.failed) == (
        Decision.HOLDS, with_one, with_one - 1, 1,
    )  # fmt: skip
    assert decide([*[True] * (without - 1), False, *[True] * (with_one - without - 1)], claim).needed == 1


@pytest.mark.parametrize(("held", "failed", "p"), [(7, 0, 0.9), (30, 2, 0.9), (3, 9, 0.5), (0, 4, 0.8)])
def test_e_values_are_the_integrals_that_they_stand_for(held: int, failed: int, p: float) -> None:
    def ratio(q: float) -> float:
        return float((q / p) ** held * ((1 - q) / (1 - p)) ** failed)

    above = quad(ratio, p, 1)[0] / (1 - p)
    below = quad(ratio, 0, p)[0] / p
    assert exp(log_e_holds(held, failed, p)) == pytest.approx((above + ratio(1 - (1 - p) / 10)) / 2)
    assert exp(log_e_fails(held, failed, p)) == pytest.approx(below)


@pytest.mark.parametrize("threshold", [20.0, 60.0])
def test_few_candidates_at_the_tolerated_rate_are_said_to_hold(threshold: float) -> None:
    """A candidate whose true probability is P itself: "holds" is false, and so is "fails"."""
    claim, chance = Claim(0.90, threshold), Random(20_261_130)
    limit = runs_to_hold(claim, failures=1)
    said = [decide((chance.random() < 0.90 for _ in range(limit)), claim).decision for _ in range(CANDIDATES)]
    assert said.count(Decision.HOLDS) <= CANDIDATES / threshold
    assert said.count(Decision.FAILS) <= CANDIDATES / threshold
    assert said.count(Decision.UNDECIDED) > CANDIDATES / 2


def test_candidates_far_from_the_rate_are_decided() -> None:
    chance = Random(7)
    good = [decide(chance.random() < 0.995 for _ in range(60)).decision for _ in range(300)]
    bad = [decide(chance.random() < 0.5 for _ in range(60)).decision for _ in range(300)]
    assert good.count(Decision.HOLDS) > 260
    assert bad.count(Decision.FAILS) == 300


@given(OUTCOMES, st.randoms(use_true_random=False))
def test_workers_that_end_in_any_order_come_to_the_same(outcomes: list[bool | None], chance: Random) -> None:
    """At any time the runs that have ended are a subset; what is decided then stays decided."""
    at_last = decide(outcomes)
    order = list(range(len(outcomes)))
    chance.shuffle(order)
    ended: dict[int, bool | None] = {}
    for index in order:
        ended[index] = outcomes[index]
        decision = decide(in_seed_order(ended))
        assert decision.decision is Decision.UNDECIDED or decision == at_last
    assert decide(in_seed_order(ended)) == at_last


@given(OUTCOMES)
def test_bounds_are_on_the_side_of_the_decision(outcomes: list[bool | None]) -> None:
    claim = Claim(0.8)
    decision = decide(outcomes, claim)
    assert 0 <= decision.low <= decision.high <= 1
    assert (decision.decision is Decision.HOLDS) == (decision.low >= claim.probability)
    assert (decision.decision is Decision.FAILS) == (decision.high <= claim.probability)
    assert decision.held + decision.failed <= decision.runs <= len(outcomes)
    assert (decision.needed > 0) == (decision.decision is Decision.UNDECIDED)


@given(st.integers(0, 60), st.integers(0, 10))
def test_the_runs_that_are_needed_decide_and_one_less_does_not(held: int, failed: int) -> None:
    outcomes = [True] * held + [False] * failed
    decision = decide(outcomes)
    if decision.decision is Decision.UNDECIDED:
        assert decide(outcomes + [True] * decision.needed).decision is Decision.HOLDS
        assert decide(outcomes + [True] * (decision.needed - 1)).decision is Decision.UNDECIDED


def test_a_run_that_cannot_tell_counts_against_both_sides() -> None:
    assert decide([None, *[True] * 58]).decision is Decision.UNDECIDED
    assert decide([None, *[True] * 59]).decision is Decision.HOLDS
    assert decide([None] * 200).decision is Decision.UNDECIDED
    assert decide([None] * 3 + [False] * 2).runs == 5


def test_many_runs_do_not_overflow() -> None:
    assert decide([True] * 5_000, Claim(0.9999)).decision is Decision.UNDECIDED
    assert decide([None] * 5_000, Claim(0.5)).decision is Decision.UNDECIDED
    assert log_e_fails(0, 100_000, 0.5) > 60_000


@pytest.mark.parametrize("claim", [Claim(0.0), Claim(1.0), Claim(0.9, 1.0), Claim(-inf)])
def test_a_claim_that_is_none(claim: Claim) -> None:
    with pytest.raises(ValueError, match="between 0 and 1, the threshold above 1"):
        decide([], claim)
