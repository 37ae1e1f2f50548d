"""The folder of a sweep: its runs as cells, what it varies, and the table when all runs are there.

sweep.json  cells/  table.parquet  table.csv  [*.png]  [*.svg]

A sweep that is started again in the folder goes on with the runs that are missing, also from another machine.
"""

import json
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wavetank.results.store import ResultError
from wavetank.scenario import Scenario, digest
from wavetank.scenario.resolved import Resolved
from wavetank.studies.sweeping.axes import Axis
from wavetank.studies.sweeping.points import BadSweep

if TYPE_CHECKING:
    from wavetank.studies.sweeping.swept import Sweep

CELLS, ABOUT, PARQUET, CSV = "cells", "sweep.json", "table.parquet", "table.csv"
MOST_SHARDS = 100_000
"""As many as a sweep has designs."""
_PART = re.compile(r"([0-9]{1,6})/([0-9]{1,6})", re.ASCII)


def part_of(text: str) -> tuple[int, int]:
    """Return which part of how many a shard is: "2/8" gives (2, 8). Raises BadSweep."""
    match = _PART.fullmatch(text.strip())
    if match is None or not 1 <= int(match[1]) <= int(match[2]) <= MOST_SHARDS:
        raise BadSweep(f'shard "{text}": write I/N with I from 1 to N, such as 2/8')
    return int(match[1]), int(match[2])


def digest_of(resolved: Resolved) -> str:
    """Return the hash of a design, as `Result.hash` has it."""
    return digest(resolved)


def prepare(out: Path | str, base: Scenario, axes: Sequence[Axis], replications: int, seed: int) -> None:
    """Make the folder and say in it what is varied. Raises ResultError where something else is there."""
    where = Path(out)
    try:
        if where.exists() and not where.is_dir():
            raise ResultError(f"{out}: there is something else already; name another folder")
        if (
            where.is_dir()
            and any(where.iterdir())
            and not ((where / ABOUT).exists() or (where / CELLS).exists())
        ):
            raise ResultError(f"{out}: there is something else already; name another folder")
        where.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResultError(f"{out}: cannot be written: {error.strerror or error}") from error
    about: dict[str, Any] = {
        "scenario": base.name,
        "vary": {axis.key: list(axis.values) or _span(axis) for axis in axes},
        "replications": replications,
        "seed": seed,
    }
    replace(where / ABOUT, lambda path: path.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8"))


def _span(axis: Axis) -> str:
    return "" if axis.span is None else f"{axis.span.at(0)}..{axis.span.at(1)}"


def write_table(studied: "Sweep", out: Path | str) -> None:
    """Write the table of all runs as CSV and Parquet. Raises ResultError."""
    frame = studied.to_frame()
    replace(Path(out) / CSV, lambda path: frame.to_csv(path, index=False))
    try:
        replace(Path(out) / PARQUET, lambda path: frame.to_parquet(path, index=False))
    except ImportError as error:
        why = f"pandas cannot write Parquet here ({error}); {CSV} has the whole table"
        raise ResultError(f"{Path(out) / PARQUET}: {why}") from error


def replace(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file under a temporary name, and rename it. Raises ResultError."""
    made = path.with_name(f"{path.name}.tmp{os.getpid()}")
    try:
        write(made)
        made.replace(path)
    except OSError as error:
        raise ResultError(f"{path}: cannot be written: {error.strerror or error}") from error
