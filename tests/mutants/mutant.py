"""Deliberate mistakes as data: one line of the source put wrong, and the test that must then fail."""

import tomllib
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent
PACKAGE = Path("sim/wavetank")
DEFINITIONS = ("def ", "async def ", "class ", "@")
"""With one of these begins the next function or class."""


class Misfit(Exception):
    """A mutant that no longer fits the source."""


class Mutant(NamedTuple):
    """In `file` (below sim/wavetank) the line `old` becomes `new`; then `test`, a pytest node, must fail.

    Lines are compared without their indentation. `old` occurs once in the file, or with `after` once between
    the line that begins with `after` and the next function or class. `breaks` says what is wrong then.
    """

    name: str
    breaks: str
    file: str
    old: str
    new: str
    test: str
    after: str = ""


def all_mutants() -> tuple[Mutant, ...]:
    """Every mutant of the *.toml files beside this one, by file and in their order.

    Raises TypeError for a key that is missing or unknown, ValueError for a name that is used twice.
    """
    mutants: dict[str, Mutant] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        for name, table in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if name in mutants:
                raise ValueError(f"two mutants are called {name}")
            mutants[name] = Mutant(name, **table)
    return tuple(mutants.values())


def mutated(mutant: Mutant, root: Path) -> str:
    """The text of the mutant's file below `root` with its mistake; raises Misfit when it does not fit."""
    path = root / PACKAGE / mutant.file
    if not path.is_file():
        raise Misfit(f"{mutant.name}: there is no {mutant.file}")
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    at = _line(mutant, [line.strip() for line in lines])
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    lines[at] = f"{indent}{mutant.new}\n"
    return "".join(lines)


def _line(mutant: Mutant, lines: list[str]) -> int:
    start, end = 0, len(lines)
    if mutant.after:
        starts = [at for at, line in enumerate(lines) if line.startswith(mutant.after)]
        if len(starts) != 1:
            raise Misfit(f"{mutant.name}: {mutant.file} has {len(starts)} lines that begin {mutant.after!r}")
        start = starts[0] + 1
        end = next((at for at in range(start, end) if lines[at].startswith(DEFINITIONS)), end)
    places = [at for at in range(start, end) if lines[at] == mutant.old]
    if len(places) != 1:
        where = f" after {mutant.after!r}" if mutant.after else ""
        raise Misfit(f"{mutant.name}: {mutant.file} has {len(places)} lines {mutant.old!r}{where}")
    return places[0]
