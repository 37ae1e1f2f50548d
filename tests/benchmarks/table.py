"""The table that a benchmark prints, and writes into docs/performance.md."""

import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
BEGIN, END = "<!-- written by make bench ARGS=--write -->", "<!-- end -->"


class Row(NamedTuple):
    """One line: what, the figure with its unit, the CPU time of one repeat, the bound and whether it is met.

    `met` None: there is no bound, or this run does not judge.
    """

    what: str
    figure: str
    cpu_s: float | None = None
    bound: str = ""
    met: bool | None = None

    @property
    def verdict(self) -> str:
        """The bound, and what became of it."""
        return f"{self.bound}{ {True: ': met', False: ': MISSED', None: ''}[self.met] }"


def at_least(label: str, value: float, least: float, unit: str, cpu_s: float | None, judged: bool) -> Row:
    """A row whose figure must not be smaller."""
    met = value >= least if judged else None
    return Row(label, f"{figure(value)} {unit}", cpu_s, f"at least {figure(least)}", met)


def at_most(label: str, value: float, most: float, unit: str, cpu_s: float | None, judged: bool) -> Row:
    """A row whose figure must not be greater."""
    met = value <= most if judged else None
    return Row(label, f"{figure(value)} {unit}", cpu_s, f"at most {figure(most)}", met)


def figure(value: float) -> str:
    """Three digits or more."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def rates(measured: Sequence[tuple[int, float]]) -> tuple[float, float]:
    """(how many per CPU-second, CPU seconds): medians of (how many, CPU seconds)."""
    return (
        statistics.median(done / cpu_s for done, cpu_s in measured),
        statistics.median(cpu_s for _, cpu_s in measured),
    )


def host() -> str:
    """The machine in one line."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    name = names[0] if names else platform.machine()
    return f"Python {platform.python_version()} on {name}, {os.cpu_count()} cores{load}"


def show(row: Row) -> None:
    """Print one line."""
    cpu = "" if row.cpu_s is None else f"{row.cpu_s:8.2f} s"
    print(f"{row.what:<66}{row.figure:>24}{cpu:>12}   {row.verdict}".rstrip(), flush=True)


def write_page(machine: str, rows: Iterable[Row]) -> None:
    """Put the table between the marks of the page; the text around it stays."""
    lines = ["", machine, "", "| what | measured | CPU time | bound |", "|---|---:|---:|---|"]
    for row in rows:
        label = f"**{row.what}**" if not row.figure else row.what.strip()
        cpu = "" if row.cpu_s is None else f"{row.cpu_s:.2f} s"
        lines.append(f"| {label} | {row.figure} | {cpu} | {row.verdict} |")
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(before + BEGIN + "\n".join([*lines, "", END]) + after, encoding="utf-8")
