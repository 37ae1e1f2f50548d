"""The judging grid of scenarios, worked out by hand: L, g, R and H in seconds."""

import pytest

from tests.unit.studies.cases import QUEUE, STORM, resolved
from wavetank.policy.backoff import Backoff
from wavetank.policy.codes import BackoffLaw
from wavetank.results.judge.grid import grid_of, longest_wait_ns

SECOND = 10**9
NO_EVENTS = 'name = "quiet"\nduration = "60s"\n[fleet]\nagents = 20\n'
RETRY_AFTER = "server.limits.request_rate={rate='50/s',burst=10,answer='429',retry_after='45s'}"
BASE_1S = "retry.stateless.timeout='10s'", "retry.stateless.backoff={law='exponential',base='1s'}"
CAP_4S = "retry.stateless.timeout='10s'", "retry.stateless.backoff={law='exponential',base='1s',cap='4s'}"


@pytest.mark.parametrize(
    ("text", "sets", "span_s", "step_s", "reach_s", "hold_s"),
    [
        # nothing regular and no time-out: L and R are the minute that an attempt is taken to last
        (QUEUE, (), 60, 60, 60, 120),
        # batches of 1 s; an attempt of 5 s and a wait of 1 s
        (STORM, (), 1, 1, 6, 6),
        # batch age and pause, 25 s; H is R rounded up to whole steps
        (QUEUE, ("batching.stateless={age='20s',pause_after='5s'}",), 25, 25, 60, 75),
        # two spans are longer than a reach
        (QUEUE, ("batching.stateless={age='40s'}",), 40, 40, 60, 80),
        # a span of more than a minute has several steps
        (NO_EVENTS, ("heartbeat.period='90s'",), 90, 45, 60, 180),
        (NO_EVENTS, ("commands={channel='poll',period='30s'}",), 30, 30, 60, 60),
        (NO_EVENTS, ("commands={channel='poll',period='30s',pause_after='5s'}",), 35, 35, 60, 70),
        # a heartbeat of 10 s beside polls of 30 s: the longer counts
        (NO_EVENTS, ("commands={channel='poll',period='30s'}", "heartbeat.period='10s'"), 30, 30, 60, 60),
        # the hold of a long poll is no period; it is a reach where nothing else is sent
        (NO_EVENTS, ("commands={channel='long-poll',hold='5min'}",), 300, 60, 300, 600),
        (QUEUE, ("commands={channel='long-poll',hold='5min'}",), 60, 60, 60, 120),
        # a back-off without a cap counts with its fourth wait: 10 + 8
        (QUEUE, BASE_1S, 18, 18, 18, 36),
        (QUEUE, CAP_4S, 14, 14, 14, 28),
        # a Retry-After counts where it is honoured, and is longer than the back-off
        (QUEUE, (*CAP_4S, RETRY_AFTER, "retry.stateless.honour_retry_after=true"), 55, 55, 55, 110),
        (QUEUE, (*CAP_4S, RETRY_AFTER, "retry.stateless.honour_retry_after=false"), 14, 14, 14, 28),
        # the time-out of the route counts where the agent has none
        (QUEUE, ("server.route_timeout.stateless='20s'",), 20, 20, 20, 40),
        # no span is shorter than a second
        (STORM, ("batching.stateless.age='100ms'",), 1, 1, 6, 6),
    ],
)
def test_the_grid_is_the_scenarios(
    text: str, sets: tuple[str, ...], span_s: float, step_s: float, reach_s: float, hold_s: float
) -> None:
    grid = grid_of(resolved(text, *sets))
    assert (grid.span_ns, grid.step_ns) == (span_s * SECOND, step_s * SECOND)
    assert (grid.reach_ns, grid.hold_ns) == (reach_s * SECOND, hold_s * SECOND)
    assert grid.steps * grid.step_ns == grid.span_ns
    assert grid.stale_ns == 20 * grid.hold_ns
    assert not grid.reach_is_cut


def test_a_reach_is_cut_at_ten_minutes() -> None:
    grid = grid_of(resolved(QUEUE, "retry.stateless.timeout='700s'", "batching.stateless={age='1s'}"))
    assert (grid.reach_ns, grid.hold_ns, grid.reach_is_cut) == (600 * SECOND, 600 * SECOND, True)


def test_the_grid_does_not_depend_on_the_duration() -> None:
    assert grid_of(resolved(STORM)) == grid_of(resolved(STORM, "duration=1h"))


@pytest.mark.parametrize(
    ("law", "cap_s", "longest_s"),
    [
        (BackoffLaw.NONE, 0, 0),
        (BackoffLaw.FIXED, 0, 2),
        (BackoffLaw.FIXED, 1, 1),
        (BackoffLaw.EXPONENTIAL, 0, 16),
        (BackoffLaw.EXPONENTIAL, 30, 30),
        (BackoffLaw.FULL_JITTER, 0, 16),
        (BackoffLaw.EQUAL_JITTER, 30, 30),
        # at most three times the wait before, the first of which follows the base: 2 x 3^4
        (BackoffLaw.DECORRELATED, 0, 162),
        (BackoffLaw.DECORRELATED, 30, 30),
        # half as much again
        (BackoffLaw.SCALED_JITTER, 0, 24),
        (BackoffLaw.SCALED_JITTER, 30, 45),
    ],
)
def test_longest_wait_of_a_law_with_base_2_s(law: BackoffLaw, cap_s: int, longest_s: int) -> None:
    backoff = Backoff(law, 2 * SECOND, cap_s * SECOND, 0)
    assert longest_wait_ns(backoff) == longest_s * SECOND
    assert longest_wait_ns(backoff._replace(jitter_ns=SECOND)) == (longest_s + 1) * SECOND
