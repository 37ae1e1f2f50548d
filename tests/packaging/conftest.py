"""A copy of the checkout, which tests may build, install and spoil."""

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = (".ci", "docs", "models", "notebooks", "reports", "sim", "tests", "uml")
FILES = (
    ".gitignore",
    "CHANGELOG.md",
    "CITATION.cff",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "constraints.txt",
    "pyproject.toml",
)


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout under test."""
    return ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A fresh copy of the checkout: the sources, the models and what is needed to build them."""
    copy = tmp_path / "checkout"
    copy.mkdir()
    for name in FILES:
        shutil.copy(ROOT / name, copy)
    leave_out = shutil.ignore_patterns("__pycache__", ".*_cache", "node_modules")
    for name in FOLDERS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=leave_out)
    return copy
