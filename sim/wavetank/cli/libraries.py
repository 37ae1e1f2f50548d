"""`wavetank libraries`."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number

from wavetank.cli import options
from wavetank.cli.status import Status

app = App(name="libraries", help="What a communication library costs, and what that means for a fleet.")


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
    ready = []
    for probe in asked:
        lack = together([lacks[each.id] for each in with_peers([probe], known)])
        if lack.nowhere:
            tell(f"{probe.id} is skipped: {'; '.join(lack.nowhere)}")
        elif lack.commands() and ids:
            raise ProbeProblem(advice(together(tuple(lacks.values()))))
        elif lack.commands():
            tell(f"{probe.id} is skipped; {advice(lack)}")
        else:
            ready.append(probe)
    for probe in ready:
        command = ["wavetank", "libraries", "measure", probe.id, "--repetitions", str(repetitions)]
        found = measured(probe, known, repetitions, command, tell)
        print(write(found, out or probe.folder.parent))
    return Status.DONE if ready else Status.INCONCLUSIVE
