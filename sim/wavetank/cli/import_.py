"""`wavetank import`."""

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from wavetank.cli import options
from wavetank.cli.bar import PATIENCE_S
from wavetank.cli.status import Status

if TYPE_CHECKING:
    from wavetank.imports.importing import Watch


def import_(
    *files: Annotated[
        str, Parameter(help="Logs, tables or exports; - is standard input.", allow_leading_hyphen=True)
    ],
    as_: Annotated[
        Literal["arrivals", "service", "sizes"] | None,
        Parameter(name="--as", help="Take only this; default: all that there is."),
    ] = None,
    out: Annotated[
        str | None, Parameter(help="Name of the scenario to write; default: that of the first file.")
    ] = None,
    pattern: Annotated[
        str | None,
        Parameter(
            help="How a line reads: an nginx log_format, or a regular expression with groups time, client, "
            "service, up, down."
        ),
    ] = None,
    column: Annotated[
        list[str] | None,
        Parameter(
            help="Column of a table: ROLE=NAME with ROLE time, client, service, up or down; with --as the "
            "name alone. May be repeated.",
            negative=(),
        ),
    ] = None,
    report: Annotated[
        options.Report, Parameter(help="Folder to write import.html in, with data and model drawn.")
    ] = None,
    unit: Annotated[str | None, Parameter(help="Unit of numbers that have none, such as ms or kB.")] = None,
    decimal: Annotated[str, Parameter(help="Decimal mark of a table: . or ,")] = ".",
) -> int:
    """Make a scenario of logs, tables, load tests, histograms or an agent's configuration.

    Writes NAME.toml, with measured values next to it where no law fits.

    Exit status: 0 done; 2 bad input.
    """
    from wavetank.imports.importing import import_ as read
    from wavetank.imports.writing import check_free

    target = Path(out) if out else Path(_stem(files[0] if files else ""))
    target = target if target.suffix == ".toml" else target.with_name(target.name + ".toml")
    check_free(target)
    if report is not None:
        from wavetank.face.report import check_report_folder

        check_report_folder(report)
    with _bar() as watch:
        imported = read(
            files, as_=as_, pattern=pattern, columns=column or (), unit=unit, decimal=decimal, watch=watch
        )
    written = imported.write(target)
    _show(imported, written)
    if report is not None:
        from wavetank.face.fits import write_fits

        print(f"Page written to {write_fits(imported, report)}")
    return Status.DONE


def _stem(file: str) -> str:
    """The name of a file without its folder and endings: access.log.1.gz gives access."""
    return Path(file).name.partition(".")[0].strip("-") or "imported"


def _show(imported: "object", written: Path) -> None:
    from wavetank.cli import tables
    from wavetank.imports.imported import Imported
    from wavetank.imports.telling import limits, sentences

    assert isinstance(imported, Imported)
    out = tables.console()
    for text in sentences(imported):
        tables.say(out, text)
    for text in limits(imported):
        tables.say(out, f"Note: {text}")
    print(f"Scenario written to {written}")


@contextmanager
def _bar() -> Iterator["Watch | None"]:
    """A progress bar on a terminal, once reading takes longer than two seconds."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    begun = time.monotonic()
    with ExitStack() as stack:
        progress = Progress(console=Console(stderr=True), transient=True)
        rows: dict[str, int] = {}

        def watch(file: str, share: float) -> None:
            if time.monotonic() - begun < PATIENCE_S:
                return
            if not rows:
                stack.enter_context(progress)
            if file not in rows:
                rows[file] = progress.add_task(Path(file).name, total=1.0 if share else None)
            progress.update(rows[file], completed=share)  # type: ignore[arg-type]

        yield watch
