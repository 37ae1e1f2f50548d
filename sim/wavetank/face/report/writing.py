"""The report as a file: written whole or not at all."""

import os
import tempfile
from pathlib import Path

from wavetank.errors import MissingExtra, WavetankError
from wavetank.results.result import Result
from wavetank.results.store import REPORT
from wavetank.studies.comparison import Comparison


class ReportError(WavetankError):
    """A report that cannot be written: where, and why."""


def check_report_folder(folder: Path | str) -> None:
    """Find out before a long run whether a report can be made and written.

    Raises MissingExtra or ReportError.
    """
    _needs()
    target = Path(os.path.abspath(folder))
    there = next(parent for parent in (target, *target.parents) if parent.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise ReportError(f"{folder}: cannot be written: {there} is no folder that may be written to")
    if (target / REPORT).is_dir():
        raise ReportError(f"{Path(folder) / REPORT}: cannot be written: there is a folder of that name")


def write_report(shown: Result | Comparison, folder: Path | str) -> Path:
    """Write the report of a result or of a comparison as report.html in `folder`, and return the file.

    An older report there is replaced. Raises MissingExtra or ReportError; then nothing has changed.
    """
    check_report_folder(folder)
    from wavetank.face.report.page import page

    return put(page(shown), Path(folder) / REPORT)


def put(text: str, target: Path) -> Path:
    """Write a page in one step, and return the file. Raises ReportError; then nothing has changed."""
    made = ""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, made = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with open(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.chmod(made, 0o644)
        os.replace(made, target)
    except OSError as error:
        if made:
            Path(made).unlink(missing_ok=True)
        raise ReportError(f"{target}: cannot be written: {error.strerror or error}") from error
    return target


def _needs() -> None:
    """Check that the packages for a report are installed. Raises MissingExtra."""
    from importlib.util import find_spec

    for module in ("jinja2", "matplotlib", "vl_convert"):
        if find_spec(module) is None:
            raise MissingExtra(module, "report")
