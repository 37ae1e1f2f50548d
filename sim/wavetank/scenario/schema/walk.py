"""Ways through the schema: what kind of table or value stands at a key path."""

import types
from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from wavetank.scenario.positions import Path
from wavetank.scenario.schema.base import Table
from wavetank.scenario.schema.leaf import Leaf, ShortForm

Marker = Leaf | ShortForm | None


class Key(NamedTuple):
    """One key of the schema: `path` holds "NAME" for free names; `table` is what it opens, if any.

    `named`: a table of such tables by free names; `many`: an array of them.
    """

    path: tuple[str, ...]
    field: FieldInfo
    marker: Marker
    table: type[Table] | None
    named: bool
    many: bool


def written_name(name: str, field: FieldInfo) -> str:
    """The key as a file has it."""
    return field.alias or name


def table_at(root: type[Table], path: Path) -> type[Table] | None:
    """The table that `path` (of a document) leads to, None where the schema knows none."""
    annotation: Any = root
    for part in path:
        annotation = _step(_bare(annotation), part)
    bare = _bare(annotation)
    return bare if isinstance(bare, type) and issubclass(bare, Table) else None


def keys_of(table: type[Table]) -> tuple[str, ...]:
    """The keys that `table` knows."""
    return tuple(written_name(name, field) for name, field in table.model_fields.items())


def walk(table: type[Table], prefix: tuple[str, ...] = ()) -> Iterator[Key]:
    """Every key below `table`, in the order of the schema; tables come before their keys."""
    for name, field in table.model_fields.items():
        path = (*prefix, written_name(name, field))
        marker, bare = _marker(field), _bare(field.annotation)
        named = get_origin(bare) is dict and not isinstance(marker, Leaf)
        inner = _bare(get_args(bare)[1]) if named else bare
        many = get_origin(inner) is tuple and not isinstance(marker, Leaf)
        if many:
            inner = _bare(get_args(inner)[0])
        opens = inner if isinstance(inner, type) and issubclass(inner, Table) else None
        yield Key(path, field, marker, opens, named, many)
        if opens is not None:
            yield from walk(opens, (*path, "NAME") if named else path)


def _marker(field: FieldInfo) -> Marker:
    """The leaf or short form that the field's annotation carries, inside an optional, too."""
    markers = [item for item in field.metadata if isinstance(item, Leaf | ShortForm)]
    optional = get_origin(field.annotation) in (Union, types.UnionType)
    for inner in get_args(field.annotation) if optional else ():
        if get_origin(inner) is Annotated:
            markers += [item for item in get_args(inner)[1:] if isinstance(item, Leaf | ShortForm)]
    return markers[0] if markers else None


def _bare(annotation: Any) -> Any:
    """Without Annotated and None."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, types.UnionType):
            annotation = next(arg for arg in get_args(annotation) if arg is not type(None))
        else:
            return annotation


def _step(annotation: Any, part: str | int) -> Any:
    if get_origin(annotation) is dict:
        return get_args(annotation)[1]
    if get_origin(annotation) is tuple:
        return get_args(annotation)[0]
    if isinstance(annotation, type) and issubclass(annotation, Table):
        for name, field in annotation.model_fields.items():
            if written_name(name, field) == part:
                return field.annotation
    return None
