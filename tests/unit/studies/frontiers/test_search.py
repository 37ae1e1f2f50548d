from fractions import Fraction
from random import Random
from typing import cast

import pytest

from wavetank.studies.frontiers.levels import Level, Levels
from wavetank.studies.frontiers.search import (
    EDGE_SEEDS,
    LEVELS,
    ONE_SIDED,
    PAIR,
    bracket,
    is_precise,
    rising,
    search,
    spread_over,
)


class Made:
    """Stands for `Levels`: from 100 to 200, where a run is fatal by a chance that depends on the value."""

    def __init__(self, half: float, width: float, up: bool = True) -> None:
        self._half, self._width, self._up = half, width, up
        self._kept: dict[str, list[bool]] = {}

    @property
    def runs(self) -> int:
        return sum(map(len, self._kept.values()))

    @property
    def all(self) -> list[Level]:
        return sorted(map(self._level, self._kept), key=lambda level: level.value)

    def text(self, share: Fraction) -> str:
        return f"{float(100 + 100 * share):.6g}"

    def ask(self, shares: list[Fraction], count: int) -> list[Level]:
        texts = [self.text(share) for share in shares]
        for text in texts:
            kept = self._kept.setdefault(text, [])
            while len(kept) < count:
                kept.append(Random(f"{text} {len(kept)}").random() < self._share(float(text)))
        return [self._level(text) for text in texts]

    def _share(self, value: float) -> float:
        share = min(1.0, max(0.0, 0.5 + (value - self._half) / self._width))
        return share if self._up else 1 - share

    def _level(self, text: str) -> Level:
        kept = self._kept[text]
        return Level(text, float(text), len(kept), sum(kept), 0)


def made(half: float, width: float, up: bool = True) -> tuple[Made, Levels]:
    levels = Made(half, width, up)
    return levels, cast(Levels, levels)


@pytest.mark.parametrize("up", [True, False])
@pytest.mark.parametrize("half", [120.0, 150.0, 188.0])
def test_the_bracket_holds_the_transition(half: float, up: bool) -> None:
    _, levels = made(half, 10.0, up)
    low, high = bracket(levels)
    assert 100 + 100 * low < half < 100 + 100 * high
    assert high - low < Fraction(3, 5)
    assert rising(levels.all) is up


def test_without_a_transition_the_whole_range_is_looked_at() -> None:
    _, levels = made(1_000.0, 10.0)
    assert bracket(levels) == (Fraction(0), Fraction(1))
    assert all(level.fatal == 0 for level in levels.all)


@pytest.mark.parametrize("budget", [60, 160])
def test_the_budget_is_kept(budget: int) -> None:
    kept, levels = made(150.0, 60.0)
    search(levels, budget, 1)
    assert kept.runs <= budget
    assert len(kept.all) >= LEVELS
    assert max(level.runs for level in kept.all) >= EDGE_SEEDS // 2


def test_it_stops_when_half_is_known_to_five_per_cent() -> None:
    kept, levels = made(150.0, 12.0)
    search(levels, 10_000, 1)
    assert kept.runs < 400
    assert is_precise(kept.all, 1)


@pytest.mark.parametrize("half", [1_000.0, -1_000.0])
def test_it_stops_when_nothing_or_everything_is_fatal(half: float) -> None:
    """59 runs of one kind: the other one is rarer than 1 in 20."""
    kept, levels = made(half, 10.0)
    search(levels, 10_000, 1)
    assert ONE_SIDED <= kept.runs < ONE_SIDED + PAIR * LEVELS
    assert 0.95**ONE_SIDED < 0.05 < 0.95 ** (ONE_SIDED - 1)


def test_places_have_both_ends() -> None:
    places = spread_over(Fraction(1, 4), Fraction(3, 4))
    assert (places[0], places[-1], len(places)) == (Fraction(1, 4), Fraction(3, 4), LEVELS)
