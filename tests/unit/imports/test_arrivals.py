"""Rates, change points, the process and the classes of clients, from arrivals whose truth is known."""

import numpy as np
import pytest

from tests.unit.imports.logs import T0_S, poisson
from wavetank.imports.changes import profile_of
from wavetank.imports.classes import classes_of
from wavetank.imports.clients import Clients, PerClient
from wavetank.imports.counts import MOST_BINS, Counts, merged
from wavetank.imports.dispersion import judge
from wavetank.imports.records import Floats


def counted(*times_s: Floats) -> Counts:
    counts = Counts()
    for some in times_s:
        counts.add(some)
    return counts


def test_bins_widen_and_nothing_is_lost() -> None:
    times = poisson(1, 5000, 0.5)
    counts = counted(*np.array_split(times, 7))
    assert counts.total == counts.cells().sum() == 5000
    assert len(counts.cells()) <= MOST_BINS
    assert counts.width_s > 0.001
    assert counts.span_s == pytest.approx(times[-1] - times[0])


def test_bins_do_not_depend_on_the_order() -> None:
    times = poisson(2, 4000, 0.4)
    shuffled = np.random.default_rng(1).permutation(times)
    forward, mixed = counted(*np.array_split(times, 5)), counted(*np.array_split(shuffled, 9))
    assert np.array_equal(forward.cells(), mixed.cells())
    assert forward.origin_s == mixed.origin_s


def test_merged_leaves_out_the_rest() -> None:
    assert merged(np.arange(7), 3).tolist() == [3, 12]


def test_a_constant_rate_has_one_piece_and_is_poisson() -> None:
    """In 57 of 60 logs."""
    single = right = 0
    for seed in range(60):
        counts = counted(poisson(seed, 2000, 30.0))
        profile = profile_of(counts)
        single += len(profile.pieces) == 1
        right += judge(counts, profile, 0.0).process == "poisson"
        assert profile.mean_per_s == pytest.approx(30.0, abs=3.5 * 30 / 2000**0.5)
    assert min(single, right) >= 57


def test_change_points_are_found_where_they_are() -> None:
    first, then = poisson(3, 3000, 30.0), poisson(4, 9000, 90.0) - T0_S
    counts = counted(np.concatenate((first, first[-1] + then)))
    profile = profile_of(counts)
    assert len(profile.pieces) == 2
    assert profile.pieces[1].start_s == pytest.approx(100.0, abs=5.0)
    assert [piece.rate_per_s for piece in profile.pieces] == pytest.approx([30, 90], rel=0.06)
    assert judge(counts, profile, 0.0).process == "poisson"


def test_bursts_and_rhythms_are_no_poisson_process() -> None:
    draw = np.random.default_rng(5)
    starts = T0_S + np.cumsum(draw.exponential(1.0, 600))
    bursts = np.sort((starts[:, None] + draw.exponential(0.05, (600, 8))).ravel())
    rhythm = T0_S + np.arange(3000) * 0.1
    for times, process in ((bursts, "bursty"), (rhythm, "regular")):
        counts = counted(np.asarray(times))
        judged = judge(counts, profile_of(counts), 0.0)
        assert judged.process == process
    counts = counted(poisson(1, 20, 1.0))
    assert judge(counts, profile_of(counts), 0.0).process == "unknown"


def test_days_become_one_day() -> None:
    """Twice as many requests from 8 to 18 h, over three days that begin at noon."""
    draw = np.random.default_rng(6)
    every = np.sort(draw.uniform(0, 3 * 86400, 30_000)) + 19_675 * 86400 + 43_200
    hour = every % 86400 / 3600
    kept = every[((hour >= 8) & (hour < 18)) | (draw.random(30_000) < 0.5)]
    profile = profile_of(counted(kept))
    assert profile.daily
    assert profile.length_s == 86400
    assert [piece.start_s / 3600 for piece in profile.pieces] == pytest.approx([0, 8, 18], abs=0.3)
    rates = [piece.rate_per_s for piece in profile.pieces]
    assert rates[1] / rates[0] == pytest.approx(2, rel=0.1)


def table(requests: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> PerClient:
    return PerClient(("",) * len(requests), requests, np.full(len(requests), np.nan))


def test_clients_that_differ_by_chance_are_one_class() -> None:
    alone = [len(classes_of(table(np.random.default_rng(seed).poisson(50, 200)))) for seed in range(20)]
    assert alone.count(1) >= 19


def test_busy_clients_are_a_class_of_their_own() -> None:
    draw = np.random.default_rng(7)
    requests = np.concatenate((draw.poisson(20, 90), draw.poisson(400, 10)))
    busy, calm = classes_of(table(requests))
    assert (busy.clients, calm.clients) == (10, 90)
    assert busy.requests == requests[90:].sum()


def test_gaps_of_a_client_tell_a_rhythm_over_blocks() -> None:
    clients = Clients()
    times = np.arange(0.0, 100.0)
    noise = np.sort(np.random.default_rng(8).uniform(0, 100, 100))
    for part in range(4):
        clients.add(["a"] * 25, times[part * 25 : part * 25 + 25])
        clients.add(["b"] * 25, noise[part * 25 : part * 25 + 25])
    rows = clients.table()
    assert rows.names == ("a", "b")
    assert rows.requests.tolist() == [100, 100]
    assert rows.gap_cv[0] < 1e-6
    assert 0.7 < rows.gap_cv[1] < 1.4
    assert [kind.regular for kind in classes_of(rows)] == [False]
