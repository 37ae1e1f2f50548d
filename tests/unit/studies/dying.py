"""Processes that are killed in the midst of their work, for the tests of studies."""

import os
import signal
from collections.abc import Callable

from wavetank.studies.cells.cell import Cell
from wavetank.studies.cells.making import Batch, make_batch


def make_and_die_once(batch: Batch, advance: Callable[[int, int], None]) -> list[Cell]:
    """As a worker that is killed after its first cell, the first time."""
    assert batch.store is not None
    mark = batch.store.folder / f"died-{batch.tasks[0].key[:8]}"
    if not mark.exists():
        make_batch(batch._replace(tasks=batch.tasks[:1]), advance)
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return make_batch(batch, advance)


def make_and_die(batch: Batch, advance: Callable[[int, int], None]) -> list[Cell]:
    """As a worker that is killed each time."""
    os.kill(os.getpid(), signal.SIGKILL)
    return make_batch(batch, advance)
