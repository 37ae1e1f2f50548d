"""The page as a file: written whole or not at all."""

from importlib.util import find_spec
from pathlib import Path

from wavetank.errors import MissingExtra
from wavetank.face.report.writing import put
from wavetank.studies.reviewing import Review

FILE = "review.html"


def check_page_folder() -> None:
    """Find out before a long run whether a page can be made. Raises MissingExtra."""
    if find_spec("jinja2") is None:
        raise MissingExtra("jinja2", "report")


def write_review(made: Review, folder: Path | str) -> Path:
    """Write review.html in `folder` and return it; an older one there is replaced.

    Raises MissingExtra or ReportError; then nothing has changed.
    """
    check_page_folder()
    from wavetank.face.review.page import page

    return put(page(made), Path(folder) / FILE)
