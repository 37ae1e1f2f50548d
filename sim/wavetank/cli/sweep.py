"""`wavetank sweep`."""

import json
from itertools import compress
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from wavetank.cli import options
from wavetank.cli.status import Status

if TYPE_CHECKING:
    from wavetank.studies.sweeping import Sweep

Vary = Annotated[
    list[str],
    Parameter(
        name="--vary",
        negative=(),
        help="KEY=A,B,C or KEY=A..B:N (N values from A to B), or KEY=A..B with --sample. May be repeated.",
    ),
]
WIDE = 200
"""Columns of a table that goes to a file: names of keys are not folded."""
MOST_ROWS = 60
"""More designs than this are not printed: the table on disk has them."""


def sweep(
    scenario: options.Scenario,
    /,
    *,
    vary: Vary,
    sample: Annotated[
        Literal["sobol", "lhs"] | None,
        Parameter(help="Points spread over all ranges, instead of every combination; needs --points."),
    ] = None,
    points: Annotated[
        int | None,
        Parameter(
            help="How many points a sample has.",
            converter=options.whole,
            validator=Number(gte=1, lte=100_000),
        ),
    ] = None,
    replications: options.Replications = 1,
    engine: options.Engine = None,
    seed: options.Seed = None,
    sets: options.Sets = None,
    out: Annotated[
        options.Out,
        Parameter(help="Folder for the runs and the table; a sweep that was stopped goes on where it was."),
    ] = None,
    shard: Annotated[
        str | None,
        Parameter(help="I/N: do the I-th of N equal parts only, on this machine; needs --out."),
    ] = None,
    json_: Annotated[options.Json, Parameter(name="--json")] = False,
    models: options.Models = None,
    workers: options.Workers = None,
    settle: options.Settle = "auto",
) -> int:
    """Simulate a scenario with many values of some keys, and say in how many runs each does well.

    With --out the runs are kept: the same command goes on where it was stopped, and another one that shares
    runs with it does them only once. The folder then has the table (Parquet and CSV) and its pictures.

    Exit status: 0 done; 2 bad input; 3 a run came to no answer.
    """
    from wavetank.cli.bar import bar
    from wavetank.studies import sweeping

    asked = options.loaded(scenario, sets, models)
    with bar() as watch:
        studied = sweeping.sweep(
            asked,
            vary,
            sample=sample,
            points=points,
            replications=replications,
            engine=engine,
            seed=seed,
            workers=workers,
            shard=shard,
            out=out,
            progress=watch,
            settle=options.settling(settle),
        )
    drawn = _drawn(studied) if studied.is_whole and out is not None else ""
    failed = any(cell.failure for design in studied.designs for cell in design.cells)
    status = Status.INCONCLUSIVE if failed else Status.DONE
    if json_:
        print(json.dumps(studied.to_json(), allow_nan=False))
        return status
    _show(studied)
    if shard is not None and not studied.is_whole:
        there = f"{len(studied.designs)} of {studied.wanted} designs are complete in {out}"
        print(f"Shard {shard} is done; {there}. The table is written when all shards are there.")
    elif out is not None:
        print(f"Table written to {out}{drawn}")
    return status


def _drawn(studied: "Sweep") -> str:
    """Draw what there is to draw; where matplotlib is missing, say so."""
    from wavetank.errors import MissingExtra

    try:
        from wavetank.face import study_pictures
    except ModuleNotFoundError as error:
        return f", without pictures: {MissingExtra(str(error.name), 'report')}"
    names = study_pictures.draw_all(studied)
    return f", with pictures: {', '.join(names)}" if names else ""


def _show(studied: "Sweep") -> None:
    from wavetank.cli import tables
    from wavetank.studies import formatting
    from wavetank.studies.headlines import HEADLINES
    from wavetank.studies.sweeping import figures, representing

    out = tables.console()
    if not out.is_terminal:
        out.width = WIDE
    runs = formatting.many(studied.replications, "run")
    tables.say(out, f"{studied.scenario}: {formatting.many(len(studied.designs), 'design')}, {runs} each")
    out.print()
    shown, named = figures.shown(studied), dict(HEADLINES)
    metrics = [named.get(name, formatting.title_of(name)) for name in shown]
    met = [representing.share_parts(design.met) for design in studied.designs]
    # columns in which no design has anything are left out
    columns = [any(parts[index] for parts in met) for index in (0, 1)]
    rows = []
    for design, parts in zip(studied.designs[:MOST_ROWS], met, strict=False):
        line = representing.line_of(studied, design)
        rows.append((*line.texts, line.verdict, *compress(parts, columns), *line.metrics.values()))
    heads = (*studied.keys, "verdict", *compress(("meets", "95 % interval"), columns), *metrics)
    tables.put(out, tables.plain_table(heads, rows))
    out.print()
    if len(studied.designs) > MOST_ROWS:
        tables.say(out, f"... and {formatting.many(len(studied.designs) - MOST_ROWS, 'more design')}")
    for failure in sorted(
        {cell.failure for design_run in studied.designs for cell in design_run.cells if cell.failure}
    ):
        tables.say(out, f"Failed: {failure}")
