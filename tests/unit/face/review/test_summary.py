import pytest

from tests.unit.face.review.test_page import made
from tests.unit.studies.reviewing.test_madr import DECISION, FAILING, ROW
from wavetank.face.review.summary import asked, flips, line_of, reason, risks, verdict_of


def test_the_reason_is_the_claim_that_the_others_fail() -> None:
    assert reason(DECISION) == (ROW, FAILING)
    line = line_of(3, DECISION)
    assert (line.number, line.anchor, line.verdict) == (3, "decision-3", "holds")
    assert line.because == ("1 min 26 s", "Back within 5min | or so")
    assert line.instead == ("Fixed wait", "fails: never")
    assert line.evidence == "20 of 20 runs"


def test_without_a_difference_it_is_the_claim_that_decides() -> None:
    same = ROW.model_copy(update={"option": "b", "gating": False})
    assert reason(DECISION.model_copy(update={"rows": (ROW, same)})) == (ROW, None)
    assert reason(DECISION.model_copy(update={"rows": ()})) == (None, None)


@pytest.mark.parametrize("verdict", ["fails", "not runnable", "not finished", "undecided", "holds"])
def test_a_decision_is_as_its_worst_claim(verdict: str) -> None:
    worst = ROW.model_copy(update={"verdict": verdict})
    assert verdict_of(DECISION.model_copy(update={"rows": (ROW, worst)})) == verdict
    assert verdict_of(
        DECISION.model_copy(update={"rows": (FAILING.model_copy(update={"gating": False}),)})
    ) == ("accepted")


def test_where_it_flips() -> None:
    row = ROW.model_copy(update={"flips_at": 90.0, "flips_low": 80.0, "flips_high": 95.0})
    assert flips(row) == ("the limit were below 1 min 30 s", "1 min 20 s to 1 min 35 s")
    lower = row.model_copy(update={"sense": "at least", "flips_high": None})
    assert flips(lower) == ("the limit were above 1 min 30 s", "")
    assert flips(row.model_copy(update={"than": "b"})) == ("", "")


def test_what_may_go_wrong_fails_first_and_is_near_second() -> None:
    near = ROW.model_copy(update={"flips_at": 290.0})
    far = ROW.model_copy(update={"flips_at": 100.0})
    assert risks(made(DECISION.model_copy(update={"rows": (far,)}))) == []
    ((title, text),) = risks(made(DECISION.model_copy(update={"rows": (near, far)})))
    assert title.endswith("or so: 3 % below the limit")
    assert text == "It flips at 4 min 50 s; the limit is 5 min."
    failing = ROW.model_copy(update={"verdict": "fails"})
    first, second = risks(made(DECISION.model_copy(update={"rows": (near, failing)})))
    assert (first[0].endswith(": fails"), second[0]) == (True, title)


def test_what_is_asked_follows_from_the_verdicts() -> None:
    fails = DECISION.model_copy(update={"id": "x", "rows": (ROW.model_copy(update={"verdict": "fails"}),)})
    proposed = DECISION.model_copy(update={"id": "y", "status": "proposed"})
    rejected = DECISION.model_copy(update={"id": "z", "status": "rejected", "rows": ()})
    assert asked(made(DECISION, fails, proposed, rejected)) == [
        "confirm 1 (retry)",
        "return, because a stated reason does not hold, 2 (x)",
        "decide 3 (y)",
    ]
