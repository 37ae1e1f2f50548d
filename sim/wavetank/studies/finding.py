"""The findings of a check, and the table that shows them.

A finding has a level, the key of the scenario that it is about, and one sentence. Levels say what to do: a
problem must be solved, a warning be looked at.
"""

from collections.abc import Iterable
from enum import StrEnum
from html import escape
from typing import NamedTuple


class Level(StrEnum):
    """How grave a finding is: a fact, something to think about, something that cannot work."""

    FACT = "fact"
    WARNING = "warning"
    PROBLEM = "problem"


class Finding(NamedTuple):
    """One finding: its level, the key of the scenario that it is about, and a sentence or two.

    Examples
    --------
    >>> import wavetank as wt
    >>> wt.Finding("warning", "auth.ttl", "Tokens expire together.").key
    'auth.ttl'
    """

    level: Level
    key: str
    text: str


class Findings(tuple[Finding, ...]):
    """Findings, the gravest last; shown as a table."""

    @property
    def problems(self) -> tuple[Finding, ...]:
        """Those that cannot work."""
        return tuple(row for row in self if row.level == Level.PROBLEM)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Those to think about."""
        return tuple(row for row in self if row.level == Level.WARNING)

    def __repr__(self) -> str:
        widths = [max((len(row[column]) for row in self), default=0) for column in (0, 1)]
        return "\n".join(f"{row.level:{widths[0]}}  {row.key:{widths[1]}}  {row.text}" for row in self)

    __str__ = __repr__

    def _repr_html_(self) -> str:
        """The table as a notebook shows it."""
        left = ' style="text-align: left"'
        heads = "".join(f"<th{left}>{head}</th>" for head in ("level", "about", "finding"))
        rows = "".join(
            f"<tr>{''.join(f'<td{left}>{escape(text)}</td>' for text in row)}</tr>" for row in self
        )
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def fact(key: str, text: str) -> Finding:
    """Something to know."""
    return Finding(Level.FACT, key, text)


def warning(key: str, text: str) -> Finding:
    """Something to think about."""
    return Finding(Level.WARNING, key, text)


def problem(key: str, text: str) -> Finding:
    """Something that cannot work."""
    return Finding(Level.PROBLEM, key, text)


def ordered(findings: Iterable[Finding]) -> Findings:
    """Facts, then warnings, then problems, each in the order found."""
    levels = list(Level)
    return Findings(sorted(findings, key=lambda row: levels.index(row.level)))
