"""One page of the Poisson tree: its table, its splits, its leaves."""

from bisect import bisect_right

import pytest
from scipy import stats

from wavetank.policy.keyed import GOLDEN, MASK, draw, mix
from wavetank.policy.poisson_tree import (
    COUNT_MASK,
    count_before,
    first_half,
    offset_of,
    offsets,
    ones,
    page_count,
    page_guide,
    page_shape,
    position,
)


@pytest.mark.parametrize("rate_per_s", [4 / 86_400, 0.1, 1.0, 10.0, 250.0, 1e6])
def test_pages_are_the_largest_with_at_most_64_expected_events(rate_per_s: float) -> None:
    bits, _ = page_shape(rate_per_s)
    expected = rate_per_s * 2**bits / 1e9
    assert 32 < expected <= 64


def test_pages_stay_within_64_bits_at_any_rate() -> None:
    assert page_shape(1e-12)[0] == 60
    bits, thresholds = page_shape(1e11)
    assert bits == 0
    assert len(thresholds) > 64


@pytest.mark.parametrize("rate_per_s", [0.1, 1.0, 12.5])
def test_thresholds_are_the_poisson_distribution(rate_per_s: float) -> None:
    bits, thresholds = page_shape(rate_per_s)
    law = stats.poisson(rate_per_s * 2**bits / 1e9)
    for n, threshold in enumerate(thresholds):
        assert threshold / 2**63 == pytest.approx(law.cdf(n), rel=1e-10)
    assert list(thresholds) == sorted(thresholds)
    assert law.sf(len(thresholds)) < 2.0**-62


def test_page_count_is_the_number_of_thresholds_passed() -> None:
    thresholds = (10, 20, 20, 40)
    bits = (0, 9, 10, 19, 20, 39, 40, COUNT_MASK, MASK)
    guide = page_guide(thresholds)
    assert [page_count(thresholds, guide, b) for b in bits] == [0, 0, 1, 1, 3, 3, 4, 4, 4]
    assert page_count(thresholds, guide, (1 << 63) + 9) == 0


def test_guide_changes_nothing() -> None:
    _, thresholds = page_shape(3.0)
    guide = page_guide(thresholds)
    drawn = [draw(1, i, 0) & COUNT_MASK for i in range(2_000)]
    for b in (*thresholds, *drawn, *(i << 55 for i in range(256))):
        for near in (max(0, b - 1), b, min(COUNT_MASK, b + 1)):
            assert page_count(thresholds, guide, near) == bisect_right(thresholds, near)


def test_ones_counts_bits() -> None:
    words = [0, 1, MASK, 1 << 63, 0x5555555555555555, *(draw(1, i, 0) for i in range(1_000))]
    assert [ones(x) for x in words] == [x.bit_count() for x in words]


@pytest.mark.parametrize("n", [0, 1, 2, 14, 15, 63, 64, 65, 128, 200, 255])
def test_first_half_is_binomial(n: int) -> None:
    halves = [first_half(draw(2, i, 0), 1 + i % 7, n) for i in range(2_000)]
    assert all(0 <= left <= n for left in halves)
    # mean n/2, variance n/4: six standard errors
    assert sum(halves) / 2_000 == pytest.approx(n / 2, abs=6 * (n / 4 / 2_000) ** 0.5 + 1e-12)
    assert sum((left - n / 2) ** 2 for left in halves) / 2_000 == pytest.approx(n / 4, rel=0.2)


def test_a_split_counts_the_low_bits_of_its_nodes_words() -> None:
    """Whole words first, then the low bits of the next one; few bits by the short sum."""
    for i in range(60):
        bits, node = draw(3, i, 0), 1 + i
        words = [mix(bits + GOLDEN * (16 * node + 4 + w)) for w in range(4)]
        for n in range(256):
            whole = sum(word.bit_count() for word in words[: n // 64])
            rest = words[n // 64] & ((1 << n % 64) - 1)
            assert first_half(bits, node, n) == whole + rest.bit_count()


def test_a_page_in_full_by_both_questions() -> None:
    """Every event's offset, ascending, and every count in between, for a page of 64 ns."""
    for i in range(200):
        bits, n = draw(4, i, 0), i % 90
        offsets = [offset_of(bits, 6, n, j) for j in range(n)]
        assert offsets == sorted(offsets)
        assert all(0 <= offset < 64 for offset in offsets)
        for x in range(65):
            assert count_before(bits, 6, n, x) == sum(offset < x for offset in offsets)


def test_a_lone_event_takes_its_position_from_low_bits() -> None:
    for width in (0, 1, 17, 60):
        assert 0 <= position(MASK, 1, width) < 1 << width
    assert offset_of(5, 39, 1, 0) == position(5, 1, 39)


def test_a_page_of_one_ns_holds_all_its_events_at_once() -> None:
    assert [offset_of(5, 0, 70, j) for j in (0, 69)] == [0, 0]
    assert [count_before(5, 0, 70, x) for x in (0, 1)] == [0, 70]


def hashed(x: int) -> int:
    """splitmix64's finaliser once more, from the paper."""
    x %= 2**64
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    x = (x ^ x >> 27) * 0x94D049BB133111EB % 2**64
    return x ^ x >> 31


def expanded(page_bits: int, node: int, width_bits: int, n: int) -> list[int]:
    """A node's events by the definition: all of it split, recursively, nothing skipped but empty nodes."""
    if n == 0 or width_bits == 0:
        return [0] * n
    if n == 1:
        return [hashed(page_bits + GOLDEN * (16 * node + 8)) % 2**width_bits]
    words = [hashed(page_bits + GOLDEN * (16 * node + 4 + w)) for w in range(4)]
    keyed_bits = "".join(f"{word:064b}"[::-1] for word in words)[:n]
    left = keyed_bits.count("1")
    first = expanded(page_bits, 2 * node, width_bits - 1, left)
    second = expanded(page_bits, 2 * node + 1, width_bits - 1, n - left)
    return first + [2 ** (width_bits - 1) + x for x in second]


@pytest.mark.parametrize("width", [0, 3, 7, 32, 60])
def test_paths_through_the_tree_find_the_events_of_the_whole_tree(width: int) -> None:
    for i in range(30):
        bits, n = draw(6, i, width), 1 + 8 * i
        expected = expanded(bits, 1, width, n)
        assert offsets(bits, width, n) == expected
        assert [offset_of(bits, width, n, j) for j in range(n)] == expected
        for x in (0, 2**width // 3, 2**width, *expected[:: 1 + n // 5]):
            assert count_before(bits, width, n, x) == sum(offset < x for offset in expected)
