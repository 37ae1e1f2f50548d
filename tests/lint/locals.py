"""Every local says what it holds: none is called `one`, `found`, `what` or `thing`.

    python -m tests.lint.locals [FOLDER...]

Asked are parameters and what a function or a comprehension binds; attributes and fields may keep such a name.
Exit status 1 where one is called so.
"""

import ast
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = (ROOT / "sim", ROOT / "tests")
EMPTY_NAMES = frozenset({"found", "one", "thing", "what"})
"""Names that fit any value, so that the reader has to look for what is meant."""


def bound_name(node: ast.AST) -> tuple[str, int] | None:
    """The name that a node binds, with its line; None where it binds none."""
    if isinstance(node, ast.arg):
        return node.arg, node.lineno
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return node.id, node.lineno
    if isinstance(node, ast.ExceptHandler) and node.name:
        return node.name, node.lineno
    if isinstance(node, ast.MatchAs | ast.MatchStar) and node.name:
        return node.name, node.lineno
    return None


def fields(tree: ast.AST) -> set[ast.AST]:
    """The names of fields: what stands in the body of a class, outside its methods."""
    bodies = [entry for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for entry in node.body]
    assigned = [entry for entry in bodies if isinstance(entry, ast.Assign | ast.AnnAssign)]
    targets = [entry.targets if isinstance(entry, ast.Assign) else [entry.target] for entry in assigned]
    return {target for several in targets for target in several}


def empty_names(path: Path) -> Iterator[str]:
    """Yield the locals of a module that do not say what they hold, as FILE:LINE: NAME."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    excused = fields(tree)
    for node in ast.walk(tree):
        bound = None if node in excused else bound_name(node)
        if bound is not None and bound[0] in EMPTY_NAMES:
            yield f"{path}:{bound[1]}: {bound[0]} does not say what it holds"


def main(words: Sequence[str]) -> int:
    """Print what is called so; returns the exit status."""
    folders = [Path(word) for word in words] or SOURCES
    paths = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    complaints = [said for path in paths for said in empty_names(path)]
    for said in complaints:
        print(said)
    return int(bool(complaints))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
