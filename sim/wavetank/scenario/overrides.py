"""`--set KEY=VALUE`: single keys of a scenario, changed by their path."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from wavetank.errors import ScenarioError
from wavetank.scenario.positions import Mark, Path, TooDeep, scan
from wavetank.scenario.tree import Origin, Tree, printable

FILE = "--set"
_PART = re.compile(r'\s*(?:"([^"]*)"|([^."=\s]+))\s*(\.|=)')
_LISTS = {("fleet", "class"), ("fault",)}


class Setting(NamedTuple):
    """One override: the n-th (from 1) --set, its key's parts with their columns, and its value."""

    number: int
    parts: tuple[tuple[str, int], ...]
    value: Any
    marks: dict[Path, Mark]

    def error(self, message: str, place: int = 0) -> ScenarioError:
        """An error at the place-th part of the key."""
        return ScenarioError(message, FILE, self.number, self.parts[place][1])


def apply(tree: Tree, sets: Sequence[str], only: tuple[str, ...] = ()) -> Tree:
    """`tree` with the overrides made, in order; with `only`, just those of these keys.

    Raises ScenarioError (file "--set", line = which of them, from 1).
    """
    for number, text in enumerate(sets, start=1):
        setting = parse(number, text)
        if not only or ".".join(word for word, _ in setting.parts) in only:
            tree = _applied(tree, setting)
    return tree


def parse(number: int, text: str) -> Setting:
    """Read KEY=VALUE; a value that is not TOML is taken as text. Raises ScenarioError."""
    parts: list[tuple[str, int]] = []
    at = 0
    while True:
        match = _PART.match(text, at)
        if not match:
            shown = printable(text)
            message = f'"{shown}" is no KEY=VALUE; write --set KEY=VALUE, as in fleet.agents=100'
            raise ScenarioError(message, FILE, number, at + 1)
        group = 1 if match[1] is not None else 2
        parts.append((match[group], match.start(group) + 1))
        at = match.end()
        if match[3] == "=":
            break
    return Setting(number, tuple(parts), *_value(number, text[at:], at))


def _value(number: int, text: str, at: int) -> tuple[Any, dict[Path, Mark]]:
    """The value and the marks of what is in it, columns counted within KEY=VALUE."""
    document = f"v={text}"
    try:
        marks = scan(document)
        raw = tomllib.loads(document)
    except TooDeep:
        raise ScenarioError("the value nests too deep; write a plain value", FILE, number, at + 1) from None
    except (ValueError, RecursionError):
        raw = {}
    if raw.keys() != {"v"}:
        return text.strip(), {(): Mark(number, 1, number, at + 1)}
    shift = at - 2
    moved = {
        path[1:]: Mark(number, mark.key_column + shift, number, mark.column + shift)
        for path, mark in marks.items()
    }
    return raw["v"], {**moved, (): Mark(number, 1, number, at + 1)}


def _applied(tree: Tree, setting: Setting) -> Tree:
    words = tuple(part for part, _ in setting.parts)
    if words == ("extends",):
        raise setting.error("extends cannot be set; give the other scenario by its name instead")
    places = list(_places(tree.raw, words, (), setting))
    if not places:
        raise setting.error(
            f"{printable('.'.join(words))} matches nothing here; write the tables that are there"
        )
    for path in places:
        raw = _with(tree.raw, path, setting.value)
        kept = {p: origin for p, origin in tree.origins.items() if p[: len(path)] != path}
        for length in range(len(path)):
            kept.setdefault(path[:length], Origin(FILE, Mark(setting.number, 1, setting.number, 1)))
        new = {(*path, *inner): Origin(FILE, mark) for inner, mark in setting.marks.items()}
        tree = Tree(raw, {**kept, **new})
    return tree


def _places(node: Any, words: tuple[str, ...], path: Path, setting: Setting) -> Iterator[Path]:
    """The paths that the rest of a key means; `*` makes no new tables, a plain key does."""
    if not words:
        yield path
        return
    word, rest = words[0], words[1:]
    place = len(path)
    if isinstance(node, list):
        for index in _items(node, word, setting, place):
            yield from _places(node[index], rest, (*path, index), setting)
    elif not isinstance(node, dict):
        name = printable(".".join(str(part) for part in path))
        raise setting.error(f"{name} is not a table here; set it whole: {name}={{ ... }}", place)
    elif word == "*":
        for key, inner in node.items():
            if isinstance(inner, dict | list) or not rest:
                yield from _places(inner, rest, (*path, key), setting)
    elif word in node or not rest or "*" not in _words_before(setting, place):
        if word not in node and (*path, word) in _LISTS and rest:
            raise setting.error(f"there is no {word} in this scenario; write it in the file", place)
        yield from _places(node.get(word, {}), rest, (*path, word), setting)


def _words_before(setting: Setting, place: int) -> list[str]:
    return [word for word, _ in setting.parts[:place]]


def _items(node: list[Any], word: str, setting: Setting, place: int) -> list[int]:
    """Indices of an array's tables that a word means: all, one by name, or one by number."""
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
    raise setting.error(f"there is no {printable(word)} here; {printable(hint, 200)}", place)


def _with(node: Any, path: Path, value: Any) -> Any:
    """A copy of `node` with `value` at `path`; what is untouched is shared."""
    if not path:
        return value
    if isinstance(node, list):
        index = int(path[0])
        return [*node[:index], _with(node[index], path[1:], value), *node[index + 1 :]]
    inner = node.get(path[0], {})
    return {**node, str(path[0]): _with(inner, path[1:], value)}
