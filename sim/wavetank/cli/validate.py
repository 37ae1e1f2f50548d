"""`wavetank validate`."""

import json
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from wavetank.cli import options
from wavetank.cli.options import BadOption
from wavetank.cli.status import Status

if TYPE_CHECKING:
    from wavetank.validation.foreign import Foreign

WIDE = 200
"""Columns of a table that goes to a file: names of figures are not folded."""


def validate(
    *,
    table: Annotated[
        list[str] | None,
        Parameter(
            help="A table of measurements: a name of the catalogue's measurements/, or a .toml file. "
            "May be repeated.",
            negative=(),
        ),
    ] = None,
    engine: options.Engine = None,
    json_: Annotated[options.Json, Parameter(name="--json")] = False,
    models: options.Models = None,
) -> int:
    """Hold predictions against measurements: those that other people published, as tables.

    Rows marked "calibrates" gave the costs; the others are predicted. Every error is printed, and each that
    is larger than aimed at with its cause.

    Exit status: 0 all are within the error aimed at; 1 some are not; 2 bad input.
    """
    from wavetank.cli.bar import bar
    from wavetank.validation.foreign import predict
    from wavetank.validation.measurements import list_measurements, load_measurements
    from wavetank.validation.telling import plain

    if not table:
        known = ", ".join(path.stem for path in list_measurements(models))
        raise BadOption(f"--table is missing: give a .toml file or one of {known}")
    # All are read before anything runs.
    tables = [load_measurements(name, models) for name in table]
    with bar() as watch:
        answers = [predict(each, engine, watch) for each in tables]
    if json_:
        print(json.dumps({"tables": [plain(each) for each in answers]}, allow_nan=False))
    else:
        for answer in answers:
            _show(answer)
    return Status.DONE if all(answer.holds for answer in answers) else Status.NO


def _show(answer: "Foreign") -> None:
    """Print the answer first, then the rows, then why some missed."""
    from wavetank.cli import tables
    from wavetank.validation import telling

    out = tables.console()
    if not out.is_terminal:
        out.width = WIDE
    tables.say(out, answer.table.spec.name)
    tables.say(out, f"Source: {answer.table.spec.source}")
    tables.say(out, telling.headline(answer))
    out.print()
    tables.put(out, tables.plain_table(telling.HEADS, telling.lines_of(answer)))
    out.print()
    for title, items in (
        ("Missed", telling.causes(answer)),
        ("Note", telling.notes(answer)),
        ("Assumed", list(answer.table.spec.assumed)),
    ):
        for item in items:
            tables.say(out, f"{title}: {item}")
    out.print()
