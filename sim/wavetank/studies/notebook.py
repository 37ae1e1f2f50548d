"""Progress in a notebook cell: shown where nobody else watches, once runs take longer than two seconds.

It is on where IPython runs a kernel; WAVETANK_PROGRESS=0 turns it off. Without IPython nothing of it is
imported.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import Any, NamedTuple

PATIENCE_S = 2.0
"""Runs that are over sooner show nothing: a display that flashes up only disturbs."""

REDRAW_S = 0.5
"""The browser redraws the cell each time, so twice a second is often enough."""

MOST_ROWS = 12
"""More runs than this share one row, so that the cell stays on the screen."""

SWITCH = "WAVETANK_PROGRESS"
"""The environment variable that turns progress in notebooks off, with the value 0."""


class Shown(NamedTuple):
    """One row: the name of a run, and how much of it is done, from 0 to 1."""

    title: str
    done: float


def in_notebook() -> bool:
    """Tell whether this process is the kernel of a notebook."""
    if os.environ.get(SWITCH) == "0" or "IPython" not in sys.modules:
        return False
    shell: Any = getattr(sys.modules["IPython"], "get_ipython", lambda: None)()
    return getattr(shell, "kernel", None) is not None


@contextmanager
def cell() -> Iterator[Callable[[Sequence[Any]], None]]:
    """Give a watcher that draws rows with `title` and `done` below the cell, and clear them at the end."""
    display = _Display()
    try:
        yield display.show
    finally:
        display.clear()


class _Display:
    def __init__(self) -> None:
        self._drawn_s = time.monotonic() + PATIENCE_S - REDRAW_S
        self._handle: Any = None

    def show(self, rows: Sequence[Any]) -> None:
        """Draw the rows, unless they were drawn a moment ago."""
        now_s = time.monotonic()
        if now_s - self._drawn_s < REDRAW_S:
            return
        self._drawn_s = now_s
        bundle = _bundle([Shown(row.title, row.done) for row in rows])
        if self._handle is None:
            # The kernel has imported it, and wavetank does not depend on it.
            display = sys.modules["IPython.display"].display
            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)

    def clear(self) -> None:
        """Leave nothing in the notebook."""
        if self._handle is not None:
            self._handle.update({"text/plain": "", "text/html": ""}, raw=True)


def _bundle(rows: Sequence[Shown]) -> dict[str, str]:
    """The rows as a notebook shows them, and as plain text."""
    if len(rows) > MOST_ROWS:
        ended = sum(row.done >= 1 for row in rows)
        rows = [Shown(f"{ended} of {len(rows)} runs", sum(row.done for row in rows) / len(rows))]
    lines = [
        f'<div><progress value="{row.done:.3f}" max="1"></progress> {escape(row.title)}: {row.done:.0%}</div>'
        for row in rows
    ]
    return {
        "text/html": "".join(lines),
        "text/plain": "\n".join(f"{row.title}: {row.done:.0%}" for row in rows),
    }
