"""Comparisons as folders: `comparison.json` and one saved result per design, written whole or not at all.

What is read again is what was written: the same results in the same order. The folder is made beside its
place and moved there, as for a single result.
"""

import json
import os
import shutil
import tempfile
from pathlib import Path
from string import ascii_uppercase
from typing import Any, Protocol

from wavetank.results.result import Result
from wavetank.results.store import COMPARISON, ResultError, check_folder, load, read_json, save


class Designs(Protocol):
    """A comparison, as far as it is written: `comparison.Comparison`."""

    @property
    def letters(self) -> tuple[str, ...]:
        """The letters of the designs: A, B, C ..."""
        ...

    @property
    def results(self) -> tuple[Result, ...]:
        """The result of each design."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Return the content of `comparison.json`."""
        ...


def save_comparison(comparison: Designs, folder: Path | str) -> Path:
    """Write a comparison as `folder` and return it; what `check_folder` allows is replaced.

    Raises ResultError; then nothing has changed.
    """
    check_folder(folder)
    target = Path(os.path.realpath(folder))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise ResultError(f"{folder}: cannot be written: {error.strerror}") from error
    try:
        whole = made / "whole"
        whole.mkdir()
        for letter, result in zip(comparison.letters, comparison.results, strict=True):
            save(result, whole / letter.lower())
        text = json.dumps(comparison.to_json(), indent=1, allow_nan=False)
        (whole / COMPARISON).write_text(text + "\n", encoding="utf-8")
        if target.exists():
            target.rename(made / "older")
        whole.rename(target)
    except OSError as error:
        if (made / "older").exists() and not target.exists():
            (made / "older").rename(target)
        raise ResultError(f"{folder}: cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return Path(folder)


def is_comparison(folder: Path | str) -> bool:
    """Whether a folder holds a comparison rather than a result."""
    return (Path(folder) / COMPARISON).is_file()


def read_designs(folder: Path | str) -> tuple[tuple[str, ...], tuple[Result, ...]]:
    """Titles and results of what `save_comparison` wrote. Raises ResultError naming what is damaged."""
    path = Path(folder) / COMPARISON
    designs = read_json(path).get("designs")
    try:
        told = [(str(design["letter"]), str(design["title"])) for design in designs or ()]
    except (TypeError, KeyError) as error:
        raise ResultError(f"{path}: damaged: {type(error).__name__}: {error}") from error
    if len(told) < 2 or [letter for letter, _ in told] != list(ascii_uppercase[: len(told)]):
        raise ResultError(f"{path}: damaged: there are no designs A, B ... in it")
    return tuple(title for _, title in told), tuple(load(Path(folder) / letter.lower()) for letter, _ in told)
