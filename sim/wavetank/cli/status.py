"""How a command ends."""

from collections.abc import Iterable
from enum import IntEnum
from typing import TYPE_CHECKING

from wavetank.errors import AccountingError, CannotRun, RunFailed, TooBusy, WavetankError

if TYPE_CHECKING:  # every command needs this module, and `server` nothing of a result or a scenario
    from wavetank.results.slo import Judged


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


def status_of_objectives(judged: "Iterable[Judged]") -> Status:
    """Return NO where an objective is missed, INCONCLUSIVE where one is neither met nor missed, else DONE."""
    met = {objective.met for objective in judged}
    if False in met:
        return Status.NO
    return Status.INCONCLUSIVE if None in met else Status.DONE
