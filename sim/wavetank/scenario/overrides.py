"""`--set KEY=VALUE`: single keys of a scenario, changed by their path."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from wavetank.errors import ScenarioError
from wavetank.scenario.gathering import Gathering
from wavetank.scenario.positions import Mark, Path, TooDeep, scan
from wavetank.scenario.tree import Origin, Tree, dotted, printable

_PART = re.compile(r'\s*(?:"([^"]*)"|([^."=\s]+))\s*(\.|=)')
_LISTS: dict[str, Path] = {"fault": (), "class": ("fleet",), "profile": ("fleet", "class")}
"""The keys of the schema that hold arrays, and what their paths begin with."""


SOURCES = ("--set", "--with", "--variant", "--vary", "--uncertain", "but")
"""Where overrides come from: the options, and `Scenario.but`."""


class Override(NamedTuple):
    """KEY=VALUE as it was given: `text` begins at column `column` + 1 of the `number`-th `source`."""

    text: str
    number: int = 1
    source: str = "--set"
    column: int = 0


def overrides(texts: Iterable[str], source: str = "--set") -> tuple[Override, ...]:
    """Texts given one after the other by the option `source`."""
    return tuple(Override(text, number, source) for number, text in enumerate(texts, start=1))


class Setting(NamedTuple):
    """An override that was read: its key's parts with their columns, its value and the marks in it."""

    given: Override
    parts: tuple[tuple[str, int], ...]
    value: Any
    marks: dict[Path, Mark]

    def error(self, message: str, place: int = 0) -> ScenarioError:
        """An error at the place-th part of the key."""
        return ScenarioError(message, self.given.source, self.given.number, self.parts[place][1])

    @property
    def words(self) -> tuple[str, ...]:
        """The parts of the key."""
        return tuple(part for part, _ in self.parts)


def apply(tree: Tree, settings: Iterable[Setting], gathering: Gathering) -> Tree:
    """`tree` with the overrides made, in order. What is wrong with one is gathered.

    The file of such an error is the option, and its line says which of them (from 1).
    """
    for setting in settings:
        with gathering.catching():
            tree = _applied(tree, setting)
    return tree


def parted(settings: Iterable[Setting], paths: Sequence[Path]) -> tuple[list[Setting], list[Setting]]:
    """The overrides that set one of `paths`, or a table around it, and those that are left to be made after.

    What a table set later would have overwritten is left out.
    """
    first: list[Setting] = []
    rest: list[Setting] = []
    for setting in settings:
        words = setting.words
        if any(path[: len(words)] == words for path in paths):
            first.append(setting)
            rest = [override for override in rest if override.words[: len(words)] != words]
        else:
            rest.append(setting)
    return first, rest


def parse(given: Override) -> Setting:
    """Read KEY=VALUE; a value that is not TOML is taken as text. Raises ScenarioError."""
    text, shift = given.text, given.column + 1
    parts: list[tuple[str, int]] = []
    at = 0
    while True:
        match = _PART.match(text, at)
        if not match:
            shown = printable(text)
            message = f'"{shown}" is no KEY=VALUE; write {given.source} KEY=VALUE, as in fleet.agents=100'
            raise ScenarioError(message, given.source, given.number, at + shift)
        group = 1 if match[1] is not None else 2
        parts.append((match[group], match.start(group) + shift))
        at = match.end()
        if match[3] == "=":
            break
    return Setting(given, tuple(parts), *_value(given, text[at:], at + shift))


def _value(given: Override, text: str, column: int) -> tuple[Any, dict[Path, Mark]]:
    """The value and the marks of what is in it; it begins at that column."""
    number = given.number
    document = f"v={text}"
    try:
        marks = scan(document)
        raw = tomllib.loads(document)
    except TooDeep:
        message = "the value nests too deep; write a plain value"
        raise ScenarioError(message, given.source, number, column) from None
    except (ValueError, RecursionError):
        raw = {}
    if raw.keys() != {"v"}:
        return text.strip(), {(): Mark(number, 1, number, column)}
    shift = column - len("v=") - 1
    moved = {
        path[1:]: Mark(number, mark.key_column + shift, number, mark.column + shift)
        for path, mark in marks.items()
    }
    return raw["v"], {**moved, (): Mark(number, 1, number, column)}


def _applied(tree: Tree, setting: Setting) -> Tree:
    words = setting.words
    if words == ("extends",):
        raise setting.error("extends cannot be set; give the other scenario by its name instead")
    places = list(_places(tree.raw, words, (), setting))
    if not places:
        raise setting.error(
            f"{printable('.'.join(words))} matches nothing here; write the tables that are there"
        )
    for path in places:
        origins = {p: origin for p, origin in tree.origins.items() if p[: len(path)] != path}
        for length, column in enumerate((1, *(column for _, column in setting.parts))):
            mark = Mark(setting.given.number, column, setting.given.number, column)
            origins.setdefault(path[:length], Origin(setting.given.source, mark))
        for inner, mark in setting.marks.items():
            column = mark.key_column if inner else setting.parts[-1][1]
            origins[*path, *inner] = Origin(setting.given.source, mark._replace(key_column=column))
        tree = Tree(_with(tree.raw, path, setting.value), origins)
    return tree


def _places(node: Any, words: tuple[str, ...], path: Path, setting: Setting) -> Iterator[Path]:
    """The paths that the rest of a key means; `*` makes no new tables, a plain key does."""
    if not words:
        yield path
        return
    word, rest = words[0], words[1:]
    place = len(path)
    if isinstance(node, list):
        for index in _items(node, word, setting, path):
            yield from _places(node[index], rest, (*path, index), setting)
    elif not isinstance(node, dict):
        name = printable(".".join(str(part) for part in path))
        raise setting.error(f"{name} is not a table here; set it whole: {name}={{ ... }}", place)
    elif word == "*":
        for key, inner in node.items():
            if isinstance(inner, dict | list) or not rest:
                yield from _places(inner, rest, (*path, key), setting)
    elif word in node or not rest or "*" not in _words_before(setting, place):
        if word not in node and rest and word in _LISTS and path[:2] == _LISTS[word]:
            raise setting.error(_no_list((*path, word)), place)
        yield from _places(node.get(word, {}), rest, (*path, word), setting)


def _words_before(setting: Setting, place: int) -> list[str]:
    return [word for word, _ in setting.parts[:place]]


def _items(node: list[Any], word: str, setting: Setting, path: Path) -> list[int]:
    """Indices of an array's tables that a word means: all, one by name, or one by number."""
    place = len(path)
    if word == "*":
        return list(range(len(node)))
    names = [item.get("name") if isinstance(item, dict) else None for item in node]
    if word in names:
        return [names.index(word)]
    if word.isascii() and word.isdecimal() and len(word) < 7 and int(word) < len(node):
        return [int(word)]
    known = [str(name) for name in names if name is not None] or [str(i) for i in range(len(node))]
    near = get_close_matches(word, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known) or 'none'}"
    whole = dotted(path)
    message = f"there is no {whole}.{printable(word)}: {whole} has {_entries(len(node))}"
    raise setting.error(f"{message}; {printable(hint, 200)}", place)


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"


def _no_list(path: Path) -> str:
    """Say why an entry of an array cannot be set where the array is missing."""
    name = dotted(path)
    value = "[[0, 1.0], ...]" if path[-1] == "profile" else "[{ ... }]"
    return f"there is no {path[-1]} in this scenario; write it in the file, or set it whole: {name}={value}"


def _with(node: Any, path: Path, value: Any) -> Any:
    """A copy of `node` with `value` at `path`; what is untouched is shared."""
    if not path:
        return value
    if isinstance(node, list):
        index = int(path[0])
        return [*node[:index], _with(node[index], path[1:], value), *node[index + 1 :]]
    inner = node.get(path[0], {})
    return {**node, str(path[0]): _with(inner, path[1:], value)}
