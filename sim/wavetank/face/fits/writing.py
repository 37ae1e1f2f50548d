"""The page as a file: written whole or not at all."""

from pathlib import Path

from wavetank.face.report.writing import check_report_folder, put
from wavetank.imports.findings import Findings

FILE = "import.html"


def write_fits(findings: Findings, folder: Path | str) -> Path:
    """Write import.html in `folder` and return it; an older one there is replaced.

    Raises MissingExtra or ReportError; then nothing has changed.
    """
    check_report_folder(folder)
    from wavetank.face.fits.page import page

    return put(page(findings), Path(folder) / FILE)
