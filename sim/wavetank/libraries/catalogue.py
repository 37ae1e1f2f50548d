"""The libraries of the catalogue: a folder each, `models/libraries/ID/`, with its card and measurements."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from pathlib import Path

from wavetank.errors import ScenarioError
from wavetank.libraries.card import Card
from wavetank.libraries.measured import Measurement
from wavetank.scenario.catalogue import roots
from wavetank.scenario.positions import Mark
from wavetank.scenario.positions import Path as KeyPath
from wavetank.scenario.problems import validated
from wavetank.scenario.tree import MAX_BYTES, Origin, Tree, printable, read_tree

CARD = "library.toml"
MEASURED = "measured"


@dataclass(frozen=True)
class Library:
    """A library: its card, its folder, and its newest measurement (None where it was not measured)."""

    card: Card
    folder: Path
    measurement: Measurement | None

    @property
    def id(self) -> str:
        """Its name in the catalogue."""
        return self.card.id

    @property
    def figures(self) -> str:
        """Whose figures there are: "measured", "third-party" or "none"."""
        if self.measurement is not None:
            return "measured"
        return "third-party" if self.card.third_party else "none"


def list_libraries(models: Path | None = None) -> tuple[Library, ...]:
    """All libraries by id; a folder of the user's own catalogue takes the place of one of the same name.

    Raises ScenarioError for a card or a measurement that is not right.
    """
    return tuple(read_library(folder) for _, folder in sorted(folders(models).items()))


def folders(models: Path | None = None) -> dict[str, Path]:
    """The folder of every library by its id. Raises ScenarioError for a catalogue that is none."""
    by_name: dict[str, Path] = {}
    for root in roots(models):
        here = {path.parent.name: path.parent for path in root.glob(f"libraries/*/{CARD}")}
        by_name = {**here, **by_name}
    return by_name


def find_library(name: str, models: Path | None = None) -> Library:
    """The library of an id. Raises ScenarioError where there is none, or where it is not right."""
    known = folders(models)
    if name not in known:
        raise unknown(name, known)
    return read_library(known[name])


def unknown(name: str, known: Iterable[str]) -> ScenarioError:
    """That there is no library of that name, with what is near."""
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(names) or 'none'}"
    return ScenarioError(f'there is no library "{printable(name)}"; {hint}', printable(name), 1, 1)


def read_library(folder: Path) -> Library:
    """The library in a folder. Raises ScenarioError."""
    tree = read_tree(folder / CARD)
    card = validated(Card, tree)
    if card.id != folder.name:
        raise tree.error(("id",), f"the folder is called {folder.name}; give both the same name")
    measurements = [read_measurement(path) for path in sorted((folder / MEASURED).glob("*.json"))]
    newest = max(measurements, key=lambda measurement: measurement.provenance.date, default=None)
    return Library(card, folder, newest)


def read_measurement(path: Path) -> Measurement:
    """The measurement in a file. Raises ScenarioError."""
    measurement = validated(Measurement, json_tree(path, "make it with `wavetank libraries measure`"))
    if measurement.library != path.parent.parent.name:
        raise ScenarioError(
            f"measures {measurement.library}; keep it in that library's folder", str(path), 1, 1
        )
    return measurement


def json_tree(path: Path, hint: str) -> Tree:
    """The object in a JSON file; `hint` says what to do where it is none. Raises ScenarioError."""
    shown = str(path)
    complain = partial(ScenarioError, file=shown, line=1, column=1)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise complain(f"cannot be read ({error.strerror})") from None
    if len(data) > MAX_BYTES:
        raise complain(f"larger than {MAX_BYTES:,} bytes; {hint}")
    try:
        raw = json.loads(data)
    except json.JSONDecodeError as error:
        raise ScenarioError(f"not valid JSON: {error.msg}", shown, error.lineno, error.colno) from None
    except (UnicodeDecodeError, RecursionError):
        raise complain(f"not valid JSON in UTF-8; {hint}") from None
    if not isinstance(raw, dict):
        raise complain(f"not an object; {hint}")
    return Tree(raw, dict.fromkeys(_paths(raw, ()), Origin(shown, Mark(1, 1, 1, 1))))


def _paths(value: object, path: KeyPath) -> Iterator[KeyPath]:
    """The key paths of a document, so that a message can name them; JSON gives no positions."""
    yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from _paths(inner, (*path, key))
