"""docs/engines.md follows a function of the compiled engine as it stands in the code."""

import doctest
import inspect
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "engines.md"


def test_the_function_that_it_follows_stands_so_in_the_code() -> None:
    pytest.importorskip("numba")
    from wavetank.engines.compiled.model import streams

    source = inspect.getsource(streams.arm.entry.function).splitlines()  # type: ignore[attr-defined]
    text = PAGE.read_text(encoding="utf-8").splitlines()
    shown = text[text.index('    @entry("core")') :]
    shown = [line.removeprefix("    ") for line in shown[: shown.index("")]]
    assert len(shown) == len(source)
    for theirs, mine in zip(source, shown, strict=True):
        assert theirs.startswith(mine.partition("...")[0])


def test_its_example_runs() -> None:
    pytest.importorskip("numba")
    assert doctest.testfile(str(PAGE), module_relative=False).failed == 0


def test_the_files_that_it_names_are_there() -> None:
    words = PAGE.read_text(encoding="utf-8").split("`")[1::2]
    files = {word for word in words if word.endswith(".py")}
    assert len(files) > 10
    sim = PAGE.parents[1] / "sim" / "wavetank"
    folders = (PAGE.parents[1], sim, sim / "engines" / "compiled", sim / "engines" / "compiled" / "toolchain")
    for file in files:
        assert any((folder / file).is_file() for folder in folders), file
