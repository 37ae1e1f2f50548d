"""The page as a file: written whole or not at all."""

from pathlib import Path

from wavetank.face.report.writing import check_report_folder, put
from wavetank.libraries.decision import Decision
from wavetank.scenario import Scenario

FILE = "libraries.html"


def write_libraries(
    base: Scenario, decision: Decision, folder: Path | str, models: Path | None = None
) -> Path:
    """Write libraries.html in `folder` and return it; an older one there is replaced.

    Raises MissingExtra, ReportError, and what `page` raises; then nothing has changed.
    """
    check_report_folder(folder)
    from wavetank.face.libraries.page import page

    return put(page(base, decision, models), Path(folder) / FILE)
