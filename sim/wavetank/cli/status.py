"""How a command ends."""

from enum import IntEnum

from wavetank.engines.live.target import CannotRun
from wavetank.errors import AccountingError, TooBusy, WavetankError
from wavetank.studies.simulate import RunFailed


class Status(IntEnum):
    """Exit statuses. NO: what was asked is not so (an objective missed, a check failed)."""

    DONE = 0
    NO = 1
    BAD_INPUT = 2
    INCONCLUSIVE = 3
    INTERRUPTED = 130


def status_of(error: WavetankError) -> Status:
    """Bad input, unless a run came to no answer through no fault of the scenario."""
    return (
        Status.INCONCLUSIVE
        if isinstance(error, RunFailed | CannotRun | AccountingError | TooBusy)
        else Status.BAD_INPUT
    )
