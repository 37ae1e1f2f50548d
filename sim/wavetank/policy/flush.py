"""The instant at which a stream's batch is due (docs/model.md#age-flush and docs/model.md#flush)."""

from wavetank.policy.choices import names_all
from wavetank.policy.codes import AgeFrom
from wavetank.policy.rate_map import NEVER

names_all(__name__, AgeFrom, "FIRST_EVENT FLUSH RESUME")


def due_ns(age_ns: int, age_from: int, first_ns: int, since_ns: int, full_ns: int) -> int:
    """Instant at which the batch that is gathering is due; NEVER without an event.

    `first_ns` is the creation of the oldest waiting event, `full_ns` that of the event that makes the
    batch full by count or bytes (NEVER: no such rule, or not foreseeable); `since_ns` the last flush,
    or the end of the last pause. Flushes that would find nothing are skipped: with an age counted from
    the last flush, the batch goes at the first whole multiple of the age that finds an event.
    """
    if first_ns >= NEVER:
        return NEVER
    due = full_ns
    if age_ns > 0:
        if age_from == AgeFrom.FIRST_EVENT:
            aged = first_ns + age_ns
        else:
            aged = since_ns + age_ns
            if first_ns > aged:
                aged += -(-(first_ns - aged) // age_ns) * age_ns
        due = min(due, aged)
    return due
