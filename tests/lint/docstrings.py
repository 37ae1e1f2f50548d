"""Docstrings begin with what the thing is or does, and the modules that model something say what they model.

    python -m tests.lint.docstrings [FOLDER...]

"What a world has counted" keeps its reader waiting for a noun; "The counts of a finished run" does not. Asked
are the docstrings of modules, classes, functions and of assigned names. Every module in `EXPLAINED` opens
with 3 to 10 lines: what it models or decides, its invariants, the rule it follows. Exit status 1 where one
does not.
"""

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = (ROOT / "sim", ROOT / "models", ROOT / "tests")
RIDDLE = re.compile(r"What\b")
EXPLAINED = ("engines/compiled", "engines/reference", "protocol", "results", "studies")
"""Folders of sim/wavetank in which a newcomer needs more than a title to change a module."""
LEAST, MOST = 3, 10
"""Lines of text of an opening: fewer is a title only, more belongs into docs."""
SECTION = re.compile(r"^-{3,}$")
"""Underlines the title of a numpydoc section. Sections such as References do not count as opening."""


def docstrings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and text of every string that stands as a statement of its own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            text = node.value.value
            if isinstance(text, str):
                yield node.lineno, text


def riddles(path: Path) -> Iterator[str]:
    """Yield the docstrings of a file that begin with "What", as FILE:LINE: message."""
    for line, text in docstrings(ast.parse(path.read_text(encoding="utf-8"))):
        if RIDDLE.match(text.lstrip()):
            yield f'{path}:{line}: the docstring begins with "What"; begin with what it is or does'


def opening(text: str) -> list[str]:
    """Return the lines of text of a module's docstring, up to its first numpydoc section."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    sections = [index - 1 for index, line in enumerate(lines) if SECTION.match(line)]
    return lines[: sections[0]] if sections else lines


def unexplained(path: Path) -> Iterator[str]:
    """Yield a message if a module does not open with 3 to 10 lines, as FILE:LINE: message."""
    count = len(opening(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""))
    if not LEAST <= count <= MOST:
        yield (
            f"{path}:1: the module opens with {count} lines; say in {LEAST} to {MOST} what it models or "
            "decides, its invariants, and the rule it follows"
        )


def main(words: Sequence[str]) -> int:
    """Print which docstrings are at fault; returns the exit status. Folders given are asked for all rules."""
    folders = [Path(word) for word in words]
    explained = folders or [ROOT / "sim" / "wavetank" / name for name in EXPLAINED]
    complaints = [said for path in _modules(folders or SOURCES) for said in riddles(path)]
    complaints += [said for path in _modules(explained) for said in unexplained(path)]
    for said in complaints:
        print(said)
    return int(bool(complaints))


def _modules(folders: Sequence[Path]) -> list[Path]:
    return [path for folder in folders for path in sorted(folder.rglob("*.py"))]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
