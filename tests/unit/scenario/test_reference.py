import json
import re
from pathlib import Path
from typing import Any

import pytest

from wavetank.scenario.reference import scenario_markdown, schema_json, schema_text
from wavetank.scenario.schema.laws import SizeLaw, TimeLaw
from wavetank.scenario.schema.top import Spec
from wavetank.scenario.schema.walk import walk

ROOT = Path(__file__).parents[3]


def test_docs_are_fresh() -> None:
    assert (ROOT / "docs" / "scenario.md").read_text(encoding="utf-8") == scenario_markdown(), (
        "run: make docs"
    )


def test_schema_is_fresh() -> None:
    text = (ROOT / "models" / "schema" / "scenario.json").read_text(encoding="utf-8")
    assert text == schema_text(), "run: make docs"


def fits(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> bool:
    """Whether a value is valid by the part of JSON Schema that is used here."""
    if "$ref" in schema:
        schema = {**root["$defs"][schema["$ref"].rpartition("/")[2]], **schema}
    if "anyOf" in schema and not any(fits(value, option, root) for option in schema["anyOf"]):
        return False
    if "const" in schema:
        return type(value) is type(schema["const"]) and bool(value == schema["const"])
    if not isinstance(value, TYPES[schema["type"]] if "type" in schema else object):
        return False
    if isinstance(value, bool) and schema.get("type") != "boolean":
        return False
    if isinstance(value, dict):
        return all(name in value for name in schema.get("required", ())) and all(
            fits(inner, _schema_of(name, schema), root) for name, inner in value.items()
        )
    if isinstance(value, list):
        items = schema.get("prefixItems") or [schema.get("items", {})] * len(value)
        return len(items) == len(value) and all(map(lambda v, s: fits(v, s, root), value, items))
    if isinstance(value, str):
        return value in schema.get("enum", [value]) and bool(re.search(schema.get("pattern", ""), value))
    return bool(schema.get("minimum", value) <= value <= schema.get("maximum", value))


TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}
NOTHING: dict[str, Any] = {"type": "string", "enum": []}


def _schema_of(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    known: dict[str, Any] = schema.get("properties", {})
    named = [
        option for pattern, option in schema.get("patternProperties", {}).items() if re.search(pattern, name)
    ]
    if name in known or named:
        return dict(known.get(name) or named[0])
    return NOTHING if schema.get("additionalProperties") is False else {}


@pytest.mark.parametrize(
    ("document", "good"),
    [
        ({}, True),
        ({"duration": "10min", "fleet": {"agents": 5, "class": [{"name": "a", "share": "20%"}]}}, True),
        ({"server": {"service": {"login": "2ms", "auth": {"law": "exponential", "mean": "2ms"}}}}, True),
        ({"server": {"limits": {"in_flight": 5, "connections": {"value": 5, "answer": "429"}}}}, True),
        ({"connection": {"tls": "none"}}, True),
        ({"connection": {"tls": {"version": "1.3"}}}, True),
        ({"slo": {"event_latency_p99": "30s"}, "network": {"o": {"delay": "1ms"}}}, True),
        ({"fleet": {"class": [{"name": "a", "stateless": {"profile": [[0, 1.0], ["30s", 2.2]]}}]}}, True),
        ({"duration": "10"}, False),
        ({"duration": 10}, False),
        ({"agents": 5}, False),
        ({"fleet": {"agents": 0}}, False),
        ({"fleet": {"start": "warm"}}, False),
        ({"fleet": {"class": [{"share": "20%"}]}}, True),
        ({"connection": {"tls": "1.3"}}, False),
        ({"fault": [{"at": "1s"}]}, False),
    ],
)
def test_schema_takes_and_refuses(document: dict[str, Any], good: bool) -> None:
    schema = schema_json()
    assert fits(document, schema, schema) == good


def test_every_value_says_meaning_unit_default_and_range() -> None:
    keys = [key for key in walk(Spec) if key.table is None or key.marker is not None]
    assert len(keys) > 150
    for key in keys:
        assert key.field.description, key.path
        assert key.marker is not None, key.path
        assert key.marker.unit, key.path
        assert key.marker.span, key.path
        assert key.field.description.endswith("."), key.path


def test_every_key_is_in_the_table() -> None:
    text = scenario_markdown()
    laws = {TimeLaw, SizeLaw}
    inside: list[tuple[str, ...]] = []
    for key in walk(Spec):
        if any(key.path[: len(path)] == path for path in inside):
            continue
        if key.table in laws:
            inside.append(key.path)
        if key.table is None or key.marker is not None:
            path = list(key.path)
            if path[0] == "retry":
                path[1] = "ENDPOINT"
            if path[:2] == ["fleet", "class"] and path[2] in ("stateless", "stateful"):
                path[2] = "STREAM"
            assert f"| `{'.'.join(path)}` |" in text


def test_schema_has_no_null_and_no_address_but_its_dialect() -> None:
    text = json.dumps(schema_json())
    assert '"null"' not in text
    assert text.count("://") == 1
