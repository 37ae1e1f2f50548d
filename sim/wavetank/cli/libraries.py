"""`wavetank libraries`: what communication libraries there are, what they can do and what they cost."""

import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number

from wavetank.cli import options
from wavetank.cli.status import Status

if TYPE_CHECKING:
    from rich.console import Console

    from wavetank.libraries.card_text import Section

app = App(name="libraries", help="Communication libraries: what they can do, what they cost a fleet.")

Id = Annotated[str, Parameter(help="The id of a library, as `list` shows it.")]


@app.command(name="list")
def list_(
    *,
    json_: Annotated[options.Json, Parameter(name="--json")] = False,
    models: options.Models = None,
) -> int:
    """List the libraries: what each is for, and whether it was measured.

    Exit status: 0 done; 2 bad input.
    """
    from wavetank.cli import tables
    from wavetank.libraries import list_libraries

    libraries = list_libraries(models)
    if json_:
        entries = [
            {
                "id": entry.id,
                "kind": entry.card.kind,
                "name": entry.card.name,
                "measured": entry.measurement is not None,
                "purpose": entry.card.purpose,
            }
            for entry in libraries
        ]
        print(json.dumps({"libraries": entries}))
        return Status.DONE
    rows = [(entry.id, entry.card.kind, entry.figures, entry.card.purpose) for entry in libraries]
    tables.put(tables.console(), tables.text_table(("id", "kind", "figures", "purpose"), rows))
    return Status.DONE


@app.command
def show(
    library: Id,
    /,
    *,
    json_: Annotated[options.Json, Parameter(name="--json")] = False,
    models: options.Models = None,
) -> int:
    """Show a library: its card with the source of each cell, and its figures.

    Exit status: 0 done; 2 bad input.
    """
    from wavetank.cli import tables
    from wavetank.libraries import find_library
    from wavetank.libraries.card_text import as_data, sections

    loaded = find_library(library, models)
    if json_:
        print(json.dumps(as_data(loaded)))
        return Status.DONE
    out = tables.console()
    tables.say(out, f"{loaded.card.name}: {loaded.card.purpose}")
    for section in sections(loaded):
        _put(out, section)
    return Status.DONE


@app.command
def card(
    library: Id,
    /,
    *,
    body: Annotated[str, Parameter(help="Size of the request that the card is for.")] = "50kB",
    models: options.Models = None,
) -> int:
    """Print a library's costs at the server as a cost card, for a scenario's server.card.

    Of an encrypted server: by TLS where there are figures of that, else by CURVE.
    Exit status: 0 done; 2 bad input.
    """
    from wavetank.libraries import find_library
    from wavetank.libraries.costcard import cost_card

    loaded = find_library(library, models)
    print(cost_card(loaded, options.size_bytes(body, "--body")), end="")
    return Status.DONE


@app.command
def compare(
    scenario: options.Scenario,
    /,
    *libraries: Annotated[
        str, Parameter(help="Libraries: ID for both ends, AGENT+SERVER for two. Default: all there are.")
    ],
    decision: Annotated[
        str, Parameter(help="Prices, criteria and weights: a name of the catalogue or a .toml file.")
    ] = "agent-communication",
    closed_form: Annotated[bool, Parameter(negative=(), help="Only what needs no simulation.")] = False,
    engine: options.Engine = None,
    sets: options.Sets = None,
    json_: Annotated[options.Json, Parameter(name="--json")] = False,
    models: options.Models = None,
    workers: options.Workers = None,
) -> int:
    """Run the same fleet with each library: cores, memory, bytes, connections, money, and who wins by what.

    Costs come from closed forms, latency and utilisation from simulation; every figure carries the
    uncertainty of the measurement. Exit status: 0 done; 2 bad input; 3 inconclusive.
    """
    from wavetank.cli.bar import bar
    from wavetank.libraries.decision import find_decision
    from wavetank.libraries.tradeoff import compare as compared

    base = options.loaded(scenario, sets, models)
    weighed = find_decision(decision, models)
    with bar() as watch:
        traded = compared(
            base,
            libraries,
            decision=weighed,
            simulated=not closed_form,
            models=models,
            engine=engine,
            workers=workers,
            watch=watch,
        )
    if json_:
        print(json.dumps(traded.to_json(), allow_nan=False))
        return Status.DONE
    from wavetank.cli import tables
    from wavetank.libraries.text_report import told

    out = tables.console()
    tables.say(out, f"{traded.scenario}, {traded.agents:,} agents: {traded.decision.name.lower()}")
    for section in told(traded):
        _put(out, section)
    tables.say(out, f"\n{traded.sentence}")
    return Status.DONE


def _put(out: "Console", section: "Section") -> None:
    """A table with a blank line above it, its title and its note."""
    from wavetank.cli import tables

    tables.say(out, f"\n{section.title}" if section.title else "")
    make = tables.plain_table if section.figures else tables.text_table
    tables.put(out, make(section.headings, section.rows))
    if section.note:
        tables.say(out, section.note)


@app.command
def report(
    scenario: options.Scenario = "wazuh-50-jwt",
    /,
    *,
    out: Annotated[
        Path, Parameter(help="Folder to write libraries.html in.", converter=options._path)
    ] = Path("reports"),
    decision: Annotated[
        str, Parameter(help="Prices, criteria and weights: a name of the catalogue or a .toml file.")
    ] = "agent-communication",
    sets: options.Sets = None,
    models: options.Models = None,
) -> int:
    """Write the page of all libraries: what they can do, what they cost, and which to take by your weights.

    Exit status: 0 done; 2 bad input.
    """
    from wavetank.face.libraries import write_libraries
    from wavetank.libraries.decision import find_decision

    base = options.loaded(scenario, sets, models)
    print(f"Page written to {write_libraries(base, find_decision(decision, models), out, models)}")
    return Status.DONE


@app.command
def measure(
    *ids: Annotated[str, Parameter(help="Libraries; default: all that can be built here.")],
    install: Annotated[
        bool, Parameter(negative=(), help="Install what is missing (Debian packages: as root).")
    ] = False,
    repetitions: Annotated[
        int, Parameter(help="Repetitions that must count.", validator=Number(gte=5, lte=100))
    ] = 5,
    out: Annotated[
        Path | None,
        Parameter(
            help="Write ID/measured/*.json in this folder; default: beside the probes.",
            converter=options._path,
        ),
    ] = None,
    models: options.Models = None,
) -> int:
    """Run each library's probe beside a raw TCP and TLS baseline, and record what a request costs.

    Nothing is installed unless --install is given. Probes in C++ are built first; they stay in the cache.
    While the machine is too busy nothing is written, and the exit status is 3.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: what was begun is cleared away
    from wavetank.errors import TooBusy
    from wavetank.libraries.measuring import measure as measured
    from wavetank.libraries.measuring import write
    from wavetank.libraries.needs import advice, missing, together
    from wavetank.libraries.needs import install as get
    from wavetank.libraries.probes import ProbeProblem, chosen, probes, with_peers

    def tell(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    known = probes(models)
    asked = chosen(ids, known)
    lacks = {probe.id: missing(probe) for probe in with_peers(asked, known)}
    if install and (needed := together(tuple(lacks.values()))).commands():
        get(needed)
        lacks = {probe.id: missing(probe) for probe in with_peers(asked, known)}
    ready, wanted = [], []
    for probe in asked:
        lack = together([lacks[each.id] for each in with_peers([probe], known)])
        if lack.nowhere:
            tell(f"{probe.id} is skipped: {'; '.join(lack.nowhere)}")
        elif lack.commands() and ids:
            wanted.append(lack)
        elif lack.commands():
            tell(f"{probe.id} is skipped; {advice(lack)}")
        else:
            ready.append(probe)
    if wanted:
        raise ProbeProblem(advice(together(wanted)))
    done = 0
    for probe in ready:
        command = ["wavetank", "libraries", "measure", probe.id, "--repetitions", str(repetitions)]
        try:
            measurement = measured(probe, known, repetitions, command, tell)
        except TooBusy as busy:
            tell(f"{probe.id}: {busy}")
            continue
        print(write(measurement, out or probe.folder.parent), flush=True)
        done += 1
    return Status.DONE if done and done == len(ready) else Status.INCONCLUSIVE
