"""The folder of a review: review.json, and each decision as a MADR 4 record.

Each file is written whole or not at all.

review.json  adr/NNNN-ID.md
"""

from pathlib import Path

from wavetank.results.store import ResultError
from wavetank.studies.reviewing import madr
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
    """Write review.json and the records, and return review.json. Raises ResultError.

    Records of decisions that are no longer reviewed stay: their numbers may be cited.
    """
    file = out / FILE
    _put(file, made.to_text())
    prepare(out / madr.FOLDER)
    for number, decision in enumerate(made.decisions, start=1):
        _put(out / madr.FOLDER / madr.name_of(number, decision), madr.record_of(decision))
    return file


def _put(file: Path, text: str) -> None:
    replace(file, lambda path: path.write_text(text, encoding="utf-8"))
