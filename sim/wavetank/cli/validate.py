"""`wavetank validate`."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from wavetank.cli import options
from wavetank.cli.options import BadOption
from wavetank.cli.status import Status

if TYPE_CHECKING:
    from wavetank.validation.foreign import Foreign
    from wavetank.validation.tiers.cost import CostTier

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
    tier: Annotated[
        Literal["foreign", "cost"],
        Parameter(help="foreign: the tables. cost: the built-in server, predicted first and measured then."),
    ] = "foreign",
    out: Annotated[
        Path | None,
        Parameter(help="cost: folder for card, predictions, their hash and the answer; must hold none yet."),
    ] = None,
    repetitions: Annotated[
        int,
        Parameter(
            help="cost: slices of each load that must count.",
            converter=options.whole,
            validator=Number(gte=1, lte=1000),
        ),
    ] = 5,
    seed: options.Seed = None,
    engine: options.Engine = None,
    json_: Annotated[options.Json, Parameter(name="--json")] = False,
    models: options.Models = None,
) -> int:
    """Hold predictions against measurements: of other people (tables), or of the built-in server (cost).

    In a table, rows marked "calibrates" gave the costs and the others are predicted. With --tier cost, the
    server is calibrated, batches that are not among the calibrating ones are predicted, card and predictions
    are written and hashed, and only then are these batches measured.

    Exit status: 0 all are within the error aimed at; 1 some are not; 2 bad input; 3 the machine is too busy.
    """
    if tier == "cost":
        if table or out is None:
            raise BadOption("--tier cost takes no --table and needs --out FOLDER")
        return _cost(out, repetitions, 2 if seed is None else seed, json_)
    if out is not None:
        raise BadOption("--out goes with --tier cost")
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


def _cost(out: Path, repetitions: int, seed: int, json_: bool) -> int:
    """Predict and measure the built-in server."""
    from wavetank.cli.bar import bar
    from wavetank.cli.calibrate import need_extra

    need_extra()
    from wavetank.validation.calibration.measuring import Plan
    from wavetank.validation.calibration.own_server import own_server
    from wavetank.validation.tiers import telling
    from wavetank.validation.tiers.cost import validate_cost
    from wavetank.validation.tiers.sealed import check_free

    check_free(out)
    load_before = os.getloadavg()[0]
    plan = Plan(repetitions=repetitions, tries=3 * repetitions)
    with own_server() as running, bar() as watch:
        answer = validate_cost(running, out, plan, seed, load_before, watch)
    (out / "answer.json").write_text(json.dumps(telling.plain(answer), indent=1) + "\n", encoding="utf-8")
    (out / "answer.md").write_text(telling.markdown(answer), encoding="utf-8")
    if json_:
        print(json.dumps(telling.plain(answer), allow_nan=False))
    else:
        _show_cost(answer)
    return Status.DONE if answer.holds else Status.NO


def _show_cost(answer: "CostTier") -> None:
    from wavetank.cli import tables
    from wavetank.validation.tiers import telling

    out = tables.console()
    if not out.is_terminal:
        out.width = WIDE
    tables.say(out, telling.headline(answer))
    tables.say(out, telling.seal_words(answer))
    out.print()
    tables.put(out, tables.plain_table(telling.HEADS, telling.lines_of(answer)))


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
