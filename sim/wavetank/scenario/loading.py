"""From a name or a file to a checked scenario: extends, fleet, card and overrides put together."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path as FilePath

from wavetank.errors import ScenarioError
from wavetank.scenario.available_memory import available_bytes, check_memory
from wavetank.scenario.catalogue import CARDS, find, is_path, list_entries, read_entry
from wavetank.scenario.checks import contradictions
from wavetank.scenario.gathering import Gathering
from wavetank.scenario.merge import filled, merged
from wavetank.scenario.notebook import html_of
from wavetank.scenario.overrides import Override, Setting, apply, overrides, parse, parted
from wavetank.scenario.positions import Path
from wavetank.scenario.problems import examined
from wavetank.scenario.resolved import Resolved
from wavetank.scenario.resolving import resolve_spec
from wavetank.scenario.schema.top import Spec
from wavetank.scenario.tree import Tree, parse_tree, printable, read_tree

MOST_EXTENDS = 16
"""Nobody follows a longer chain; a circle is noticed before."""

_NAMING: tuple[Path, ...] = (("fleet", "mix"), ("server", "card"))
_OWN = ("extends", "name", "description")


@dataclass(frozen=True)
class Scenario:
    """A checked scenario: every key has a value, and the keys fit one another.

    Attributes
    ----------
    name : str
        Its title, with its placeholders filled in.
    spec : Spec
        The tables of the scenario, with the defaults of keys that nobody wrote.
    tree : Tree
        Where each value was written: the file, the line, the fleet, the card or the override.
    base : Tree
        The document before the overrides, which `but` begins with again.
    sets : tuple of Override
        The overrides, in the order in which they were applied.
    models : pathlib.Path or None
        The user's own catalogue, if one was given.

    Examples
    --------
    >>> import wavetank as wt
    >>> storm = wt.load("restart-storm", ["fleet.agents=1_000"])
    >>> storm.name
    'Everything restarts at once: 1,000 agents log in together'
    >>> storm.but("server.nodes=5", "server.cores=8").spec.server.nodes
    5
    """

    name: str
    spec: Spec
    tree: Tree
    base: Tree
    sets: tuple[Override, ...]
    models: FilePath | None

    def _repr_html_(self) -> str:
        """Return the page that a notebook shows."""
        return html_of("scenario", self)

    def but(self, *sets: str | Override) -> "Scenario":
        """The same scenario with some keys changed, `but("fleet.agents=100")`, in the words of --set.

        Raises ScenarioError.
        """
        texts = overrides((change if isinstance(change, str) else change.text for change in sets), "but")
        more = (told if isinstance(change, str) else change for change, told in zip(sets, texts, strict=True))
        return _build(self.base, (*self.sets, *more), self.models, self.name)

    def resolve(self, seed: int | None = None) -> Resolved:
        """The scenario as engines read it; `seed` replaces the scenario's own. Raises ScenarioError."""
        return resolve_spec(self.spec, self.tree, self.name, seed)


def load(
    name_or_path: str | FilePath, sets: Iterable[str] = (), models: str | FilePath | None = None
) -> Scenario:
    """Load a scenario from a file or from the catalogue, and apply overrides.

    Parameters
    ----------
    name_or_path : str or path
        The name of a scenario in the catalogue, or the path of a TOML file.
    sets : iterable of str
        Overrides in the words of `--set`, such as `"fleet.agents=100"`. A later one wins over an earlier one.
    models : str or path, optional
        A folder with a catalogue of your own. It is searched before the one that comes with wavetank.

    Returns
    -------
    Scenario
        The scenario, checked.

    Raises
    ------
    ScenarioError
        For any bad input. It lists all mistakes, each with its file, line and column.

    Examples
    --------
    >>> import wavetank as wt
    >>> scenario = wt.load("mm4", ["server.cores=8"])
    >>> scenario.spec.server.cores
    8
    >>> wt.load("mm4", ["server.cors=8"])
    Traceback (most recent call last):
        ...
    wavetank.errors.ScenarioError: --set:1:8: unknown key server.cors; did you mean cores?
    """
    folder = None if models is None else FilePath(models)
    path = _file(name_or_path, folder)
    return _build(_extended(path, folder, ()), overrides(sets), folder, path.stem)


def loads(
    text: str,
    sets: Iterable[str] = (),
    models: str | FilePath | None = None,
    file: str = "scenario.toml",
) -> Scenario:
    """Like `load`, from the text of a scenario; `file` is its name in messages."""
    folder = None if models is None else FilePath(models)
    tree = _over_base(parse_tree(text, file), folder, ())
    return _build(tree, overrides(sets), folder, FilePath(file).stem)


def from_tree(tree: Tree, sets: Iterable[Override], models: FilePath | None, stem: str) -> Scenario:
    """Like `load`, from a document that was read already; `stem` is its name where it has none."""
    return _build(_over_base(tree, models, ()), tuple(sets), models, stem)


def resolve(scenario: Scenario) -> Resolved:
    """Turn a scenario into the integers and codes that engines read. Raises ScenarioError."""
    return scenario.resolve()


def _file(name_or_path: str | FilePath, models: FilePath | None) -> FilePath:
    text = str(name_or_path)
    if isinstance(name_or_path, FilePath) or is_path(text):
        return FilePath(text)
    if _is_file(FilePath(text)) and text not in {entry.name for entry in list_entries("scenarios", models)}:
        return FilePath(text)

    def complain(message: str) -> ScenarioError:
        return ScenarioError(message, printable(text), 1, 1)

    return find(text, ("scenarios",), FilePath(), models, complain)


def _is_file(path: FilePath) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _extended(path: FilePath, models: FilePath | None, seen: tuple[FilePath, ...]) -> Tree:
    return _over_base(read_tree(path), models, (*seen, path.resolve()))


def _over_base(tree: Tree, models: FilePath | None, seen: tuple[FilePath, ...]) -> Tree:
    """The document on top of the one that it extends, if it does."""
    name = tree.raw.get("extends")
    if not isinstance(name, str) or not name:
        return tree
    complain = partial(tree.error, ("extends",))
    path = find(name, ("scenarios",), tree.folder(("extends",)), models, complain)
    if path.resolve() in seen:
        round_ = " -> ".join(file.stem for file in (*seen, path))
        raise complain(f"extends goes in a circle ({printable(round_, 300)}); take one out")
    if len(seen) >= MOST_EXTENDS:
        raise complain(f"more than {MOST_EXTENDS} scenarios extend one another; write fewer")
    base = _extended(path, models, seen)
    inherited = {key: value for key, value in base.raw.items() if key not in _OWN}
    own = {key: value for key, value in tree.raw.items() if key != "extends"}
    return merged(Tree(inherited, base.origins), Tree(own, tree.origins))


def _build(base: Tree, sets: tuple[Override, ...], models: FilePath | None, stem: str) -> Scenario:
    # the names of fleet and card first: what is set else may be in what these bring
    gathering = Gathering()
    naming, rest = parted(_parsed(sets, gathering), _NAMING)
    tree = apply(base, naming, gathering)
    # What contradicts the scenario without an override that failed may well fit with it.
    misread = bool(gathering.found)
    tree, unread = _with_parts(tree, models, gathering)
    before = len(gathering.found)
    tree = apply(tree, rest, gathering)
    misread = misread or len(gathering.found) > before
    spec, errors, touched = examined(Spec, tree)
    gathering.add(errors)
    if not misread:
        gathering.add(contradictions(spec, tree, touched | unread))
    gathering.finish()
    workers = spec.server.nodes * max(spec.server.workers, spec.server.cores)
    check_memory(spec.fleet.agents, workers, available_bytes(), tree)
    return Scenario(_title(spec) or stem, spec, tree, base, sets, models)


def _parsed(sets: tuple[Override, ...], gathering: Gathering) -> list[Setting]:
    settings = []
    for given in sets:
        with gathering.catching():
            settings.append(parse(given))
    return settings


def _title(spec: Spec) -> str:
    """The name with the size of this fleet: a size written in prose stays behind when the fleet changes."""
    return spec.name.replace("{agents}", f"{spec.fleet.agents:,}")


def _with_parts(tree: Tree, models: FilePath | None, gathering: Gathering) -> tuple[Tree, set[str]]:
    """With the classes of the named fleet and the costs of the named card.

    The second result has the top-level keys that lack something, because its file is not there or wrong.
    """
    unread = {"fleet", "network"}
    with gathering.catching():
        tree = _with_fleet(tree, models)
        unread = set()
    lacking = {"server", "connection"}
    with gathering.catching():
        tree = _with_card(tree, models)
        lacking = set()
    return tree, unread | lacking


def _with_fleet(tree: Tree, models: FilePath | None) -> Tree:
    mix = _named(tree, ("fleet", "mix"), ("fleets",), models)
    if mix is None:
        return tree
    if "class" not in tree.raw["fleet"]:
        tree = filled(tree, ("fleet",), _only(mix, "class"), ())
    return filled(tree, ("network",), mix, ("network",))


def _with_card(tree: Tree, models: FilePath | None) -> Tree:
    card = _named(tree, ("server", "card"), CARDS, models)
    if card is None:
        return tree
    for table in ("service", "sign"):
        tree = filled(tree, ("server", table), card, (table,))
    return filled(tree, ("connection", "wire"), card, ("wire",))


def _named(tree: Tree, path: Path, kinds: tuple[str, ...], models: FilePath | None) -> Tree | None:
    """The checked file that the key at `path` names."""
    table, key = path
    outer = tree.raw.get(str(table))
    name = outer.get(key) if isinstance(outer, dict) else None
    if not isinstance(name, str) or not name:
        return None
    file = find(name, kinds, tree.folder(path), models, partial(tree.error, path))
    return read_entry(kinds[0], file)


def _only(tree: Tree, key: str) -> Tree:
    raw = {name: value for name, value in tree.raw.items() if name == key}
    origins = {path: origin for path, origin in tree.origins.items() if path[:1] in ((), (key,))}
    return Tree(raw, origins)
