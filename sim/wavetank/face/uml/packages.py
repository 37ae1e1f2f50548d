"""The package diagram, from the imports in the sources."""

import ast
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from textwrap import wrap

from wavetank.face.uml.page import RULE, Drawing, Page

ROOT = "wavetank"
_STYLE = ("skinparam rectangleBackgroundColor #F5F5F5", "skinparam rectangleBorderColor " + RULE)
_WIDTH = 60
"""Letters in a line of a box: the diagram stays narrow enough for a README."""

Graph = dict[str, set[str]]


def packages(folder: Path | None = None) -> Drawing:
    """The packages and modules directly below `folder` (wavetank's own sources), and who imports whom.

    An import that follows from others is left out: of A -> B -> C and A -> C, the last.
    """
    sources = folder or Path(str(files(ROOT)))
    imports = imports_of(sources)
    page = Page("The packages of wavetank, and what they import", _STYLE)
    for name in sorted(imports):
        kind = "package" if (sources / name).is_dir() else "module"
        page.add(f'rectangle "{page.box(name, *_contents(sources / name))}" <<{kind}>> as {name}')
    for name, needed in sorted(reduced(imports).items()):
        page.add(*(f"{name} --> {other}" for other in sorted(needed)))
    page.caption("An arrow: imports. Arrows that follow from others are left out.")
    return page.drawing("packages")


def _contents(package: Path) -> list[str]:
    """List the content of a package, in lines."""
    if not package.is_dir():
        return []
    modules = {path.stem for path in package.glob("*.py") if path.stem != "__init__"}
    below = {path.parent.name for path in package.glob("*/__init__.py")}
    return wrap(", ".join(sorted(modules | below)), _WIDTH)


def imports_of(folder: Path) -> Graph:
    """For each package or module directly below `folder`: which others it imports, anywhere in it.

    Imports for type checking alone count: they are what a reader of the code has to know.
    """
    names = {path.parent.name for path in folder.glob("*/__init__.py")}
    names |= {path.stem for path in folder.glob("*.py") if not path.stem.startswith("__")}
    imported: Graph = {name: set() for name in names}
    for name in names:
        paths = sorted((folder / name).rglob("*.py")) or [folder / f"{name}.py"]
        for path in paths:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            imported[name] |= {other for other in _imported(tree, names) if other != name}
    return imported


def _imported(tree: ast.AST, names: set[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for module in modules:
            root, _, rest = module.partition(".")
            if root == ROOT and rest.partition(".")[0] in names:
                yield rest.partition(".")[0]


def reduced(graph: Mapping[str, set[str]]) -> Graph:
    """The graph without the arrows that follow from others (its transitive reduction); it has no cycles."""
    return {
        name: {
            other
            for other in needed
            if not any(other in _reachable(graph, between) for between in needed - {other})
        }
        for name, needed in graph.items()
    }


def _reachable(graph: Mapping[str, set[str]], start: str) -> set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        for other in graph[waiting.pop()] - reached:
            reached.add(other)
            waiting.append(other)
    return reached
