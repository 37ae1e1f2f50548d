"""Unit tests mirror the sources; what has no mirror is listed with the suites that cover it."""

import tomllib
from pathlib import Path

import pytest

from tests.mutants.mutant import all_mutants

KERNELS = ("engines/compiled/model", "engines/compiled/fast", "engines/compiled/containers")
"""Folders of kernels: coverage does not see them run, so each module has a mutant."""


def unmirrored(root: Path) -> dict[str, set[str]]:
    """Names of the modules without a unit test, by folder."""
    sources, modules = root / "sim" / "wavetank", dict[str, set[str]]()
    for path in sources.rglob("*.py"):
        folder = path.parent.relative_to(sources).as_posix()
        mirror = root / "tests" / "unit" / folder / f"test_{path.stem.strip('_')}.py"
        if path.name != "__init__.py" and not mirror.exists():
            modules.setdefault(folder, set()).add(path.stem)
    return modules


@pytest.fixture(scope="session")
def elsewhere(root: Path) -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((root / "tests" / "unit" / "elsewhere.toml").read_text(encoding="utf-8"))


def test_every_module_has_a_mirror_or_is_listed(
    root: Path, elsewhere: dict[str, dict[str, list[str]]]
) -> None:
    listed = {folder: set(entry["modules"]) for folder, entry in elsewhere.items()}
    assert listed == unmirrored(root)


def test_the_suites_that_cover_the_others_are_there(
    root: Path, elsewhere: dict[str, dict[str, list[str]]]
) -> None:
    for folder, entry in elsewhere.items():
        assert entry["suites"], folder
        assert [suite for suite in entry["suites"] if not (root / suite).exists()] == [], folder


def test_kernels_have_a_mutant(elsewhere: dict[str, dict[str, list[str]]]) -> None:
    """`agree` holds kernels; a mutant shows that it notices."""
    mutated = {mutant.file for mutant in all_mutants()}
    for folder in KERNELS:
        listed = {f"{folder}/{name}.py" for name in elsewhere[folder]["modules"]}
        assert listed - mutated == set()
