"""`wavetank compare`."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from wavetank.cli import options
from wavetank.cli.options import BadOption
from wavetank.cli.status import status_of_objectives
from wavetank.scenario import Scenario

if TYPE_CHECKING:
    from wavetank.studies.comparison import Comparison

_KEY_VALUE = Parameter(
    name="--with",
    negative=(),
    help="KEY=VALUE: the second design is the scenario with this changed. Repeated: all of them together.",
)
_VARIANT = Parameter(
    name="--variant",
    negative=(),
    help='"NAME: KEY=VALUE KEY=VALUE": one more design, the scenario with these changed. May be repeated.',
)


def compare(
    *scenarios: options.Scenario,
    with_: Annotated[list[str] | None, _KEY_VALUE] = None,
    variant: Annotated[list[str] | None, _VARIANT] = None,
    engine: options.Engine = None,
    seed: options.Seed = None,
    replications: options.Replications = 1,
    sets: options.Sets = None,
    out: options.Out = None,
    report: options.Report = None,
    json_: Annotated[options.Json, Parameter(name="--json")] = False,
    models: options.Models = None,
    workers: options.Workers = None,
    settle: options.Settle = "auto",
) -> int:
    """Simulate designs on the same random numbers and say in one sentence what tells them apart.

    Either several scenarios, or one and what is changed in the others (--with, --variant). --set changes
    all of them.

    Exit status: 0 done; 1 an objective ([slo]) of any design is missed; 2 bad input; 3 inconclusive.
    """
    from wavetank.cli.bar import bar
    from wavetank.cli.report import prepared, write_report
    from wavetank.results.store import check_folder
    from wavetank.studies.comparison import compare as compare_study

    loaded = [options.loaded(name, sets, models) for name in scenarios]
    designs, titles = _designs(loaded, with_ or [], variant or [])
    if out is not None:
        check_folder(out)
    traced = (
        prepared(report, min(design.spec.fleet.agents for design in designs)) if report is not None else ()
    )
    with bar() as watch:
        comparison = compare_study(
            *designs,
            engine=engine,
            seed=seed,
            replications=replications,
            trace_agents=traced,
            workers=workers,
            out=out,
            titles=titles,
            watch=watch,
            command=["wavetank", *sys.argv[1:]],
            settle=options.settling(settle),
        )
    written = write_report(comparison, report) if report is not None else None
    if json_:
        print(json.dumps(comparison.to_json(), allow_nan=False))
    else:
        _show(comparison)
        if out is not None:
            print(f"Results written to {out}")
        if written is not None:
            print(f"Report written to {written}")
    return status_of_objectives(objective for result in comparison.results for objective in result.judged)


def _designs(
    loaded: list[Scenario], changes: list[str], variants: list[str]
) -> tuple[list[Scenario], list[str]]:
    """The designs and, where they are variants of one, their titles."""
    if not changes and not variants:
        if len(loaded) < 2:
            raise BadOption("nothing to compare with; give a second scenario, or --with KEY=VALUE")
        return loaded, []
    if len(loaded) != 1:
        raise BadOption(f"--with and --variant change one scenario, and {len(loaded)} were given")
    (base,) = loaded
    from wavetank.scenario.overrides import overrides

    designs, titles = [base], [base.name]
    if changes:
        designs.append(base.but(*overrides(changes, "--with")))
        titles.append(", ".join(changes))
    for number, text in enumerate(variants, start=1):
        title, settings = options.variant_of(text, number)
        designs.append(base.but(*settings))
        titles.append(title)
    return designs, titles


def _show(comparison: "Comparison") -> None:
    from wavetank.cli import tables
    from wavetank.cli.side_by_side import comparison_table, objectives_table

    out = tables.console()
    for letter, title in zip(comparison.letters, comparison.titles, strict=True):
        tables.say(out, f"{letter}: {title}")
    out.print()
    tables.put(out, comparison_table(comparison))
    out.print()
    if any(result.objectives for result in comparison.results):
        tables.put(out, objectives_table(comparison))
        out.print()
    tables.say(out, tables.colophon(comparison.results, comparison.wall_s))
    tables.say(out, comparison.sentence)
    for letter, result in zip(comparison.letters, comparison.results, strict=True):
        for said in result.said:
            tables.say(out, f"{letter}: {said}")
