"""`wavetank models`: what there is to be used by name."""

import json
import re
from typing import Annotated, Literal

from cyclopts import App, Parameter

from wavetank.cli import options
from wavetank.cli.status import Status

app = App(name="models", help="What there is to be used by name: scenarios, fleets, cost cards.")

Kind = Literal["scenarios", "fleets", "servers", "libraries"]


@app.command(name="list")
def list_(
    kind: Annotated[Kind | None, Parameter(help="Only these.")] = None,
    /,
    *,
    json_: Annotated[options.Json, Parameter(name="--json")] = False,
    models: options.Models = None,
) -> int:
    """List the catalogue: every name with what it is."""
    from wavetank.cli import tables
    from wavetank.scenario import KINDS, list_entries, show

    entries = [entry for each in ([kind] if kind else KINDS) for entry in list_entries(each, models)]
    rows = [(entry.kind, entry.name, show(entry.name, models).description) for entry in entries]
    if json_:
        plain = [{"kind": kind, "name": name, "description": said} for kind, name, said in rows]
        print(json.dumps({"entries": plain}))
        return Status.DONE
    out = tables.console()
    texts = [(name, of_kind, _first_sentence(said)) for of_kind, name, said in rows]
    tables.put(out, tables.text_table(("name", "kind", "description"), texts))
    return Status.DONE


def _first_sentence(text: str) -> str:
    """Up to the first full stop that ends a word of more than two letters (not "e.g.")."""
    flat = " ".join(text.split())
    end = re.search(r"[^.\s]{3,}[.]\s", flat)
    return flat[: end.end() - 1] if end else flat


@app.command
def show(
    name: Annotated[str, Parameter(help="A name of the catalogue.")],
    /,
    *,
    json_: Annotated[options.Json, Parameter(name="--json")] = False,
    models: options.Models = None,
) -> int:
    """Print an entry of the catalogue, and the source of each of its numbers."""
    from wavetank.scenario import show as details_of

    details = details_of(name, models)
    if json_:
        entry = details.entry
        print(
            json.dumps(
                {
                    "kind": entry.kind,
                    "name": entry.name,
                    "file": str(entry.path),
                    "description": details.description,
                    "sources": details.sources,
                    "text": details.text,
                }
            )
        )
        return Status.DONE
    print(details.text.rstrip("\n"))
    return Status.DONE


@app.command
def schema() -> int:
    """Print the JSON Schema of scenario files, for editors."""
    from wavetank.scenario.reference import schema_text

    print(schema_text(), end="")
    return Status.DONE
