"""The folder of a review: review.json, written whole or not at all."""

from pathlib import Path

from wavetank.results.store import ResultError
from wavetank.studies.reviewing.record import FILE, Review
from wavetank.studies.sweeping.folder import replace


def prepare(out: Path) -> None:
    """Make the folder before anything is run. Raises ResultError where it cannot be written."""
    try:
        if out.exists() and not out.is_dir():
            raise ResultError(f"{out}: there is something else already; name another folder")
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResultError(f"{out}: cannot be written: {error.strerror or error}") from error


def write(made: Review, out: Path) -> Path:
    """Write review.json and return it. Raises ResultError."""
    file = out / FILE
    replace(file, lambda path: path.write_text(made.to_text(), encoding="utf-8"))
    return file
