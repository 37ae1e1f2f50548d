"""`wavetank libraries`: what communication libraries there are, what they can do and what they cost."""

import json
from typing import Annotated

from cyclopts import App, Parameter

from wavetank.cli import options
from wavetank.cli.status import Status

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
    from wavetank.libraries import libraries

    found = libraries(models)
    if json_:
        entries = [
            {
                "id": one.id,
                "kind": one.card.kind,
                "name": one.card.name,
                "measured": one.measurement is not None,
                "purpose": one.card.purpose,
            }
            for one in found
        ]
        print(json.dumps({"libraries": entries}))
        return Status.DONE
    rows = [(one.id, one.card.kind, one.figures, one.card.purpose) for one in found]
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
    from wavetank.libraries.showing import as_data, sections

    found = find_library(library, models)
    if json_:
        print(json.dumps(as_data(found)))
        return Status.DONE
    out = tables.console()
    tables.say(out, f"{found.card.name}: {found.card.purpose}")
    for section in sections(found):
        tables.say(out, f"\n{section.title}")
        make = tables.plain_table if section.figures else tables.text_table
        tables.put(out, make(section.headings, section.rows))
        if section.note:
            tables.say(out, section.note)
    return Status.DONE
