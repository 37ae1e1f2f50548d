"""`wavetank size`."""

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from wavetank.cli import options
from wavetank.cli.status import Status

if TYPE_CHECKING:
    from wavetank.studies.sizing import FleetSizes, Size, UncertainSize

WIDE = 200
"""Columns of a table that goes to a file: sentences in cells are not folded."""


def size(
    scenario: options.Scenario,
    /,
    *,
    find: Annotated[
        Literal["nodes", "cores", "connections", "agents"],
        Parameter(help="The fewest nodes, cores of a node or connections to a node; or the most agents."),
    ] = "nodes",
    probability: Annotated[
        float, Parameter(help="With which probability each condition must be met, from 0.5 to 0.999.")
    ] = 0.90,
    agents: Annotated[
        str | None, Parameter(help="Sizes of fleets, such as 1k,5k,50k: the table over them.")
    ] = None,
    uncertain: Annotated[
        list[str] | None,
        Parameter(
            name="--uncertain",
            negative=(),
            help='An input that is not known, such as fleet.agents={law="uniform",low=8000,high=12000}.',
        ),
    ] = None,
    through: Annotated[
        str, Parameter(help="Conditions: some of day, node (one is lost) and faults (the scenario's own).")
    ] = "day,node,faults",
    away: Annotated[
        str | None,
        Parameter(help="How long a lost node stays away; default: 2 min after the balancer has noticed."),
    ] = None,
    sets: options.Sets = None,
    engine: options.Engine = None,
    seed: options.Seed = None,
    workers: options.Workers = None,
    out: Annotated[
        options.Out, Parameter(help="Folder for the runs: another sizing there does none of them again.")
    ] = None,
    report: Annotated[options.Report, Parameter(help="Folder to write size.html in.")] = None,
    json_: Annotated[options.Json, Parameter(name="--json")] = False,
    models: options.Models = None,
) -> int:
    """Find the fewest servers that meet the objectives (slo), and say how sure that is.

    A design must do well on an ordinary day, with one node lost at an arbitrary instant and through the
    scenario's faults, in each with the probability, at 95 % confidence over all designs that were tried.

    Exit status: 0 found; 1 none that was tried does; 2 bad input; 3 undecided.
    """
    from wavetank.cli.bar import bar
    from wavetank.studies import sizing

    asked = options.loaded(scenario, sets, models)
    if report is not None and uncertain:
        raise sizing.BadSize("there is no page for uncertain inputs; leave --report out")
    if report is not None:
        from wavetank.face.report import check_report_folder

        check_report_folder(report)
    words = [word.strip() for word in through.split(",")]
    with bar() as watch:
        settings: dict[str, Any] = {
            "find": find,
            "probability": probability,
            "agents": agents,
            "through": words,
            "away": away,
            "engine": engine,
            "seed": seed,
            "workers": workers,
            "out": out,
            "progress": watch,
        }
        answer: Size | FleetSizes | UncertainSize
        if uncertain:
            answer = sizing.size(asked, uncertain=uncertain, **settings)
        else:
            answer = sizing.size(asked, **settings)
    if json_:
        print(json.dumps(answer.to_json(), allow_nan=False))
    else:
        _show(answer)
    if report is not None and not isinstance(answer, sizing.UncertainSize):
        from wavetank.face.sizing import write_size

        written = write_size(answer, report)
        if not json_:
            print(f"Page written to {written}")
    return _STATUS[answer.decision.value]


_STATUS = {"holds": Status.DONE, "fails": Status.NO, "undecided": Status.INCONCLUSIVE}


def _show(answer: "Size | FleetSizes | UncertainSize") -> None:
    """Print the answer first, then the table, then why."""
    from wavetank.cli import tables
    from wavetank.studies.sizing import UncertainSize, fleets, representing, telling
    from wavetank.studies.sizing.uncertain import uncertain_size

    out = tables.console()
    if not out.is_terminal:
        out.width = WIDE
    if isinstance(answer, fleets.FleetSizes):
        for size in answer.sizes:
            tables.say(out, telling.headline(size))
        out.print()
        tables.put(out, tables.plain_table(fleets.HEADS, list(answer.rows())))
        return
    heads: tuple[str, ...]
    lines: list[tuple[str, ...]]
    if isinstance(answer, UncertainSize):
        heads, lines = uncertain_size.HEADS, list(answer.rows())
        first, *others = answer.sentences()
    else:
        heads, lines = representing.HEADS, [(at.value, *at.texts) for at in representing.lines_of(answer)]
        first, *others = telling.sentences(answer)
    tables.say(out, f"{answer.scenario}: {first}")
    out.print()
    if lines:
        tables.put(out, tables.plain_table((answer.sought.word, *heads), lines))
        out.print()
    for sentence in others:
        tables.say(out, sentence)
