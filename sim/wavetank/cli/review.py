"""`wavetank review`: run the claims of the architecture's decisions."""

import datetime
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number

from wavetank.cli import options
from wavetank.cli.status import Status

if TYPE_CHECKING:
    from wavetank.studies.reviewing import Review
    from wavetank.studies.reviewing.record import DecisionRecord

app = App(name="review", help="Run the claims of architecture decisions: which hold, which fail, and why.")

Places = Annotated[
    Path, Parameter(help="Files of decisions, or folders of them; default: decisions/ of the catalogue.")
]
WIDE = 200
"""Columns of a table that goes to a file: claims are not folded."""


@app.default
def review(
    *places: Places,
    only: Annotated[
        list[str] | None, Parameter(negative=(), help="ID: only this decision. May be repeated.")
    ] = None,
    budget: Annotated[
        str | None,
        Parameter(help="Wall time, as 10min, after which no run is begun; the same command goes on later."),
    ] = None,
    seeds: Annotated[
        int | None,
        Parameter(
            help="Runs of a claim at most, instead of what the files say.",
            converter=options.whole,
            validator=Number(gte=2, lte=10_000),
        ),
    ] = None,
    out: Annotated[options.Out, Parameter(help="Folder for review.html, review.json and adr/.")] = None,
    cache: Annotated[
        options.Out, Parameter(help="Folder that keeps the runs; default: ~/.cache/wavetank/cells.")
    ] = None,
    fresh: Annotated[
        bool, Parameter(negative=(), help="Simulate everything, whatever the cache holds.")
    ] = False,
    engine: options.Engine = None,
    workers: options.Workers = None,
    json_: Annotated[options.Json, Parameter(name="--json")] = False,
    models: options.Models = None,
) -> int:
    """Run every claim of the decisions, and say which hold, which fail and which are open.

    A claim holds when its runs show it with its confidence. Runs are kept: a second review simulates nothing,
    and one that was stopped goes on where it was.

    Exit status: 0 all claims that decide hold; 1 one fails; 2 bad input; 3 one is undecided, not finished or
    not runnable, and none fails.
    """
    from wavetank.cli.bar import bar
    from wavetank.studies import reviewing
    from wavetank.studies.reviewing.folder import prepare

    budget_s = None if budget is None else options.duration_s(budget, "--budget")
    if out is not None:
        prepare(out)
    _remark(list(places), only or [], models)
    with bar() as watch:
        made = reviewing.review(
            places,
            only=only or (),
            budget_s=budget_s,
            seeds=seeds,
            engine=engine,
            workers=workers,
            cache=None if fresh else cache or default_cache(),
            models=models,
            progress=watch,
        )
    page = _written(made, out) if out is not None else ""
    if json_:
        print(json.dumps(made.model_dump(mode="json"), allow_nan=False))
    else:
        _show(made)
        if out is not None:
            print(f"Review written to {page}")
    return status_of(made)


def _written(made: "Review", out: Path) -> str:
    """Write the folder, and return what to look at first; where the page cannot be made, say why."""
    from wavetank.errors import MissingExtra
    from wavetank.face import review as pages
    from wavetank.studies.reviewing.folder import write

    file = write(made, out)
    try:
        return str(pages.write_review(made, out))
    except MissingExtra as missing:
        return f"{file}, without a page: {missing}"


def default_cache() -> Path:
    """Return the folder of the user's caches, by the XDG rule."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wavetank" / "cells"


def status_of(made: "Review") -> Status:
    """Return how a review ends: by the claims that decide alone."""
    from wavetank.studies.reviewing.notes import failing_rows, open_rows

    if failing_rows(made):
        return Status.NO
    return Status.INCONCLUSIVE if open_rows(made) else Status.DONE


def _remark(places: list[Path], only: list[str], models: Path | None) -> None:
    """Print warnings on standard error: numbers that nothing checks, and decisions to be looked at again."""
    from wavetank.studies.reviewing.reading import read_decisions
    from wavetank.studies.reviewing.review import overdue, remarks

    decisions = read_decisions(places, models, only)
    for remark in [*remarks(decisions), *overdue(decisions, datetime.date.today())]:
        print(f"wavetank: warning: {remark}", file=sys.stderr)


def _show(made: "Review") -> None:
    """Print the answer first, then why, then a table for each decision."""
    from wavetank.cli import tables
    from wavetank.studies.reviewing import telling

    out = tables.console()
    if not out.is_terminal:
        out.width = WIDE
    tables.say(out, telling.headline(made))
    for sentence in telling.reasons(made):
        tables.say(out, f"  {sentence}")
    for decision in made.decisions:
        out.print()
        tables.say(out, f"{decision.id}: {decision.title} ({_standing(decision)})")
        if decision.claims:
            heads, rows = table_of(decision)
            tables.put(out, tables.plain_table(heads, rows))
        for note in (*decision.missing, *decision.notes):
            tables.say(out, f"  {note}")


def _standing(decision: "DecisionRecord") -> str:
    return f"{decision.status}: {decision.chosen}" if decision.chosen else decision.status


def table_of(decision: "DecisionRecord") -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the table of a decision: options by claims."""
    from wavetank.studies.reviewing.telling import cell_of

    heads = ("option", *(claim.id for claim in decision.claims))
    rows = []
    for option in decision.options:
        cells = [decision.row(claim.id, option.id) for claim in decision.claims]
        mark = "* " if option.id == decision.chosen else "  "
        rows.append((mark + option.id, *("" if row is None else cell_of(row) for row in cells)))
    return heads, rows


@app.command(name="list")
def list_(
    *places: Places,
    json_: Annotated[options.Json, Parameter(name="--json")] = False,
    models: options.Models = None,
) -> int:
    """List the decisions: status, what was chosen, and the question.

    Exit status: 0 done; 2 bad input.
    """
    from wavetank.cli import tables
    from wavetank.studies.reviewing.reading import read_decisions

    specs = [loaded.spec for loaded in read_decisions(places, models)]
    rows = [(spec.id, spec.status, spec.chosen, str(len(spec.claims)), spec.title) for spec in specs]
    heads = ("id", "status", "chosen", "claims", "title")
    if json_:
        print(json.dumps({"decisions": [dict(zip(heads, row, strict=True)) for row in rows]}))
    else:
        tables.put(tables.console(), tables.text_table(heads, rows))
    return Status.DONE


@app.command
def show(
    decision: Annotated[str, Parameter(help="The id of a decision, or a file.")],
    /,
    *,
    models: options.Models = None,
) -> int:
    """Print a decision as it is written, after it was checked.

    Exit status: 0 done; 2 bad input.
    """
    from wavetank.studies.reviewing.reading import read_decisions

    if decision.endswith(".toml"):
        (loaded,) = read_decisions([decision], models)
    else:
        (loaded,) = read_decisions((), models, [decision])
    print(loaded.file.read_text(encoding="utf-8").rstrip("\n"))
    return Status.DONE


@app.command
def init(
    file: Annotated[
        Path, Parameter(help="The file to write; its name is the decision's id.", converter=options._path)
    ],
    /,
) -> int:
    """Write a first decision with comments, ready to be run and changed.

    Exit status: 0 done; 2 bad input, for example a file that is there already.
    """
    from wavetank.studies.reviewing.template import write_template

    write_template(file)
    print(f"Decision written to {file}; run it: wavetank review {file}")
    return Status.DONE


@app.command
def schema() -> int:
    """Print the JSON Schema of decisions, for editors."""
    from wavetank.studies.reviewing.reference import schema_text

    print(schema_text(), end="")
    return Status.DONE
