"""Problems while reading: one message, which stops the import, or lines left out and counted."""

from collections.abc import Iterable
from typing import NamedTuple

from wavetank.errors import WavetankError

SHOWN_LINES = 3  # enough to look the lines up


class ImportProblem(WavetankError):
    """Input that cannot be imported: which file, what is wrong, and what to do."""


class Drop(NamedTuple):
    """A line that was left out, and why."""

    line: int
    reason: str


class Reason(NamedTuple):
    """How many lines of a file were left out for one reason, and the numbers of the first of them."""

    file: str
    reason: str
    total: int
    lines: tuple[int, ...]

    def __str__(self) -> str:
        more = ", ..." if self.total > len(self.lines) else ""
        word = "line" if self.total == 1 else "lines"
        numbers = ", ".join(f"{line:,}" for line in self.lines)
        return f"{self.file}: {self.total:,} {word} left out: {self.reason} ({word} {numbers}{more})"


class Drops:
    """Counts the lines that were left out, by file and reason; keeps the first line numbers of each."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], int] = {}
        self._lines: dict[tuple[str, str], list[int]] = {}

    def add(self, file: str, drops: Iterable[Drop]) -> None:
        """Count these."""
        for line, reason in drops:
            key = (file, reason)
            self._counts[key] = self._counts.get(key, 0) + 1
            lines = self._lines.setdefault(key, [])
            if len(lines) < SHOWN_LINES:
                lines.append(line)

    @property
    def total(self) -> int:
        """How many lines were left out."""
        return sum(self._counts.values())

    def reasons(self) -> tuple[Reason, ...]:
        """Every file and reason, the most frequent first."""
        ordered = sorted(self._counts.items(), key=lambda item: -item[1])
        return tuple(Reason(*key, count, tuple(self._lines[key])) for key, count in ordered)


def shown(text: str, most: int = 60) -> str:
    """Foreign text in a message: printable, and cut."""
    printable = "".join(c if c.isprintable() else "?" for c in text[: most + 1])
    return printable if len(printable) <= most else printable[:most] + "..."
