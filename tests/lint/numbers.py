"""Every number that a module names says why it has its value.

    python -m tests.lint.numbers [FOLDER]

A reason is a comment on the same line, a comment above the number (or above the block without blank lines in
which it stands), or a text below it. Exit status 1 where one is missing.
"""

import ast
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "sim" / "wavetank"


def is_number(value: ast.expr | None) -> bool:
    """Whether an expression is made of literal numbers alone."""
    if isinstance(value, ast.Constant):
        return isinstance(value.value, int | float) and not isinstance(value.value, bool)
    if isinstance(value, ast.BinOp):
        return is_number(value.left) and is_number(value.right)
    if isinstance(value, ast.UnaryOp):
        return is_number(value.operand)
    if isinstance(value, ast.Tuple | ast.List):
        return bool(value.elts) and all(is_number(entry) for entry in value.elts)
    return False


def numbers(tree: ast.Module) -> Iterator[tuple[int, ast.Assign | ast.AnnAssign]]:
    """Yield the assignments of numbers at the top of a module, each with its place among the statements."""
    for place, node in enumerate(tree.body):
        if isinstance(node, ast.Assign | ast.AnnAssign) and is_number(node.value):
            yield place, node


def has_reason(lines: Sequence[str], tree: ast.Module, place: int) -> bool:
    """Whether something is said of the statement at a place."""
    node = tree.body[place]
    after = tree.body[place + 1] if place + 1 < len(tree.body) else None
    below = (
        after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else None
    )
    if isinstance(below, str):
        return True
    if "#" in lines[(node.end_lineno or node.lineno) - 1]:
        return True
    above = node.lineno - 2
    while above >= 0 and lines[above].strip() and not lines[above].lstrip().startswith("#"):
        above -= 1
    return above >= 0 and lines[above].lstrip().startswith("#")


def silent(path: Path) -> Iterator[str]:
    """Yield the numbers of a module that say nothing, as FILE:LINE: NAME."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    for place, node in numbers(tree):
        if not has_reason(text.splitlines(), tree, place):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            yield f"{path}:{node.lineno}: {ast.unparse(target)} does not say why it has its value"


def main(words: Sequence[str]) -> int:
    """Print what is missing; returns the exit status."""
    folder = Path(words[0]) if words else SOURCES
    missing = [said for path in sorted(folder.rglob("*.py")) for said in silent(path)]
    for said in missing:
        print(said)
    return int(bool(missing))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
