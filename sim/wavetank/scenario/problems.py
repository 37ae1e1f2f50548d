"""From what pydantic complains about to errors at file, line and column."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError

from wavetank.errors import ScenarioError
from wavetank.scenario.gathering import Gathering
from wavetank.scenario.positions import Path
from wavetank.scenario.schema.base import Table
from wavetank.scenario.schema.leaf import Misfit, shown
from wavetank.scenario.schema.walk import keys_of, table_at
from wavetank.scenario.tree import UNKNOWN_KEY, Tree, dotted, printable

_T = TypeVar("_T", bound=Table)


class _Problem(NamedTuple):
    path: Path
    message: str
    key: bool


def validated(model: type[_T], tree: Tree) -> _T:
    """`tree` as a `model`. Raises ScenarioError for all that is wrong in it."""
    spec, errors, _ = examined(model, tree)
    gathering = Gathering()
    gathering.add(errors)
    gathering.finish()
    return spec


def examined(model: type[_T], tree: Tree) -> tuple[_T, list[ScenarioError], set[str]]:
    """Return what can be read of a tree, everything else as errors, and the top-level keys left out for them.

    The keys left out hold their defaults in what is returned.
    """
    try:
        return model.model_validate(tree.raw), [], set()
    except ValidationError as error:
        details = sorted(error.errors(include_url=False), key=lambda detail: _order(detail, tree))
    problems = [_problem(model, tree, detail) for detail in details if not _is_echo(detail, details)]
    errors = [tree.error(problem.path, problem.message, key=problem.key) for problem in problems]
    touched = {str(top) for detail in details for top in _tops(model, _path(detail))}
    raw = {key: value for key, value in tree.raw.items() if key not in touched}
    try:
        return model.model_validate(raw), errors, touched
    except ValidationError:
        # Nothing of it can be read: what a caller learns from the errors must be enough.
        return model.model_construct(), errors, set(model.model_fields)


def _tops(model: type[Table], path: Path) -> tuple[object, ...]:
    """The top-level key of a path; of an unknown one, also the key that was probably meant."""
    near = get_close_matches(str(path[0]), keys_of(model), n=1, cutoff=0.5) if path else []
    return (*path[:1], *near)


def _is_echo(detail: Any, details: Sequence[Any]) -> bool:
    """Whether a key is missing only because it is misspelt, which is reported by itself."""
    if detail["type"] != "missing":
        return False
    *table, name = _path(detail)
    misspelt = [
        str(_path(other)[-1])
        for other in details
        if other["type"] == "extra_forbidden" and list(_path(other)[:-1]) == table
    ]
    return bool(get_close_matches(str(name), misspelt, n=1, cutoff=0.5))


def _order(detail: Any, tree: Tree) -> tuple[bool, int, int]:
    """Unknown and wrong things before missing ones (a misspelt key is both), then by position."""
    mark = tree.origin(_path(detail)).mark
    return detail["type"] == "missing", mark.line, mark.column


def _path(detail: Any) -> Path:
    return tuple(part for part in detail["loc"] if part != "[key]")


def _problem(model: type[Table], tree: Tree, detail: Any) -> _Problem:
    path = _path(detail)
    kind = detail["type"]
    if kind == "extra_forbidden":
        return _Problem(path, _unknown(model, path), True)
    if kind == "missing":
        return _Problem(path[:-1], f"the key {path[-1]} is missing; add it", True)
    if kind == "value_error":
        cause = detail["ctx"]["error"]
        where = cause.where if isinstance(cause, Misfit) else ()
        return _Problem(tree.written((*path, *where)), str(cause), "[key]" in detail["loc"])
    return _Problem(tree.written(path), _wrong_type(model, path, detail), False)


def _unknown(model: type[Table], path: Path) -> str:
    table = table_at(model, path[:-1])
    known = keys_of(table) if table else ()
    near = get_close_matches(str(path[-1]), known, n=1, cutoff=0.5)
    if near:
        return f"{UNKNOWN_KEY}; did you mean {near[0]}?"
    return f"{UNKNOWN_KEY}; known here: {', '.join(known)}"


def _wrong_type(model: type[Table], path: Path, detail: Any) -> str:
    name = printable(str(path[-1])) if path else "the file"
    given = shown(detail["input"])
    if detail["type"] in ("tuple_type", "list_type"):
        return f"{given} is not an array of tables; write [[{dotted(path)}]]"
    if path and isinstance(path[-1], int):
        return f"{given} is not a table; write [[{dotted(path[:-1])}]]"
    table = table_at(model, path)
    first = keys_of(table)[0] if table else "KEY"
    return f"{given} is not a table; write [{dotted(path)}] or {name} = {{ {first} = ... }}"
