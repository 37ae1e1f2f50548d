"""The progress bar: on standard error, once something takes longer than two seconds."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from wavetank.studies.simulate import Share, Watch

if TYPE_CHECKING:
    from rich.progress import TaskID

PATIENCE_S = 2.0
MOST_BARS = 12


@contextmanager
def bar() -> Iterator[Watch | None]:
    """Something to tell how far runs are; None where nobody would see it."""
    if not sys.stderr.isatty():
        yield None
        return
    with ExitStack() as stack:
        yield _Bar(stack).show


class _Bar:
    def __init__(self, stack: ExitStack) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
        )
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._stack = stack
        self._start_s = time.monotonic()
        self._rows: list[TaskID] = []

    def show(self, shares: Sequence[Share]) -> None:
        """Draw it anew."""
        if not self._rows:
            if time.monotonic() - self._start_s < PATIENCE_S:
                return
            self._begin(shares)
        if len(self._rows) > 1:
            for row, share in zip(self._rows, shares, strict=True):
                self._progress.update(row, completed=share.done)
            return
        ended = sum(share.done >= 1 for share in shares)
        self._progress.update(
            self._rows[0],
            completed=sum(share.done for share in shares),
            description=f"{ended} of {len(shares)} runs" if len(shares) > 1 else shares[0].title,
        )

    def _begin(self, shares: Sequence[Share]) -> None:
        self._stack.enter_context(self._progress)
        if len(shares) > MOST_BARS:
            self._rows = [self._progress.add_task("", total=len(shares))]
        else:
            self._rows = [self._progress.add_task(share.title, total=1.0) for share in shares]
