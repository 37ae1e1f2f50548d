"""Whatever a server says: no exception but the documented ones, bounded memory, time in proportion."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.protocol.fuzzed import TARGETS, in_bounds, retry_after

NAMES = ["id", "commands", "access_token"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["id", "commands", "access_token"]), inner)
    ),
    max_leaves=20,
)
ANSWERS = st.one_of(
    st.binary(),
    JSON.map(lambda value: json.dumps(value).encode()),
    JSON.map(lambda value: json.dumps({"commands": [{"id": value}, value], "expires_in": value}).encode()),
    JSON.map(lambda value: json.dumps({"access_token": "x", "expires_in": value}).encode()),
)
HOSTILE = [
    b'{"commands": [' + b"[]," * 20_000,
    b'{"commands": [' + b'{"id":1},' * 20_000,
    b'{"commands": [{"id": ' + b"9" * 100_000 + b"}]}",
    b'{"commands": [{"id": "' + b"\\ud800" * 10_000 + b'"}]}',
    b'{"commands": ' + b"[" * 100_000,
    b'{"a":' * 20_000,
    b" " * 100_000,
    b'{"access_token": "' + b"x" * 100_000,
    b"9" * 100_000,
    b"Mon, " * 20_000,
    b"\xff" * 100_000,
    b"\n" * 100_000,
]


@pytest.mark.parametrize("target", TARGETS)
@given(data=ANSWERS)
def test_any_answer(target: Callable[[bytes], None], data: bytes) -> None:
    target(data)


@given(
    st.from_regex(
        r"[A-Za-z]{3,9},? [ \d]\d[ -][A-Za-z]{3}[ -]\d{1,12} \d\d:\d\d:\d\d ([+-]\d{1,21}|GMT|\w*)"
    ),
    st.booleans(),
)
def test_any_date(said: str, other: bool) -> None:
    right = "Mon, 23 Nov 2026 12:00:00 GMT"
    retry_after("\n".join((said, right) if other else (right, said)).encode("utf-8", "replace"))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("data", HOSTILE, ids=lambda data: data[:24].decode("latin-1"))
def test_large_answers_need_memory_in_proportion(target: Callable[[bytes], None], data: bytes) -> None:
    in_bounds(target, data)
