"""Read decisions from files and folders, and report all mistakes of all files at once.

A file is read in three steps: TOML, the schema (schema.py), then the checks across keys (checks.py). Each
key keeps its line and column, so later stages can report a mistake where it was written. Files of a folder
are read in the order of their names.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from wavetank.errors import ScenarioError
from wavetank.scenario.catalogue import roots
from wavetank.scenario.gathering import Gathering
from wavetank.scenario.problems import examined
from wavetank.scenario.tree import Tree, printable, read_tree
from wavetank.studies.reviewing.checks import mistakes
from wavetank.studies.reviewing.schema import DecisionFile

FOLDER = "decisions"
"""Where decisions are in a catalogue."""


class Loaded(NamedTuple):
    """A decision and where each key of it stands."""

    spec: DecisionFile
    tree: Tree
    file: Path


def default_folder(models: Path | None = None) -> Path:
    """Return the folder of decisions of the user's catalogue, else of wavetank's own.

    Raises ScenarioError where the user's catalogue is no folder.
    """
    return next((root / FOLDER for root in roots(models) if (root / FOLDER).is_dir()), Path(FOLDER))


def read_decisions(
    places: Sequence[Path | str] = (), models: Path | None = None, only: Iterable[str] = ()
) -> tuple[Loaded, ...]:
    """Read decisions from files and folders, in the order given; of a folder by name.

    Parameters
    ----------
    places
        Files, and folders of which every .toml file is read; by default the catalogue's folder.
    models
        The user's catalogue.
    only
        Ids: the others are left out.

    Raises
    ------
    ScenarioError
        Every mistake of every file, at line and column.
    """
    gathering = Gathering()
    loaded: dict[str, Loaded] = {}
    for file in _files(places or [default_folder(models)], gathering):
        with gathering.catching():
            tree = read_tree(file)
            spec, errors, _ = examined(DecisionFile, tree)
            gathering.add(errors or mistakes(spec, tree, file))
            if not errors and spec.id in loaded and loaded[spec.id].file != file:
                gathering.add([tree.error(("id",), f"{loaded[spec.id].file} has this id, too; rename one")])
            if not errors:
                loaded.setdefault(spec.id, Loaded(spec, tree, file))
    wanted = set(only)
    for name in sorted(wanted - loaded.keys()) if not gathering.found else ():
        known = ", ".join(loaded) or "none"
        message = f"there is no decision {printable(name)}; known: {known}"
        gathering.add([ScenarioError(message, "--only", 1, 1)])
    gathering.finish()
    return tuple(each for each in loaded.values() if not wanted or each.spec.id in wanted)


def _files(places: Iterable[Path | str], gathering: Gathering) -> list[Path]:
    files: list[Path] = []
    for place in places:
        path = Path(place)
        if not path.is_dir():
            files.append(path)
            continue
        inside = sorted(path.glob("*.toml"))
        if not inside:
            advice = "there is no decision in this folder; wavetank review init FOLDER/NAME.toml writes one"
            gathering.add([ScenarioError(advice, printable(str(path), 200), 1, 1)])
        files += inside
    return list(dict.fromkeys(files))
