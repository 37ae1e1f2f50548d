"""Where a stream of events stands in a fleet that has run for long: what waits, and since when.

The events before the run are those of the same process in the past, at the rate of the run's first instant: a
Poisson stream has a keyed tree of its own, read backwards; a constant stream goes on as it was.
"""

from math import exp

from wavetank.policy.arrivals import CONSTANT, NEVER, Source, count, time_of
from wavetank.policy.choices import names_all
from wavetank.policy.codes import AgeFrom, ProcessKind
from wavetank.policy.rate_map import op_until, time_at

names_all(__name__, AgeFrom, "FIRST_EVENT FLUSH RESUME")
names_all(__name__, ProcessKind, "NONE POISSON CONSTANT CLOSED")

FIRST_EVENT = int(AgeFrom.FIRST_EVENT)
FLUSH = int(AgeFrom.FLUSH)
MOST = 1 << 30
"""More events than one stream of one agent ever carries into a run."""

ALL_OR_NONE = -2
"""Apart from -1 (none) and from every age, which is 0 or more."""


def _nothing_in(time_ns: int, gap_ns: float, poisson: bool) -> float:
    """The probability that no event comes in a time."""
    return exp(-time_ns / gap_ns) if poisson else max(0.0, 1.0 - time_ns / gap_ns)


def gathering(
    age_from: int, age_ns: int, pause_ns: int, full: int, gap_ns: float, poisson: bool, u: float
) -> tuple[int, int, int, int, int]:
    """Find a stream at a uniform instant of its cycle from flush to flush: `u` from 0 to 1 says which.

    The cycles are those of `check`: `full` events (0: no such rule) or an age, whichever is more frequent.
    Answers take no time here. `gap_ns` is the mean time between events.

    Returns
    -------
    tuple
        (most, window_ns, since_ns, pause_end_ns, first_ns). At most `most` of the events that were created in
        the last `window_ns` wait (-1: just so many, whenever they came). The age counts from `since_ns`, the
        pause ends at `pause_end_ns`. `first_ns` ago an event came that began the age (-1: none; ALL_OR_NONE:
        where fewer than `most` were created, the batch is gone).
    """
    most = full - 1 if full > 0 else MOST
    if age_ns <= 0:
        return int(u * full), -1, 0, 0, -1
    idle_ns = 0.0
    if age_from == FIRST_EVENT:
        idle_ns = max(float(pause_ns), gap_ns)
        cycle_ns = idle_ns + age_ns
    elif age_from == FLUSH:
        cycle_ns = max(float(pause_ns), age_ns / (1.0 - _nothing_in(age_ns, gap_ns, poisson)))
    else:
        in_vain = _nothing_in(age_ns + pause_ns, gap_ns, poisson)
        cycle_ns = pause_ns + age_ns * (1.0 + in_vain / (1.0 - _nothing_in(age_ns, gap_ns, poisson)))
    if full > 0 and full * gap_ns < cycle_ns:
        waiting = int(u * full)
        return waiting, -1, -int(min(waiting * gap_ns, float(age_ns - 1))), 0, -1
    x_ns = int(u * cycle_ns)
    if age_from == FIRST_EVENT and not poisson:
        # a batch begins with every so many-th event; which of them is the latest is at random
        gathered = 1 + int(u * (int(age_ns / gap_ns) + 1))
        return min(most, gathered), age_ns, 0, 0, ALL_OR_NONE
    if age_from == FIRST_EVENT:
        if x_ns < idle_ns:
            return 0, 0, 0, 0, -1
        first_ns = x_ns - int(idle_ns)
        return most, first_ns, -first_ns, 0, first_ns
    if age_from == FLUSH:
        y_ns = int(u * age_ns) if pause_ns <= age_ns else x_ns
        return most, y_ns, -y_ns, max(0, pause_ns - y_ns) if pause_ns > age_ns else 0, -1
    if x_ns < pause_ns + age_ns:
        return most, x_ns, pause_ns - x_ns, max(0, pause_ns - x_ns), -1
    # a later age, after some that found nothing: each is as long, so all of it is alike
    start_ns = float(pause_ns + age_ns)
    y_ns = int((u * cycle_ns - start_ns) / (cycle_ns - start_ns) * age_ns)
    return most, y_ns, -y_ns, 0, -1


def carried(past: Source, past_key: int, phase_ns: int, most: int, window_ns: int, first_ns: int) -> int:
    """How many events wait when the run begins (see `gathering`).

    `past` is the source at its first rate, `phase_ns` where a constant stream's first event is; `past_key` is
    that of the purpose CARRIED.
    """
    if past.kind == CONSTANT and phase_ns >= past.gap_ns:
        return 0  # the stream begins in the run
    if window_ns < 0:
        return most
    n = 0
    if window_ns > 0:
        if past.kind == CONSTANT:
            op = op_until(past.starts_ns, past.starts_op, past.factors, window_ns - 1)
            lead = past.gap_ns - phase_ns
            if op >= lead:
                n = (op - lead) // past.gap_ns + 1
        else:
            _, _, n = count(past, past_key, 0, 0, window_ns - 1)
    if first_ns == ALL_OR_NONE:
        return most if n >= most else 0
    if first_ns >= 0:
        n += 1
    return min(n, most)


def carried_ns(past: Source, past_key: int, phase_ns: int, j: int) -> int:
    """When the j-th event before the run was created, j = 1 for the latest: below 0."""
    if past.kind == CONSTANT:
        op = past.gap_ns - phase_ns + (j - 1) * past.gap_ns
        return -max(1, time_at(past.starts_ns, past.starts_op, past.factors, op))
    _, _, ago_ns = time_of(past, past_key, 0, 0, j - 1)
    return -1 - min(ago_ns, NEVER)


__all__ = ["carried", "carried_ns", "gathering"]
