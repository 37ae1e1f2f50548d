"""The findings of a check, and the table that shows them.

A finding has a level, the key of the scenario that it is about, and one sentence. Levels say what to do: a
problem must be solved, a warning be looked at. Both also have a remedy: the smallest change that removes
the finding, and a command whose run shows what happens with it and without.
"""

from collections.abc import Iterable
from enum import StrEnum
from html import escape
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

    from wavetank.studies.load import Load


class Level(StrEnum):
    """How grave a finding is: a fact, something to think about, something that cannot work."""

    FACT = "fact"
    WARNING = "warning"
    PROBLEM = "problem"


class Remedy(NamedTuple):
    """The smallest change that removes a finding, and what a run shows of it.

    Attributes
    ----------
    fix : a line of TOML, such as `auth.margin = "60s"`, or several
    metric : the metric that differs between the scenario as it is and with the fix
    under : overrides under which a run shows it, such as a fault that the scenario does not have
    also : other keys that the finding is about
    figures : names with their values, in seconds, per second, or counts
    """

    fix: str = ""
    metric: str = ""
    under: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    figures: tuple[tuple[str, float], ...] = ()


class Finding(NamedTuple):
    """One finding: its level, the key of the scenario that it is about, and a sentence or two.

    The other attributes are those of its `Remedy`; `command` compares the scenario with the fix.

    Examples
    --------
    >>> import wavetank as wt
    >>> wt.Finding("warning", "auth.ttl", "Tokens expire together.").key
    'auth.ttl'
    """

    level: Level
    key: str
    text: str
    fix: str = ""
    metric: str = ""
    under: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    figures: tuple[tuple[str, float], ...] = ()
    command: str = ""

    @property
    def overrides(self) -> tuple[str, ...]:
        """The lines of the fix as `--set` and `Scenario.but` take them."""
        pairs = [text.split(" = ", 1) for text in self.fix.splitlines()]
        return tuple(key + "=" + value.strip('"') for key, value in pairs)


class Findings(tuple[Finding, ...]):
    """Findings, the gravest last; shown as a table.

    `load` is the load on average over the run and `peak` that of its busiest piece (`studies.load.Load`:
    erlangs, cores, requests a second). `capacity` says by name how much the servers can do.
    """

    load: "Load"
    peak: "Load"
    capacity: dict[str, float]

    def to_frame(self) -> "pd.DataFrame":
        """Return a tidy table with a row for each figure of a finding, and one for a finding without.

        Examples
        --------
        >>> import wavetank as wt
        >>> frame = wt.check("quickstart").to_frame()
        >>> frame[frame.figure == "utilisation"].value.round(3).tolist()
        [0.048]
        """
        import pandas as pd

        rows = [
            (str(row.level), row.key, name, value, row.fix, row.text)
            for row in self
            for name, value in row.figures or (("", float("nan")),)
        ]
        return pd.DataFrame(rows, columns=["level", "key", "figure", "value", "fix", "text"])

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
            f"<tr>{''.join(f'<td{left}>{escape(text)}</td>' for text in row[:3])}</tr>" for row in self
        )
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


NOTHING = Remedy()


def fact(key: str, text: str, **figures: float) -> Finding:
    """Something to know, with its figures."""
    return Finding(Level.FACT, key, text, figures=tuple(figures.items()))


def warning(key: str, text: str, remedy: Remedy = NOTHING) -> Finding:
    """Something to think about."""
    return Finding(Level.WARNING, key, text, *remedy)


def problem(key: str, text: str, remedy: Remedy = NOTHING) -> Finding:
    """Something that cannot work."""
    return Finding(Level.PROBLEM, key, text, *remedy)


def ordered(findings: Iterable[Finding]) -> Findings:
    """Facts, then warnings, then problems, each in the order found."""
    levels = list(Level)
    return Findings(sorted(findings, key=lambda row: levels.index(row.level)))
