"""Every docstring begins with what the thing is or does, not with a clause that has to be resolved first.

    python -m tests.lint.docstrings [FOLDER...]

"What a world has counted" keeps its reader waiting for a noun; "The counts of a finished run" does not. Asked
are the docstrings of modules, classes, functions and of assigned names. Exit status 1 where one begins so.
"""

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = (ROOT / "sim", ROOT / "models", ROOT / "tests")
RIDDLE = re.compile(r"What\b")


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


def main(words: Sequence[str]) -> int:
    """Print where a docstring begins so; returns the exit status."""
    folders = [Path(word) for word in words] or SOURCES
    paths = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    complaints = [said for path in paths for said in riddles(path)]
    for said in complaints:
        print(said)
    return int(bool(complaints))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
