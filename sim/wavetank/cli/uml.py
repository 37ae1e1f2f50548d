"""`wavetank uml`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from wavetank.cli import options
from wavetank.cli.options import BadOption
from wavetank.cli.status import Status


def uml(
    scenario: options.Scenario = "quickstart",
    /,
    *,
    out: Annotated[
        Path, Parameter(help="Folder to write them in; older diagrams there are replaced.")
    ] = Path("out/uml"),
    agent: Annotated[
        int, Parameter(help="Whose messages the sequence diagram shows.", validator=Number(gte=0))
    ] = 0,
    sets: options.Sets = None,
    models: options.Models = None,
) -> int:
    """Draw a scenario in UML: components, deployment, state machines, a sequence of messages, a token's life.

    The scenario is run for it. Each diagram is written as PlantUML source and as SVG.
    """
    from wavetank.cli.bar import bar
    from wavetank.face.uml.gallery import check_folder, contents, of_scenario, write
    from wavetank.face.uml.java import check_ready

    asked = options.loaded(scenario, sets, models)
    agents = asked.spec.fleet.agents
    if agent >= agents:
        raise BadOption(f"--agent: there is no agent {agent}; they are 0 to {agents - 1}")
    check_folder(out)
    check_ready()
    with bar() as watch:
        drawings, missing = of_scenario(asked, agent, watch)
    write(contents(drawings), out)
    for drawing in drawings:
        print(f"{out / drawing.name}.svg  {drawing.title}")
    for name, reason in missing.items():
        print(f"{name} is not drawn: {reason}")
    return Status.DONE
