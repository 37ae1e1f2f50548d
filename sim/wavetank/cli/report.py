"""`wavetank report`, and what `run --report` and `compare --report` share with it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from wavetank.cli import options
from wavetank.cli.status import Status

if TYPE_CHECKING:
    from wavetank.results.result import Result
    from wavetank.studies.comparison import Comparison


def report(
    result: Annotated[Path, Parameter(help="A folder that run --out or compare --out has written.")],
    /,
    *,
    report: Annotated[
        options.Report, Parameter(help="Folder to write report.html in; default: RESULT.")
    ] = None,
) -> int:
    """Write the report of a saved result or comparison; nothing is simulated.

    Exit status: 0 done; 2 bad input.
    """
    from wavetank.results.store import load
    from wavetank.studies.comparison import load_comparison
    from wavetank.studies.saving import is_comparison

    loaded = load_comparison(result) if is_comparison(result) else load(result)
    print(f"Report written to {write_report(loaded, result if report is None else report)}")
    return Status.DONE


def prepared(folder: Path, agents: int) -> tuple[int, ...]:
    """The agents to trace for a report, once it is sure that it can be written. Raises WavetankError."""
    from wavetank.face.report import check_report_folder, traced_agents

    check_report_folder(folder)
    return traced_agents(agents)


def write_report(loaded: "Result | Comparison", folder: Path) -> Path:
    """Write it, and return the file. Raises WavetankError."""
    from wavetank.face import report

    return report.write_report(loaded, folder)
