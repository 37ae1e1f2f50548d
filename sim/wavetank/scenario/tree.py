"""A TOML document whose every key and value knows the file, line and column it came from."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from wavetank.errors import ScenarioError
from wavetank.scenario.file_kinds import HEAD_BYTES, converting, data_kind, encoding_of, instead_of_scenario
from wavetank.scenario.positions import MAX_DEPTH, Mark, Path, TooDeep, scan

UNKNOWN_KEY = "unknown key"
MAX_BYTES = 1_000_000
"""Two hundred times the largest scenario of the catalogue."""

_TOP = Mark(1, 1, 1, 1)


class Origin(NamedTuple):
    """The file, as the user named it, and the position in it."""

    file: str
    mark: Mark


@dataclass(frozen=True)
class Tree:
    """`raw` is what tomllib returns (never changed in place); `origins` places its paths.

    The empty path stands for the whole document.
    """

    raw: dict[str, Any]
    origins: dict[Path, Origin]

    def origin(self, path: Path) -> Origin:
        """Origin of `path`, or of the nearest table around it that was written down."""
        while path and path not in self.origins:
            path = path[:-1]
        return self.origins[path]

    def written(self, path: Path) -> Path:
        """`path` itself, or the nearest table around it that was written down."""
        while path and path not in self.origins:
            path = path[:-1]
        return path

    def error(self, path: Path, message: str, *, key: bool = False) -> ScenarioError:
        """An error at the value of `path` (at its key if `key`), which the text names."""
        file, mark = self.origin(path)
        if message.startswith(UNKNOWN_KEY):
            text = message.replace(UNKNOWN_KEY, f"{UNKNOWN_KEY} {dotted(path)}", 1)
        else:
            text = f"{dotted(path)}: {message}" if path else message
        if key:
            return ScenarioError(text, file, mark.key_line, mark.key_column)
        return ScenarioError(text, file, mark.line, mark.column)

    def folder(self, path: Path) -> FilePath:
        """The folder from which a file name at `path` is looked up."""
        return FilePath(self.origin(path).file).parent


def dotted(path: Path) -> str:
    """`("fleet", "class", 0)` as `fleet.class.0`."""
    return ".".join(printable(str(part)) for part in path)


def printable(text: str, most: int = 60) -> str:
    """Foreign text without control characters and cut, fit for a message."""
    shown = "".join(c if c.isprintable() else "?" for c in text[: most + 1])
    return shown if len(text) <= most else shown[:most] + "..."


def read_tree(file: FilePath) -> Tree:
    """The document in `file`. Raises ScenarioError for anything that is not a small TOML file."""
    shown = str(file)
    data = _read(file, shown)
    if kind := data_kind(shown, data[:HEAD_BYTES]):
        raise _whole(shown, instead_of_scenario(kind, printable(shown, 200)))
    if len(data) > MAX_BYTES:
        raise _whole(shown, f"the file is larger than {MAX_BYTES:,} bytes; a scenario has a few kilobytes")
    tree = parse_tree(_decode(data, shown), shown)
    if not tree.raw:
        raise _whole(shown, 'the file is empty; write a scenario, which may be no more than extends = "NAME"')
    return tree


def parse_tree(text: str, shown: str) -> Tree:
    """The document `text`, named `shown` in messages. Raises ScenarioError."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    try:
        marks = scan(text)
    except TooDeep as deep:
        advice = f"nested more than {MAX_DEPTH} deep; no key of a scenario is deeper than 8"
        raise ScenarioError(advice, shown, *deep.args) from None
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise _syntax(text, shown, error) from None
    origins = {path: Origin(shown, mark) for path, mark in marks.items()}
    return Tree(raw, {(): Origin(shown, _TOP), **origins})


def _read(file: FilePath, shown: str) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _whole(shown, "there is no such file; give the path of a .toml file") from None
    except IsADirectoryError:
        raise _whole(shown, "this is a directory; give the path of a .toml file in it") from None
    except PermissionError:
        raise _whole(shown, "no permission to read the file; make it readable (chmod +r)") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise _whole(shown, f"cannot be read ({reason}); give the path of a .toml file") from None


def _whole(shown: str, message: str) -> ScenarioError:
    return ScenarioError(message, printable(shown, 200), 1, 1)


def _decode(data: bytes, shown: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before.rpartition(b"\n")[2].decode("utf-8")) + 1
        encoding = encoding_of(data)
        problem = f"the byte 0x{data[error.start]:02x} is not UTF-8 (it may be {encoding})"
        advice = f"a scenario is a TOML file in UTF-8: {converting(encoding)}"
        raise ScenarioError(f"{problem}; {advice}", shown, line, column) from None


def _long_number(text: str) -> tuple[int, int]:
    """Where a number too long to be read begins; the beginning if there is none."""
    match = re.search(r"[0-9_]{4300,}", text)
    before = text[: match.start()] if match else ""
    return before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1


_AT = re.compile(r" \(at line (\d+), column (\d+)\)$")
_ADVICE = {
    "Cannot overwrite a value": "keep one of the two",
    "Cannot declare": "keep one of the two tables",
    "Invalid value": 'text and quantities stand in quotes, as in duration = "10min"',
}


def _syntax(text: str, shown: str, error: Exception) -> ScenarioError:
    """tomllib's complaint, with its position taken out of the text."""
    said = str(error) if not isinstance(error, RecursionError) else "nested too deep"
    match = _AT.search(said)
    if match:
        line, column = int(match[1]), int(match[2])
    elif said.endswith(" (at end of document)"):
        line, column = text.count("\n") + 1, len(text.rpartition("\n")[2]) + 1
    else:
        line, column = _long_number(text)
    if said.startswith("Exceeds the limit"):
        said = "a number of thousands of digits"
    problem = printable(said.partition(" (at ")[0], 200)
    advice = next((text for start, text in _ADVICE.items() if problem.startswith(start)), "")
    right = advice or 'a line is KEY = VALUE, [TABLE] or [[LIST]], as in duration = "10min"'
    return ScenarioError(f"not valid TOML: {problem}; {right}", shown, line, column)
