"""The examples in the docstrings of the public API run and print what they promise."""

import doctest
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

import wavetank

NAMES = [
    name
    for name in wavetank.__all__
    if inspect.isclass(getattr(wavetank, name)) or inspect.isfunction(getattr(wavetank, name))
]


def _examples(name: str) -> Iterator[doctest.DocTest]:
    """Yield the doctests of a public name, its methods' too, each with no global names but its own."""
    for test in doctest.DocTestFinder().find(getattr(wavetank, name), name, globs={}):
        if test.examples:
            yield test


def test_every_public_function_and_class_has_an_example() -> None:
    assert [name for name in NAMES if not any(test.name == name for test in _examples(name))] == []


@pytest.mark.parametrize("name", [*sorted(NAMES), "plot"])
def test_examples_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "agree":
        pytest.importorskip("numba")
    monkeypatch.chdir(tmp_path)
    for test in _examples(name):
        assert not any(doctest.SKIP in example.options for example in test.examples), test.name
        told: list[str] = []
        assert doctest.DocTestRunner().run(test, out=told.append).failed == 0, "".join(told)
