"""A scenario written out whole: one TOML text of all that holds, each number with its source.

Nothing is left to look up: what it extends, its fleet, its card and all overrides are in it, so the text
alone resolves to the same thing.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any

from wavetank.errors import ScenarioError
from wavetank.scenario.loading import Scenario
from wavetank.scenario.overrides import SOURCES
from wavetank.scenario.positions import Path
from wavetank.scenario.schema.top import Spec
from wavetank.scenario.tree import read_tree

SET = "set for this run"
"""The source of what --set or `but` has changed."""

WIDE = 100
"""A comment stays on its line up to here: a terminal of 110 columns, and room for line numbers."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ELSEWHERE = ("extends", "sources", "name", "description", "seed")
_PARTS = {("fleet", "mix"), ("server", "card")}


def written_out(scenario: Scenario, seed: int | None = None) -> str:
    """The TOML text of a scenario; `seed` takes the place of its own.

    Comments name the sources. Files of measured values are named by their whole path.
    """
    writer = _Writer(scenario)
    head = [f"name = {_string(scenario.name)}"]
    if scenario.spec.description:
        head.append(f"description = {_block(scenario.spec.description)}")
    head.append(f"seed = {scenario.spec.seed if seed is None else seed}")
    tables: list[str] = []
    order = list(Spec.model_fields)
    for key, value in sorted(scenario.tree.raw.items(), key=lambda pair: order.index(pair[0])):
        if key in _ELSEWHERE:
            continue
        if isinstance(value, dict):
            tables += writer.table(key, value)
        elif _is_tables(value):
            tables += writer.tables((key,), value)
        else:
            head += writer.entry(_name(key), (key,), value)
    return "\n".join([*head, *tables]) + "\n"


def toml_of(raw: Mapping[str, Any]) -> str:
    """A document as TOML, one line for each key at the top (and for each of the tables in an array there)."""
    lines = [f"{_name(key)} = {_value(value)}" for key, value in raw.items() if not _is_tables(value)]
    for key, value in raw.items():
        for table in value if _is_tables(value) else ():
            lines += [
                f"[[{_name(key)}]]",
                *(f"{_name(name)} = {_value(entry)}" for name, entry in table.items()),
            ]
    return "\n".join(lines) + "\n"


class _Writer:
    def __init__(self, scenario: Scenario) -> None:
        self._tree = scenario.tree
        self._own = scenario.spec.sources
        self._sources: dict[str, dict[str, str]] = {}

    def table(self, key: str, table: Mapping[str, Any]) -> Iterator[str]:
        """`[key]` with what is in it, then its arrays of tables."""
        arrays = {name: value for name, value in table.items() if _is_tables(value)}
        if not table or len(arrays) < len(table):
            yield from ("", f"[{_name(key)}]")
        for name, value in table.items():
            if name not in arrays and (key, name) not in _PARTS:
                yield from self.inside(_name(name), (key, name), value)
        for name, value in arrays.items():
            yield from self.tables((key, name), value)

    def tables(self, path: tuple[str, ...], tables: list[dict[str, Any]]) -> Iterator[str]:
        """`[[path]]` for each."""
        for index, table in enumerate(tables):
            yield from ("", f"[[{'.'.join(_name(part) for part in path)}]]")
            for name, value in table.items():
                yield from self.inside(_name(name), (*path, index, name), value)

    def inside(self, key: str, path: Path, value: Any) -> Iterator[str]:
        """A key, or where it is a table and no law, each of its keys, dotted."""
        if isinstance(value, dict) and value and ("law" not in value or path[-1] == "backoff"):
            for name, inner in value.items():
                yield from self.inside(f"{key}.{_name(name)}", (*path, name), inner)
        else:
            yield from self.entry(key, path, value)

    def entry(self, key: str, path: Path, value: Any) -> Iterator[str]:
        """KEY = VALUE with its source behind it, or above where the line would be long."""
        line = f"{key} = {_value(self._placed(path, value))}"
        source = " ".join(self._source(path, value).split())
        if source and len(line) + len(source) > WIDE:
            yield from (f"# {source}", line)
        else:
            yield f"{line}  # {source}" if source else line

    def _placed(self, path: Path, value: Any) -> Any:
        """A law of measured values names their file so that it is found from anywhere."""
        if isinstance(value, dict) and isinstance(value.get("file"), str):
            return {**value, "file": os.path.abspath(self._tree.folder((*path, "file")) / value["file"])}
        return value

    def _source(self, path: Path, value: Any) -> str:
        """From the file that the value comes from; a value that something else replaced has lost its own."""
        file = self._tree.origin(path).file
        if file in SOURCES:
            return SET
        if file not in self._sources:
            self._sources[file] = self._read(file)
        known = self._sources[file]
        inner = [(*path, name) for name in value] if isinstance(value, dict) else []
        sources = [known[name] for key in (path, *inner) for name in self._names(key) if name in known]
        return "; ".join(dict.fromkeys(sources))

    def _read(self, file: str) -> dict[str, str]:
        try:
            return dict(_flat(read_tree(FilePath(file)).raw.get("sources", {}), ()))
        except ScenarioError:
            return self._own  # there is no file: the scenario was made from a text

    def _names(self, path: Path) -> Iterator[str]:
        """The name of a path in `[sources]`: whole in a scenario, without its table in a fleet or card."""
        words: list[str] = []
        node: Any = self._tree.raw
        for part in path:
            node = node[part]
            named = isinstance(part, int) and isinstance(node, dict) and "name" in node
            words.append(str(node["name"] if named else part))
        yield ".".join(words)
        yield ".".join(words[1:])


def _flat(table: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, (*path, name))
        else:
            yield ".".join((*path, name)), str(value)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _name(key: str) -> str:
    return key if _BARE.fullmatch(key) else _string(key)


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _block(text: str) -> str:
    if "\n" not in text:
        return _string(text)
    lines = [_string(line)[1:-1].replace('\\"', '"') for line in text.split("\n")]
    whole = "\n".join(lines).replace('"""', '\\"\\"\\"')
    return f'"""\n{whole[:-1]}\\""""' if whole.endswith('"') else f'"""\n{whole}"""'


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, dict):
        inner = ", ".join(f"{_name(key)} = {_value(entry)}" for key, entry in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(_value(entry) for entry in value)}]"
    return json.dumps(value)
