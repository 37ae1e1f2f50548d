"""The interface of a reader of a format."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from wavetank.imports.cells import Cells
from wavetank.imports.records import Block

Key = tuple[str, str, str]
"""A key of the scenario, its value as TOML, and its source."""


class Found(NamedTuple):
    """The content of a file besides requests.

    `service` is a histogram of durations in seconds, with its mean (0: not known). `rate_per_s` is the
    mean rate of `requests`, where the file gives no times. `keys` are keys of the scenario; `notes` are
    remarks for the user, such as what has no counterpart.
    """

    service: Cells | None = None
    mean_s: float = 0.0
    rate_per_s: float = 0.0
    requests: int = 0
    keys: tuple[Key, ...] = ()
    notes: tuple[str, ...] = ()


NOTHING = Found()


class Reader(Protocol):
    """Reads one file, chunk by chunk."""

    @property
    def name(self) -> str:
        """The name of the format in messages."""
        ...

    def read(self, lines: Sequence[str], first: int) -> Block:
        """Read lines, of which the first has the number `first`. Raises ImportProblem."""
        ...

    def end(self) -> tuple[Block | None, Found]:
        """Return what only the whole file says. Raises ImportProblem."""
        ...
