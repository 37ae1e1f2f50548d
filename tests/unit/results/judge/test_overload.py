"""Does a fleet keep up? Random walks of a single server at known loads, and hand-made looks."""

import random
from math import inf

import pytest

from tests.unit.results.judge.paths import plan
from wavetank.results.judge.overload import LEAST_EVENTS, Excessive, Look, Overload, first_span, is_look

PLAN = plan(agents=1000)


def queue(load: float, seed: int, most: int) -> int | None:
    """After how many events an M/M/1 of this load is said to be overloaded; None: not within `most`."""
    rng, overload = random.Random(seed), Overload(PLAN)
    overload.add(Look(0, 0, 0, 0.0, 0.0, 0))
    share, waiting, created, look = load / (1 + load), 0, 0, LEAST_EVENTS
    while created < most:
        if rng.random() < share:
            waiting, created = waiting + 1, created + 1
            if created == look:
                look *= 2
                if overload.add(Look(created, created, 0, float(waiting), 0.0, 0)):
                    return created
        elif waiting:
            waiting -= 1
    return None


def test_a_load_of_0_99_raises_no_alarm() -> None:
    assert [queue(0.99, seed, 2**16) for seed in range(8)] == [None] * 8


def test_a_load_of_1_05_is_found() -> None:
    assert max(queue(1.05, seed, 2**18) or inf for seed in range(8)) <= 2**18


def looks(*several: Look) -> list[Excessive | None]:
    overload = Overload(PLAN)
    return [overload.add(look) for look in several]


def test_traffic_that_grows_is_no_overload() -> None:
    # tenfold within ten spans, and every event waits for a span
    created, excess = 0, []
    for span in range(1, 11):
        created += 100 * span
        excess.append(Look(span, created, 0, 100.0 * span, 100.0 * span, 0))
    assert looks(*excess) == [None] * 10
    # the same backlog at a level rate would be one
    level = [look._replace(per_span=100.0) for look in excess]
    assert any(looks(*level))


def test_two_looks_in_a_row_are_needed() -> None:
    high, low = (Look(2, 10_000, 0, backlog, 0.0, 0) for backlog in (5000.0, 0.0))
    first = Look(1, 0, 0, 0.0, 0.0, 0)
    assert looks(first, high, low, high, low) == [None] * 5
    said = Excessive(10_000, 5000.0, 0, 0, "backlog")
    # said once
    assert looks(first, high, high, high) == [None, None, said, None]


@pytest.mark.parametrize(("dropped", "note"), [(100, ""), (129, ""), (131, "dropped")])
def test_drops_above_one_per_cent_and_chance(dropped: int, note: str) -> None:
    # 1 % of 10,000 and three times the root of 100
    look = Look(2, 10_000, dropped, 0.0, 0.0, 0)
    *_, last = looks(Look(1, 0, 0, 0.0, 0.0, 0), look, look)
    assert (last.note if last else "") == note


@pytest.mark.parametrize(("waiting", "note"), [(10, ""), (11, "waiting")])
def test_agents_that_wait_too_long_are_more_than_one_per_cent(waiting: int, note: str) -> None:
    # without a single event
    look = Look(2, 0, 0, 0.0, 0.0, waiting)
    *_, last = looks(Look(1, 0, 0, 0.0, 0.0, 0), look, look)
    assert (last.note if last else "") == note


def test_closed_fleets_have_no_backlog_to_judge() -> None:
    overload = Overload(plan(all_closed=True))
    look = Look(2, 10_000, 0, 5000.0, 0.0, 0)
    assert [overload.add(added) for added in (Look(1, 0, 0, 0.0, 0.0, 0), look, look)] == [None] * 3


def test_looks_come_at_doubling_distances_after_the_beginning() -> None:
    # spans of 10 s, no warm-up: the fleet's own beginning takes 20 spans
    assert first_span(PLAN) == 20
    assert [span for span in range(1, 60) if is_look(PLAN, span)] == [20, 21, 22, 24, 28, 36, 52]
    assert first_span(PLAN._replace(warmup_ns=35 * 10**9)) == 24


def test_batches_that_fill_slowly_are_no_overload() -> None:
    def said(backlog: float) -> bool:
        overload = Overload(PLAN._replace(filling_events=5000.0))
        path = [Look(span, 5000 * span, 0, backlog * span / 3, 5000.0, 0) for span in range(4)]
        return [overload.add(look) for look in path] != [None] * 4

    assert not said(5000.0)
    assert said(9000.0)


def test_looks_begin_after_the_time_to_log_in() -> None:
    span_ns = PLAN.grid.span_ns
    assert first_span(PLAN._replace(startup_ns=7 * span_ns)) == first_span(PLAN) + 7
