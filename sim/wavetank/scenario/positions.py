"""Where in a TOML text each key and value stands; tomllib itself gives no positions.

The scanner is lenient: what it cannot read it leaves to tomllib, which runs after it and reports. It
is strict about depth only, so that nothing behind it ever meets a document nested without end.
"""

import re
import tomllib
from bisect import bisect_right
from contextlib import suppress
from typing import NamedTuple

Path = tuple[str | int, ...]
MAX_DEPTH = 32
"""A scenario needs a fraction of this depth, and Python's stack many times more before it ends."""

MOST_ITEMS = 1000
"""A mistake in a longer inline list is reported at the list, so that marks stay small."""

_BLANK = re.compile(r"[ \t]*")
_REST = re.compile(r"[^\n]*")
_GAP = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_KEY = re.compile(r"""([A-Za-z0-9_-]+)|("(?:[^"\\\n]|\\.)*")|'([^'\n]*)'""")
_STRING = re.compile(
    r'''"""(?:[^\\]|\\.)*?"{3,5}|'{3}.*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*\'''',
    re.DOTALL,
)
_SCALAR = re.compile(r"[^\s,\[\]{}#]+")


class Mark(NamedTuple):
    """Line and column, from 1, of a key and of its value."""

    key_line: int
    key_column: int
    line: int
    column: int


class TooDeep(Exception):
    """The text nests deeper than `MAX_DEPTH`; args are line and column."""


class _Stop(Exception):
    """Not TOML from here on; tomllib will say why."""


def scan(text: str) -> dict[Path, Mark]:
    """Marks of every table, array and value of `text` (newlines as "\\n"). Raises TooDeep.

    Of a long inline array, only the first `MOST_ITEMS` elements have marks.
    """
    scanner = _Scanner(text)
    with suppress(_Stop):
        scanner.document()
    return scanner.marks


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.marks: dict[Path, Mark] = {}
        self.far = 0
        self.counts: dict[Path, int] = {}
        self.starts = [0] + [match.end() for match in re.finditer("\n", text)]

    def document(self) -> None:
        prefix: Path = ()
        while True:
            self.skip(_GAP)
            if self.at >= len(self.text):
                return
            if self.text.startswith("[", self.at):
                prefix = self.header()
            else:
                self.pair(prefix)
            self.skip(_REST)

    def skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def position(self, at: int) -> tuple[int, int]:
        line = bisect_right(self.starts, at)
        return line, at - self.starts[line - 1] + 1

    def mark(self, path: Path, key_at: int, at: int) -> None:
        if len(path) > MAX_DEPTH:
            raise TooDeep(*self.position(key_at))
        if self.far:
            return
        self.marks.setdefault(path, Mark(*self.position(key_at), *self.position(at)))

    def expect(self, symbol: str) -> None:
        if not self.text.startswith(symbol, self.at):
            raise _Stop
        self.at += len(symbol)

    def header(self) -> Path:
        """`[a.b]` or `[[a.b]]`: the path of the table that it opens."""
        many = self.text.startswith("[[", self.at)
        self.at += 2 if many else 1
        path: Path = ()
        keys = self.keys()
        for place, (key, key_at) in enumerate(keys):
            path = (*path, key)
            self.mark(path, key_at, key_at)
            last = place == len(keys) - 1
            if last and many:
                self.counts[path] = self.counts.get(path, 0) + 1
            if path in self.counts:
                path = (*path, self.counts[path] - 1)
                self.mark(path, key_at, key_at)
        self.expect("]]" if many else "]")
        return path

    def keys(self) -> list[tuple[str, int]]:
        """A dotted key, each part with its offset."""
        keys: list[tuple[str, int]] = []
        while True:
            self.skip(_BLANK)
            match = _KEY.match(self.text, self.at)
            if not match:
                raise _Stop
            bare, basic, literal = match.groups()
            keys.append((_unquoted(basic) if basic else bare or literal or "", self.at))
            if len(keys) > MAX_DEPTH:
                raise TooDeep(*self.position(self.at))
            self.at = match.end()
            self.skip(_BLANK)
            if not self.text.startswith(".", self.at):
                return keys
            self.at += 1

    def pair(self, prefix: Path) -> None:
        """`a.b = value` inside the table `prefix`."""
        keys = self.keys()
        self.expect("=")
        self.skip(_BLANK)
        path = prefix
        for key, key_at in keys[:-1]:
            path = (*path, key)
            self.mark(path, key_at, key_at)
        self.value((*path, keys[-1][0]), keys[-1][1])

    def value(self, path: Path, key_at: int) -> None:
        self.mark(path, key_at, self.at)
        if self.text.startswith("[", self.at):
            self.array(path)
        elif self.text.startswith("{", self.at):
            self.inline_table(path)
        else:
            match = _STRING.match(self.text, self.at) or _SCALAR.match(self.text, self.at)
            if not match:
                raise _Stop
            self.at = match.end()

    def array(self, path: Path) -> None:
        self.at += 1
        index = 0
        while True:
            self.skip(_GAP)
            if self.text.startswith("]", self.at):
                self.at += 1
                return
            if self.text.startswith(",", self.at):
                self.at += 1
                continue
            self.far += index >= MOST_ITEMS
            self.value((*path, index), self.at)
            self.far -= index >= MOST_ITEMS
            index += 1

    def inline_table(self, path: Path) -> None:
        self.at += 1
        while True:
            self.skip(_GAP)
            if self.text.startswith("}", self.at):
                self.at += 1
                return
            if self.text.startswith(",", self.at):
                self.at += 1
                continue
            self.pair(path)


def _unquoted(basic: str) -> str:
    """The key that a quoted one stands for."""
    try:
        return str(tomllib.loads(f"key = {basic}")["key"])
    except ValueError as error:
        raise _Stop from error
