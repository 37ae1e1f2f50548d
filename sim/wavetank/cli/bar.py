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
"""A shorter run needs no bar: it would flash up and vanish."""

MOST_BARS = 12
"""More bars than half a small terminal has lines become one for all."""


@contextmanager
def bar() -> Iterator[Watch | None]:
    """Something to tell how far runs are; None where nobody would see it."""
    if not sys.stderr.isatty():
        yield None
        return
    with ExitStack() as stack:
        yield _Bar(stack).show


class _Bar:
    """A row for each run (or one for all, where they are many): simulated time, speed, what is left."""

    def __init__(self, stack: ExitStack) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[reached]}", markup=False),
            TimeRemainingColumn(),
            TextColumn("left"),
        )
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._stack = stack
        self._start_s = time.monotonic()
        self._rows: list[TaskID] = []
        self._first: dict[int, tuple[float, int]] = {}

    def show(self, shares: Sequence[Share]) -> None:
        """Draw it anew."""
        now_s = time.monotonic()
        speeds = [self._per_s(index, share, now_s) for index, share in enumerate(shares)]
        if not self._rows:
            if now_s - self._start_s < PATIENCE_S:
                return
            self._begin(shares)
        if len(self._rows) > 1:
            for row, share, per_s in zip(self._rows, shares, speeds, strict=True):
                self._progress.update(row, completed=share.done, reached=_reached(share.now_ns, per_s))
            return
        ended = sum(share.done >= 1 for share in shares)
        running = [speed for share, speed in zip(shares, speeds, strict=True) if share.done < 1]
        self._progress.update(
            self._rows[0],
            completed=sum(share.done for share in shares),
            description=f"{ended} of {len(shares)} runs" if len(shares) > 1 else shares[0].title,
            reached=_reached(sum(share.now_ns for share in shares), sum(running)),
        )

    def _per_s(self, index: int, share: Share, now_s: float) -> float:
        """Requests per second of wall time since the run was first seen to go."""
        if not share.issued:
            return 0.0
        since_s, before = self._first.setdefault(index, (now_s, share.issued))
        return (share.issued - before) / (now_s - since_s) if now_s > since_s else 0.0

    def _begin(self, shares: Sequence[Share]) -> None:
        self._stack.enter_context(self._progress)
        titles = [share.title for share in shares] if len(shares) <= MOST_BARS else [""]
        total = len(shares) / len(titles)
        self._rows = [self._progress.add_task(title, total=total, reached="") for title in titles]


def _reached(now_ns: int, per_s: float) -> str:
    """Simulated time, and how fast it goes; nothing of runs that only say when they end."""
    if not now_ns:
        return ""
    from wavetank.studies.formatting import duration

    speed = f", {per_s:,.0f} requests/s" if per_s >= 1 else ""
    return f"{duration(now_ns / 1e9)} simulated{speed}"
