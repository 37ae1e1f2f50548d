"""Comparisons as folders: `comparison.json` and one saved result per design, written whole or not at all."""

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from wavetank.results.store import COMPARISON, ResultError, check_folder, save

if TYPE_CHECKING:
    from wavetank.studies.comparison import Comparison


def save_comparison(comparison: "Comparison", folder: Path | str) -> Path:
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
