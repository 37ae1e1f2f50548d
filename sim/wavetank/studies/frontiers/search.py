"""Where the runs of a frontier go: a bracket of the transition first, then ten levels in turn.

First the ends and halves of the range find where the share of fatal runs rises. Then ten values across that
bracket get runs in turn until the crossing is known to 5 % or the budget is used up.
"""

from collections.abc import Sequence
from fractions import Fraction

from wavetank.studies.frontiers.isotonic import crossings
from wavetank.studies.frontiers.levels import Level, Levels

SEEDS, EDGE_SEEDS = 4, 8
"""Runs of a probe, and of one that is to show a share of 5 %."""
FINEST = Fraction(1, 16)
"""The transition is bracketed to this part of the range."""
WIDER = Fraction(1, 8)
"""The bracket is widened by this part on both sides, for the edges of the band."""
LEVELS = 10
"""Levels of the bracket: few enough for a dozen runs each, and enough to see shares that do not grow."""
PAIR = 2
"""Every level gets so many more runs in a round."""
ONE_SIDED = 59
"""After so many runs without a fatal one, fatal runs are rarer than 1 in 20: 0.95^59 < 0.05."""
PRECISION = 0.05
"""The search stops when half of the interval of P = .5 is this part of the value."""


def rising(levels: Sequence[Level]) -> bool:
    """Return whether greater values are fatal: by the halves of the range."""
    middle = (levels[0].value + levels[-1].value) / 2
    low = [level for level in levels if level.value <= middle]
    high = [level for level in levels if level.value > middle]
    return _share(high) >= _share(low)


def _share(levels: Sequence[Level]) -> float:
    runs = sum(level.runs for level in levels)
    return sum(level.fatal for level in levels) / runs if runs else 0.0


def bracket(levels: Levels) -> tuple[Fraction, Fraction]:
    """Return between which shares of the range the transition lies; the whole range where there is none."""
    low, high = Fraction(0), Fraction(1)
    first, last = levels.ask([low, high], SEEDS)
    if (first.share >= 0.5) == (last.share >= 0.5):
        return low, high
    up = last.share >= 0.5
    while high - low > FINEST:
        middle = (low + high) / 2
        (probe,) = levels.ask([middle], SEEDS)
        fatal = probe.share >= 0.5
        low, high = (low, middle) if fatal == up else (middle, high)
    return _widened(levels, low, high, up)


def _widened(levels: Levels, low: Fraction, high: Fraction, up: bool) -> tuple[Fraction, Fraction]:
    """Widen the bracket, once more on a side on which the share is not near 0 or 1 yet."""
    ends = [max(Fraction(0), low - WIDER), min(Fraction(1), high + WIDER)]
    harmless = 0 if up else 1
    probes = levels.ask(ends, EDGE_SEEDS)
    for side, probe in enumerate(probes):
        clean = probe.fatal == 0 if side == harmless else probe.fatal == probe.runs
        if not clean:
            step = -WIDER if side == 0 else WIDER
            ends[side] = min(Fraction(1), max(Fraction(0), ends[side] + step))
    return ends[0], ends[1]


def spread_over(low: Fraction, high: Fraction) -> list[Fraction]:
    """Return ten places at equal distances, both ends among them."""
    return [low + (high - low) * Fraction(step, LEVELS - 1) for step in range(LEVELS)]


def is_precise(levels: Sequence[Level], seed: int) -> bool:
    """Return whether the value at which half of the runs are fatal is known to 5 %."""
    ordered = levels if rising(levels) else list(reversed(levels))
    places = [level.value if rising(levels) else -level.value for level in ordered]
    counts = [(level.fatal, level.runs) for level in ordered]
    (half,) = crossings(places, counts, [0.5], seed)
    if half.value is None or half.low is None or half.high is None:
        return False
    return (half.high - half.low) / 2 <= PRECISION * abs(half.value)


def is_one_sided(levels: Sequence[Level]) -> bool:
    """Return whether all runs came to the same, and they are enough to say so of 95 % of all."""
    fatal, runs = sum(level.fatal for level in levels), sum(level.runs for level in levels)
    return fatal in (0, runs) and runs >= ONE_SIDED


def search(levels: Levels, budget: int, seed: int) -> None:
    """Make the runs of a frontier: until it is precise, or none crosses it, or as the budget allows."""
    low, high = bracket(levels)
    places = spread_over(low, high)
    count = 0
    texts = len({levels.text(place) for place in places})
    while levels.runs + PAIR * texts <= budget:
        count += PAIR
        levels.ask(places, count)
        if is_one_sided(levels.all) or (count >= 2 * PAIR and is_precise(levels.all, seed)):
            break
