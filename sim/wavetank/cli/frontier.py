"""`wavetank frontier`."""

import json
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from wavetank.cli import options
from wavetank.cli.status import Status

if TYPE_CHECKING:
    from wavetank.studies.frontiers import Frontier

Vary = Annotated[
    list[str],
    Parameter(
        name="--vary",
        negative=(),
        help="KEY=A..B, such as fault.0.down=10s..10min. A second range makes a map.",
    ),
]


def frontier(
    scenario: options.Scenario,
    /,
    *,
    vary: Vary,
    runs: Annotated[
        int,
        Parameter(
            help="Runs to make at most, for each row of a map.",
            converter=options.whole,
            validator=Number(gte=60, lte=100_000),
        ),
    ] = 160,
    engine: options.Engine = None,
    seed: options.Seed = None,
    sets: options.Sets = None,
    workers: options.Workers = None,
    out: Annotated[
        options.Out, Parameter(help="Folder for the runs: another frontier there does none of them again.")
    ] = None,
    json_: Annotated[options.Json, Parameter(name="--json")] = False,
    models: options.Models = None,
) -> int:
    """Find from which value of a key on a fleet does not come back, as a band of probabilities.

    slo.recovery says how soon a fleet must be back. Where the share of fatal runs does not grow along the
    key, the table of all levels stands instead of the band.

    Exit status: 0 done; 1 no band, because the share does not grow; 2 bad input.
    """
    from wavetank.cli.bar import bar
    from wavetank.studies import frontiers

    asked = options.loaded(scenario, sets, models)
    with bar() as watch:
        answer = frontiers.frontier(
            asked, vary, runs=runs, engine=engine, seed=seed, workers=workers, out=out, progress=watch
        )
    rows = answer.rows if isinstance(answer, frontiers.FrontierMap) else (answer,)
    if json_:
        print(json.dumps(answer.to_json(), allow_nan=False))
    else:
        for row in rows:
            _show(row)
    return Status.DONE if all(row.is_monotone for row in rows) else Status.NO


def _show(answer: "Frontier") -> None:
    from wavetank.cli import tables
    from wavetank.studies.frontiers import telling

    out = tables.console()
    first, *others = telling.sentences(answer)
    tables.say(out, f"{', '.join((answer.scenario, *answer.settings))}: {first}")
    out.print()
    tables.put(out, tables.plain_table((answer.key, *telling.HEADS), telling.rows_of(answer)))
    out.print()
    for sentence in others:
        tables.say(out, sentence)
