"""From what pydantic complains about to one error at file, line and column."""

from difflib import get_close_matches
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError

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
    """`tree` as a `model`. Raises ScenarioError for the first thing wrong in it."""
    try:
        return model.model_validate(tree.raw)
    except ValidationError as error:
        first = min(error.errors(include_url=False), key=lambda detail: _order(detail, tree))
        problem = _problem(model, tree, first)
        raise tree.error(problem.path, problem.message, key=problem.key) from None


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
    found = shown(detail["input"])
    if detail["type"] in ("tuple_type", "list_type"):
        return f"{found} is not an array of tables; write [[{dotted(path)}]]"
    if path and isinstance(path[-1], int):
        return f"{found} is not a table; write [[{dotted(path[:-1])}]]"
    table = table_at(model, path)
    first = keys_of(table)[0] if table else "KEY"
    return f"{found} is not a table; write [{dotted(path)}] or {name} = {{ {first} = ... }}"
