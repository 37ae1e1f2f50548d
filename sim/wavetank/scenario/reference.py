"""Pages generated from the schema: the table of all keys in docs/scenario.md, and the JSON Schema."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic.fields import FieldInfo

from wavetank.policy import backoff, laws
from wavetank.scenario.schema.base import DEFAULT_TEXT, Table
from wavetank.scenario.schema.laws import SizeLaw, TimeLaw
from wavetank.scenario.schema.leaf import Leaf
from wavetank.scenario.schema.top import Spec
from wavetank.scenario.schema.walk import Key, walk, written_name
from wavetank.scenario.slo_words import SLO_WORDS, WINDOWS, has_windows
from wavetank.scenario.vocabulary import (
    BACKOFF_TEXT,
    FORMULAS_TEXT,
    INTRODUCTION,
    LAWS_TEXT,
    NOT_MODELLED,
    SLO_TEXT,
)

_TOGETHER = {
    ("stateless", "stateful"): "STREAM",
    ("login", "stateless", "stateful", "commands", "heartbeat"): "ENDPOINT",
}
_HEAD = "| key | meaning | unit | default | range |\n|---|---|---|---|---|\n"


def scenario_markdown() -> str:
    """The text of docs/scenario.md."""
    top = [key for key in walk(Spec) if len(key.path) == 1]
    parts = [INTRODUCTION, "## At the top\n", _HEAD + "".join(_row(key) for key in top if key.table is None)]
    for key in top:
        if key.table is not None:
            parts.append(f"## {_heading(key)}\n\n{key.field.description}\n")
            prefix = (*key.path, "NAME") if key.named else key.path
            parts.append(_HEAD + "".join(_row(inner) for inner in _below(key.table, prefix)))
    parts.append(LAWS_TEXT)
    parts.append(_HEAD + "".join(_row(key) for key in walk(TimeLaw)))
    parts.append(FORMULAS_TEXT + _formulas(laws.FORMULAS))
    parts.append(BACKOFF_TEXT + _formulas(backoff.FORMULAS))
    parts.append(SLO_TEXT + "".join(_slo_row(word) for word in SLO_WORDS))
    parts.append("## Not modelled yet\n\nThese keys do not exist; a file that has one is refused.\n")
    parts.append("".join(f"- {item}\n" for item in NOT_MODELLED))
    return "\n".join(part.strip("\n") + "\n" for part in parts)


def _formulas(formulas: Mapping[Any, str]) -> str:
    """Rows with the formula of each law, by the law's word in a scenario."""
    words = {law.name.lower().replace("_", "-"): formula for law, formula in formulas.items()}
    return "".join(f"| `{word}` | `{formula}` |\n" for word, formula in words.items())


def schema_json() -> dict[str, Any]:
    """JSON Schema (2020-12) of a scenario file, for editors: descriptions, words, patterns, defaults."""
    schema = schema_of(Spec, "wavetank scenario")
    schema["properties"]["slo"]["properties"] = _slo_schema()
    return schema


def schema_of(root: type[Table], title: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a file whose outermost table is `root`."""
    schema = root.model_json_schema(by_alias=True, mode="validation")
    _describe(schema, root)
    tables = {key.table.__name__: key.table for key in walk(root) if key.table is not None}
    for name, definition in schema["$defs"].items():
        _describe(definition, tables[name])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": title}


def schema_text() -> str:
    """The text of models/schema/scenario.json."""
    return json.dumps(schema_json(), indent=2, ensure_ascii=False) + "\n"


def default_text(field: FieldInfo, leaf: Leaf | None) -> str:
    """The value of a key that is left out, in words; "" for a key that must be given."""
    if field.is_required():
        return ""
    extra = field.json_schema_extra
    said = extra.get(DEFAULT_TEXT) if isinstance(extra, dict) else ""
    if said:
        return str(said)
    return leaf.default_text(field.default) if leaf else "none"


def _heading(key: Key) -> str:
    if key.many:
        return f"[[{key.path[0]}]]"
    return f"[{key.path[0]}.NAME]" if key.named else f"[{key.path[0]}]"


def _below(table: type[Table], prefix: tuple[str, ...]) -> Iterator[Key]:
    """The keys of a table with all that is below them.

    Laws are described once, elsewhere; keys beside one another that open the same table are told as one,
    STREAM or ENDPOINT.
    """
    direct = [key for key in walk(table) if len(key.path) == 1]
    told: set[type[Table]] = set()
    for key in direct:
        name, inner = key.path[0], key.table
        alike = tuple(other.path[0] for other in direct if inner and other.table is inner)
        path = (*prefix, _TOGETHER.get(alike, name))
        if inner in told:
            continue
        if inner is None or key.marker is not None:
            yield key._replace(path=path)
        if inner is not None and inner not in (TimeLaw, SizeLaw):
            if alike in _TOGETHER:
                told.add(inner)
            yield from _below(inner, (*path, "NAME") if key.named else path)


def _row(key: Key) -> str:
    marker = key.marker
    leaf = marker if isinstance(marker, Leaf) else None
    unit, span = (marker.unit, marker.span) if marker else ("table", "")
    default = default_text(key.field, leaf) or "must be given"
    cells = (f"`{'.'.join(key.path)}`", key.field.description or "", unit, default, span)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _slo_row(word: str) -> str:
    known = SLO_WORDS[word]
    labels = ", ".join(known.labels)
    windows = "yes" if has_windows(word) else "-"
    return f"| `{word}` | {known.quantity} | {labels or '-'} | {windows} |\n"


def _slo_schema() -> dict[str, Any]:
    bounds: dict[str, Any] = {
        word: {"description": f"Upper bound on {known.metric}, a {known.quantity}."}
        for word, known in SLO_WORDS.items()
    }
    windowed = {word: shape for word, shape in bounds.items() if has_windows(word)}
    for window in WINDOWS:
        about = f"Upper bounds on what is created {window} the faults."
        bounds[window] = {"description": about, "type": "object", "properties": windowed}
    return bounds


def _describe(definition: dict[str, Any], table: type[Table]) -> None:
    """Put unit, range and default into the descriptions of a table's keys."""
    definition.pop("title", None)
    keys = {key.path[0]: key for key in walk(table) if len(key.path) == 1}
    for name, field in table.model_fields.items():
        written = written_name(name, field)
        shape = definition["properties"][written]
        marker = keys[written].marker
        for noise in ("title", "default", DEFAULT_TEXT):
            shape.pop(noise, None)
        _without_null(shape)
        default = default_text(field, marker if isinstance(marker, Leaf) else None)
        words = [field.description or ""]
        if marker:
            words.append(f"Unit: {marker.unit}. Range: {marker.span}.")
            words.append(f"Default: {default}." if default else "Must be given.")
        shape["description"] = " ".join(words)


def _without_null(shape: dict[str, Any]) -> None:
    """TOML has no null: drop it from the alternatives."""
    kept = [option for option in shape.get("anyOf", ()) if option != {"type": "null"}]
    if len(kept) == 1:
        del shape["anyOf"]
        shape.update(kept[0])
    elif kept:
        shape["anyOf"] = kept
