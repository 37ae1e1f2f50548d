"""The keyed Poisson tree is a Poisson process: by its gaps, its counts and the independence of windows.

Seeds are fixed, so a test either holds for good or has found something. A p-value below 0.001, or a
deviation above four standard errors, fails: a right implementation with another seed would in about one
run of a thousand.
"""

import math
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from wavetank.policy.arrivals import Source, count, make_source, time_of
from wavetank.policy.codes import ProcessKind, Purpose, Stream
from wavetank.policy.keyed import key_of
from wavetank.policy.laws import NO_LAW

SEED = 20_261_123
SECOND = 10**9
LEAST_P = 0.001
RATES = (4 / 86_400, 0.1, 10.0, 1e6)


def poisson(rate_per_s: float, profile: tuple[tuple[int, float], ...] = ()) -> Source:
    return make_source(ProcessKind.POISSON, rate_per_s, profile, NO_LAW, NO_LAW)


def agents_key(agent: int, stream: int = Stream.STATELESS) -> int:
    return key_of(SEED, agent, stream, Purpose.PAGE_COUNT)


def times_ns(source: Source, key: int, many: int) -> list[int]:
    page = before = 0
    instants = []
    for j in range(many):
        page, before, t_ns = time_of(source, key, page, before, j)
        instants.append(t_ns)
    return instants


def window_counts(source: Source, key: int, width_ns: int, windows: int) -> list[int]:
    """Events in consecutive windows of one agent, from time 0."""
    page = before = 0
    totals = [0]
    for i in range(1, windows + 1):
        page, before, n = count(source, key, page, before, i * width_ns - 1)
        totals.append(n)
    return [later - earlier for earlier, later in pairwise(totals)]


def gaps_in_means(rate_per_s: float, agents: int, events: int) -> NDArray[np.float64]:
    """Gaps between events (the first from time 0), as multiples of the mean gap."""
    source = poisson(rate_per_s)
    gaps = [np.diff([0, *times_ns(source, agents_key(agent), events)]) for agent in range(agents)]
    return np.concatenate(gaps) * rate_per_s / SECOND


@pytest.mark.parametrize("rate_per_s", RATES)
def test_gaps_are_exponential(rate_per_s: float) -> None:
    """Kolmogorov and Smirnov on 12,000 gaps; and the many shortest, to which they are blind."""
    gaps = gaps_in_means(rate_per_s, agents=40, events=300)
    # at 1e6 events per second a gap is only some thousand ns: half of one, for rounding
    assert stats.kstest(gaps + 0.5 * rate_per_s / SECOND, stats.expon.cdf).pvalue > LEAST_P
    short = int((gaps < 0.01).sum())
    expected = gaps.size * -math.expm1(-0.01)
    assert abs(short - expected) < 4 * math.sqrt(expected)


def test_successive_gaps_are_uncorrelated() -> None:
    gaps = gaps_in_means(10.0, agents=40, events=300).reshape(40, 300)
    r = np.corrcoef(gaps[:, :-1].ravel(), gaps[:, 1:].ravel())[0, 1]
    assert abs(r) < 4 / math.sqrt(40 * 299)


@pytest.mark.parametrize("rate_per_s", RATES)
def test_the_mean_rate_is_the_one_asked_for(rate_per_s: float) -> None:
    """400 agents x 1,000 expected events: one standard error is 0.16 %."""
    source = poisson(rate_per_s)
    until_ns = int(1_000 * SECOND / rate_per_s) - 1
    total = sum(count(source, agents_key(agent), 0, 0, until_ns)[2] for agent in range(400))
    assert total == pytest.approx(400_000, rel=0.0064)


# from windows that are nearly always empty, over parts of a page (32 to 64 events), to several pages
@pytest.mark.parametrize("expected", [0.05, 1.0, 7.3, 16.0, 50.0, 210.0])
def test_counts_in_windows_are_poisson(expected: float) -> None:
    """Index of dispersion of 4,000 counts, variance / mean, against its chi-square distribution."""
    source = poisson(10.0)
    width_ns = int(expected * SECOND / 10.0)
    counts = np.array(
        [window_counts(source, agents_key(agent), width_ns, 100) for agent in range(40)]
    ).ravel()
    dispersion = counts.var(ddof=1) / counts.mean()
    low, high = stats.chi2.ppf((LEAST_P / 2, 1 - LEAST_P / 2), counts.size - 1) / (counts.size - 1)
    assert low < dispersion < high
    assert abs(counts.mean() - expected) < 4 * math.sqrt(expected / counts.size)


def test_counts_have_the_poisson_shape() -> None:
    """Chi-square goodness of fit of 8,000 counts with mean 7.3, cells 0-2, 3, ..., 12, above."""
    source = poisson(10.0)
    counts = np.array([window_counts(source, agents_key(agent), 730_000_000, 200) for agent in range(40)])
    cells = np.bincount(np.clip(counts.ravel(), 2, 13) - 2, minlength=12)
    law = stats.poisson(7.3)
    shares = [law.cdf(2), *(law.pmf(n) for n in range(3, 13)), law.sf(12)]
    assert stats.chisquare(cells, np.array(shares) * cells.sum()).pvalue > LEAST_P


@pytest.mark.parametrize("pages", [1 / 64, 1 / 4, 1 / 2, 0.37, 1.0, 1.7])
def test_adjacent_windows_are_independent(pages: float) -> None:
    """Windows that share a node of the tree, and windows that do not."""
    source = poisson(10.0)
    width_ns = int(pages * 2**source.page_bits)
    rows = np.array([window_counts(source, agents_key(agent), width_ns, 101) for agent in range(40)])
    r = np.corrcoef(rows[:, :-1].ravel(), rows[:, 1:].ravel())[0, 1]
    assert abs(r) < 4 / math.sqrt(rows[:, 1:].size)


def test_agents_and_streams_are_independent() -> None:
    source = poisson(10.0)
    rows = np.array([window_counts(source, agents_key(agent), SECOND, 200) for agent in range(21)])
    other = np.array(
        [window_counts(source, agents_key(agent, Stream.STATEFUL), SECOND, 200) for agent in range(20)]
    )
    for ours, theirs in ((rows[:-1], rows[1:]), (rows[:-1], other)):
        assert abs(np.corrcoef(ours.ravel(), theirs.ravel())[0, 1]) < 4 / math.sqrt(ours.size)


def test_every_piece_of_a_profile_has_its_own_rate() -> None:
    """Counts of 400 agents in each piece, and where in the piece the events are."""
    profile = ((0, 1.0), (30 * SECOND, 2.2), (60 * SECOND, 0.0), (90 * SECOND, 0.3), (150 * SECOND, 7.0))
    source = poisson(0.5, profile)
    times = np.concatenate([times_ns(source, agents_key(agent), 300) for agent in range(400)])
    ends = (*(start for start, _ in profile[1:]), 160 * SECOND)
    for (start_ns, factor), end_ns in zip(profile, ends, strict=True):
        inside = times[(times >= start_ns) & (times < end_ns)]
        expected = 400 * 0.5 * factor * (end_ns - start_ns) / SECOND
        assert abs(inside.size - expected) <= 4 * math.sqrt(expected)
        if expected:
            places = (inside - start_ns) / (end_ns - start_ns)
            assert stats.kstest(places, stats.uniform.cdf).pvalue > LEAST_P


def test_profiled_counts_agree_with_profiled_times() -> None:
    """The counts of a window are those of the listed events, at every change of rate and between."""
    profile = ((0, 0.4), (7 * SECOND + 1, 3.3), (9 * SECOND, 0.0), (11 * SECOND, 1.0))
    source = poisson(10.0, profile)
    for agent in range(20):
        times = np.array(times_ns(source, agents_key(agent), 400))
        for until_ns in (*(start for start, _ in profile), 7 * SECOND, 10 * SECOND, 12 * SECOND + 345):
            assert count(source, agents_key(agent), 0, 0, until_ns)[2] == (times <= until_ns).sum()
