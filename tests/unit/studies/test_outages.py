from math import inf

import pytest

from tests.unit.studies.cases import STORM, resolved, scenario
from wavetank.policy.backoff import NO_BACKOFF, Backoff
from wavetank.policy.codes import BackoffLaw
from wavetank.scenario.resolved import Retry
from wavetank.studies.finding import Finding, Level
from wavetank.studies.outages import buffered_s, findings, survived
from wavetank.studies.replications import run

S = 10**9
FIXED = Backoff(int(BackoffLaw.FIXED), S, 0, 0)
FULL = Backoff(int(BackoffLaw.FULL_JITTER), S, 60 * S, 0)
THREE = "retry.stateless.attempts=3"
"""With a fixed backoff of 1 s a batch survives 2 s; the fault of STORM lasts 3 s."""


def said(*sets: str) -> dict[str, Finding]:
    return {finding.key: finding for finding in findings(resolved(STORM, *sets))}


@pytest.mark.parametrize(
    ("retry", "silent", "least_s", "most_s"),
    [
        (Retry(0, 0, FIXED, False), False, inf, inf),
        (Retry(0, 1, NO_BACKOFF, False), False, 0.0, 0.0),
        (Retry(0, 4, FIXED, False), False, 3.0, 3.0),
        (Retry(5 * S, 4, FIXED, False), True, 23.0, 23.0),
        (Retry(0, 4, FIXED, True), True, inf, inf),
    ],
)
def test_time_from_the_first_attempt_to_the_last(
    retry: Retry, silent: bool, least_s: float, most_s: float
) -> None:
    assert survived(retry, silent) == (least_s, most_s)


def test_shortest_hundredth_of_random_waits() -> None:
    """P(U1 + U2 + U4 + U8 < x) = x**4 / (4! 64) for x < 1 and a little less beyond: 2.0 s for a hundredth."""
    least_s, most_s = survived(Retry(0, 5, FULL, False), silent=False)
    assert least_s == pytest.approx(2.0, abs=0.2)
    assert most_s == pytest.approx(15.0, abs=1e-6)


def test_outage_that_outlasts_the_attempts() -> None:
    finding = said(THREE)["retry.stateless.attempts"]
    assert finding.level is Level.WARNING
    assert (
        "dropped after 3 attempts: events are lost from 2 s of outage on, and a fault lasts 3 s"
        in finding.text
    )
    assert "retry.stateless.attempts = 0 repeats until" in finding.text


@pytest.mark.parametrize(
    "sets", [("retry.stateless.attempts=4",), (THREE, "server.nodes=2"), (THREE, "fault=[]")]
)
def test_shorter_outages_are_told_as_facts(sets: tuple[str, ...]) -> None:
    assert said(*sets)["retry.stateless.attempts"].level is Level.FACT


def test_nothing_is_said_of_retries_without_end_and_of_no_events() -> None:
    assert said() == {}
    assert said(THREE, "fleet.class.desk.stateless.rate=0/s") == {}


@pytest.mark.parametrize(("sets", "drops"), [((THREE,), True), (("retry.stateless.attempts=5",), False)])
def test_a_run_shows_the_loss(sets: tuple[str, ...], drops: bool) -> None:
    dropped = run(scenario(STORM, *sets), engine="reference", settle="0").summary["events_dropped"]
    assert dropped is not None
    assert (dropped > 0) == drops


@pytest.mark.parametrize(("events", "level"), [(2, Level.WARNING), (3, Level.FACT)])
def test_buffer_is_set_against_the_outage(events: int, level: Level) -> None:
    """One event a second: a buffer of 2 is full after 2 s, of 3 after 3 s."""
    sets = (f"batching.stateless.buffer_events={events}",)
    assert buffered_s(resolved(STORM, *sets)) == events
    finding = said(*sets)["batching.stateless.buffer_events"]
    assert finding.level is level
    assert ("buffer_events = 3 holds" in finding.text) == (level is Level.WARNING)
