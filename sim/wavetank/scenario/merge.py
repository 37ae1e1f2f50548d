"""`extends`: the keys of one document over those of another."""

from typing import Any

from wavetank.scenario.positions import Path
from wavetank.scenario.tree import Tree


def merged(base: Tree, over: Tree) -> Tree:
    """`over` on `base`: tables merge key by key, anything else replaces.

    So do arrays of tables, and laws, which are one value: `{ law = "uniform", ... }` keeps nothing of the
    law before it. A backoff merges like any table.
    """
    replaced: set[Path] = set()
    raw = _merged(base.raw, over.raw, (), replaced)
    kept = {path: origin for path, origin in base.origins.items() if not _below(path, replaced)}
    return Tree(raw, {**kept, **over.origins})


def filled(over: Tree, path: Path, base: Tree, base_path: Path) -> Tree:
    """`over` with what its table at `path` lacks of the table `base_path` of `base`, key by key."""
    raw: Any = base.raw
    for part in base_path:
        raw = raw.get(part, {})
    for part in reversed(path):
        raw = {part: raw}
    depth = len(base_path)
    origins = {
        (*path, *origin_path[depth:]): origin
        for origin_path, origin in base.origins.items()
        if origin_path[:depth] == base_path
    }
    parents = {path[:length]: over.origin(path[:length]) for length in range(len(path))}
    return merged(Tree(raw, {**origins, **parents}), over)


def _merged(base: dict[str, Any], over: dict[str, Any], path: Path, replaced: set[Path]) -> dict[str, Any]:
    result = dict(base)
    for key, value in over.items():
        inner = (*path, key)
        before = base.get(key)
        if isinstance(before, dict) and isinstance(value, dict) and not _is_law(key, value):
            result[key] = _merged(before, value, inner, replaced)
        else:
            result[key] = value
            replaced.add(inner)
    return result


def _is_law(key: str, value: dict[str, Any]) -> bool:
    return isinstance(value.get("law"), str) and key != "backoff"


def _below(path: Path, roots: set[Path]) -> bool:
    return any(path[:length] in roots for length in range(1, len(path) + 1))
