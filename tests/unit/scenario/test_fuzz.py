"""Whatever is in a file: a scenario or one ScenarioError, never anything else."""

import string
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavetank.errors import ScenarioError
from wavetank.scenario import load, loads
from wavetank.scenario.positions import TooDeep, scan
from wavetank.scenario.schema.top import Spec
from wavetank.scenario.schema.walk import walk

PATHS = sorted({".".join(key.path) for key in walk(Spec) if "NAME" not in key.path})
KEYS = st.sampled_from([*sorted({part for path in PATHS for part in path.split(".")}), "x"])
WORDS = [
    "10s",
    "2/s",
    "5MB",
    "20%",
    "1Mbit/s",
    "none",
    "poisson",
    "closed",
    "1.3",
    "fixed",
    "a",
    "0s",
    "",
    "é\x00",
]
NUMBERS = st.integers(-(10**30), 10**30) | st.floats()
LEAVES = st.booleans() | NUMBERS | st.sampled_from(WORDS) | st.text("ab \\\"'#é", max_size=5)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)
SIGNS = [*"[]{}=.,#\"'\\\n\t -+_", "[[", '"""', "'''", "a", "fleet", "1", "1979-05-27", "é"]


def toml(value: object) -> str:
    """`value` as TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\u{ord(c):04x}" for c in value) + '"'
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(key)} = {toml(entry)}" for key, entry in value.items()) + "}"
    return str(value)


def refusal(ask: Callable[[], object]) -> ScenarioError | None:
    try:
        ask()
    except ScenarioError as error:
        return error
    return None


def answered(text: str, sets: tuple[str, ...] = ()) -> None:
    """A scenario, or errors that point into the text."""
    error = refusal(lambda: loads(text, sets).resolve())
    for each in error.errors if error else ():
        points_into(text, each)


def points_into(text: str, error: ScenarioError) -> None:
    assert error.line >= 1
    assert error.column >= 1
    if error.file == "scenario.toml":
        line = [*text.replace("\r\n", "\n").split("\n"), ""][error.line - 1]
        assert error.column <= len(line) + 1
    assert "\n" not in str(error)
    assert len(str(error)) < 1500


@given(st.dictionaries(st.sampled_from(PATHS), VALUES, max_size=4))
def test_any_values_at_known_keys(keys: dict[str, object]) -> None:
    answered("".join(f"{key} = {toml(value)}\n" for key, value in keys.items()))


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_any_document(document: dict[str, object]) -> None:
    answered("".join(f"{toml(key)} = {toml(value)}\n" for key, value in document.items()))


@given(st.lists(st.sampled_from(SIGNS)))
def test_any_signs(parts: list[str]) -> None:
    answered("".join(parts))


@given(st.sampled_from(PATHS), st.one_of(VALUES.map(toml), st.text(max_size=9)), st.text(max_size=9))
def test_any_settings(path: str, value: str, noise: str) -> None:
    answered("[[fleet.class]]\nname = 'a'\n", (f"{path}={value}",))
    answered("", (noise,))


@given(st.binary(max_size=200))
def test_any_text(data: bytes) -> None:
    answered(data.decode("latin-1"))


@given(st.binary(max_size=100))
def test_any_bytes_in_a_file(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "noise.toml"
    file.write_bytes(data)
    error = refusal(lambda: load(file))
    assert error is None or error.file == str(file)


@given(st.text(string.printable, max_size=100))
def test_the_scanner_never_fails(text: str) -> None:
    with suppress(TooDeep):
        assert all(mark.line >= 1 and mark.column >= 1 for mark in scan(text).values())
