"""The catalogue, everything that can be used by name, as one table.

A folder of the user's own adds entries to those of the package. A name that is not unique is an error.
`wavetank models list` shows the same on the command line.
"""

from pathlib import Path

from wavetank.scenario import KINDS, Entry, list_entries


def catalogue(models: str | Path | None = None) -> tuple[Entry, ...]:
    """List every entry of the catalogue: name, kind and file. `models` is a folder of the user's own.

    Raises ScenarioError if that is no folder, or where a name is not unique.

    Examples
    --------
    >>> import wavetank as wt
    >>> "restart-storm" in [entry.name for entry in wt.catalogue()]
    True
    """
    folder = None if models is None else Path(models)
    return tuple(entry for kind in KINDS for entry in list_entries(kind, folder))
