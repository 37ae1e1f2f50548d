"""The page as a file: written whole or not at all."""

from pathlib import Path

from wavetank.face.report.writing import check_report_folder, put
from wavetank.studies.sizing import FleetSizes, Size

FILE = "size.html"


def write_size(answer: Size | FleetSizes, folder: Path | str) -> Path:
    """Write size.html in `folder` and return it; an older one there is replaced.

    Raises MissingExtra or ReportError; then nothing has changed.
    """
    check_report_folder(folder)
    from wavetank.face.sizing.page import page

    return put(page(answer), Path(folder) / FILE)
