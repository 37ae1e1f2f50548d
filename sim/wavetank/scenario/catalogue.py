"""The catalogue: scenarios, fleets and cost cards that can be used by name."""

import os
from collections.abc import Callable
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from wavetank.errors import ScenarioError
from wavetank.scenario.problems import validated
from wavetank.scenario.schema.top import Card, FleetFile, Spec
from wavetank.scenario.tree import Tree, printable, read_tree

KINDS = ("scenarios", "fleets", "servers", "libraries")
CARDS = ("servers", "libraries")
LIBRARY = "library.toml"
"""The file that describes a library; the cost cards beside it describe what a server may be given."""
VARIABLE = "WAVETANK_MODELS"
_SCHEMA: dict[str, type[Spec] | type[FleetFile] | type[Card]] = {
    "scenarios": Spec,
    "fleets": FleetFile,
    "servers": Card,
    "libraries": Card,
}
Complain = Callable[[str], ScenarioError]


class Entry(NamedTuple):
    """One file of the catalogue."""

    name: str
    kind: str
    path: Path


class Details(NamedTuple):
    """The details of an entry that `show` prints: its text, and the source of each number by key path."""

    entry: Entry
    description: str
    text: str
    sources: dict[str, str]


def roots(models: Path | None = None) -> tuple[Path, ...]:
    """The folders searched, first found wins: the one given (else $WAVETANK_MODELS), then wavetank's own.

    Raises ScenarioError if a given folder is none.
    """
    given = models if models is not None else Path(text) if (text := os.environ.get(VARIABLE)) else None
    if given is None:
        return (_own(),)
    if not _readable(given):
        problem = "is no readable folder; give one with scenarios/, fleets/, servers/ or libraries/ in it"
        raise ScenarioError(f"the catalogue {problem}", printable(str(given), 200), 1, 1)
    return given, _own()


def _readable(folder: Path) -> bool:
    """Whether a folder, and all of a catalogue in it, can be listed."""
    try:
        inner = [folder / kind for kind in KINDS if (folder / kind).exists()]
    except (OSError, ValueError):
        return False
    return all(path.is_dir() and os.access(path, os.R_OK | os.X_OK) for path in (folder, *inner))


def _own() -> Path:
    """The catalogue inside an installed package, else that of the checkout."""
    packaged = Path(str(files("wavetank") / "_models"))
    return packaged if packaged.is_dir() else Path(__file__).resolve().parents[3] / "models"


def list_entries(kind: str, models: Path | None = None) -> tuple[Entry, ...]:
    """The entries of a kind (one of KINDS), by name. Raises ScenarioError where a name is not unique."""
    listed: dict[str, Entry] = {}
    for root in roots(models):
        here: dict[str, Entry] = {}
        for path in _paths(root, kind):
            if path.stem in here:
                raise _twice(path, here[path.stem].path)
            here[path.stem] = Entry(path.stem, kind, path)
        listed = {**here, **listed}
    return tuple(listed[name] for name in sorted(listed))


def _paths(root: Path, kind: str) -> list[Path]:
    pattern = f"{kind}/*/*.toml" if kind == "libraries" else f"{kind}/*.toml"
    return [path for path in sorted(root.glob(pattern)) if path.name != LIBRARY]


def _twice(path: Path, other: Path) -> ScenarioError:
    return ScenarioError(f"the name {path.stem} is taken by {other}; rename one of the two", str(path), 1, 1)


def find(name: str, kinds: tuple[str, ...], folder: Path, models: Path | None, complain: Complain) -> Path:
    """The file that a name (of the catalogue) or a path (from `folder`) means.

    Raises the error that `complain` makes of a message where there is none.
    """
    if is_path(name):
        path = folder / name
        wrong = _unreadable(path)
        if wrong:
            raise complain(f"{wrong} {printable(str(path), 200)}; give a name or the path of a .toml file")
        return path
    return _entry(name, kinds, models, complain).path


def _unreadable(path: Path) -> str:
    """Say why a path is not a readable file; "" if it is one."""
    try:
        if not path.exists():
            return "there is no file"
        if path.is_dir():
            return "a directory, not a file, is"
        return "" if os.access(path, os.R_OK) else "no permission to read"
    except PermissionError:
        return "no permission to reach"
    except (OSError, ValueError):
        return "no file can be called"


def is_path(text: str) -> bool:
    """Whether a text means a file rather than a name of the catalogue."""
    return "/" in text or os.sep in text or text.endswith(".toml") or "\0" in text


def _entry(name: str, kinds: tuple[str, ...], models: Path | None, complain: Complain) -> Entry:
    entries = {entry.name: entry for kind in reversed(kinds) for entry in list_entries(kind, models)}
    if name in entries:
        return entries[name]
    near = get_close_matches(name, entries, n=1)
    known = ", ".join(sorted(entries)) or "none"
    hint = f"did you mean {near[0]}?" if near else f"known: {printable(known, 300)}; or give a path"
    raise complain(f'"{printable(name)}" is not in the catalogue ({", ".join(kinds)}); {hint}')


def read_entry(kind: str, path: Path) -> Tree:
    """A fleet or card, checked by itself. Raises ScenarioError."""
    tree = read_tree(path)
    validated(_SCHEMA[kind], tree)
    return tree


def show(name: str, models: Path | None = None) -> Details:
    """Text and sources of an entry of any kind. Raises ScenarioError for an unknown name."""

    def complain(message: str) -> ScenarioError:
        return ScenarioError(message, printable(name), 1, 1)

    entry = _entry(name, KINDS, models, complain)
    spec = validated(_SCHEMA[entry.kind], read_tree(entry.path))
    text = entry.path.read_text(encoding="utf-8")
    return Details(entry, spec.description, text, dict(spec.sources))
