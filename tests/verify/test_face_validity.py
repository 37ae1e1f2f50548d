"""The model against a measured server: calibrated on two rates, it predicts the other figures."""

import pytest

from tests.verify.face_validity import (
    CALIBRATED,
    CARD,
    CASES,
    HANDSHAKE_FROM,
    MEDIAN_TOLERANCE,
    PAGE,
    RATE_TOLERANCE,
    Case,
    error,
    page,
    predict,
)
from wavetank.scenario import load
from wavetank.units import SECOND


def name_of(case: Case) -> str:
    return case.name


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_rates_and_medians_are_within_what_the_page_states(case: Case) -> None:
    predicted = predict(case)
    known = case.name in (*CALIBRATED, HANDSHAKE_FROM)
    assert abs(error(predicted.rate_per_s, case.rate_per_s)) < (0.005 if known else RATE_TOLERANCE)
    measured_ms = case.median_ms or 8 / case.rate_per_s * 1000
    assert abs(error(predicted.median_ms, measured_ms)) < MEDIAN_TOLERANCE


def test_the_tolerances_tell_one_handshake_from_another() -> None:
    """With the server's half alone, posts on new connections come out far beyond the tolerance."""
    posts = next(case for case in CASES if case.name == HANDSHAKE_FROM)
    assert error(predict(posts, CARD).rate_per_s, posts.rate_per_s) > RATE_TOLERANCE


def test_costs_follow_from_the_three_rates_alone() -> None:
    service = load("two-core-bench").spec.server.service
    login = load("two-core-bench", sets=CASES[0].sets).spec.server.service.stateless
    assert service.stateless is not None
    assert service.handshake is not None
    assert login is not None
    assert login.mean == pytest.approx(2 * SECOND / 26, rel=0.001)
    assert service.stateless.mean == pytest.approx(2 * SECOND / 823, rel=0.001)
    assert service.handshake.mean == pytest.approx(2 * SECOND / 200 - 2 * SECOND / 823, rel=0.001)


def test_the_card_is_the_one_of_the_page() -> None:
    handshake = load("wazuh-60").spec.server.service.handshake
    assert handshake is not None
    assert f"{handshake.mean / 1e6:g}ms" in CARD


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
