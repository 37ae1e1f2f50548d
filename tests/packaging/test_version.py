"""The version stands in pyproject.toml; everything else asks for it."""

import re
import tomllib
from pathlib import Path

FREE_TEXT = ("CHANGELOG.md", "constraints.txt")
"""A heading for each release; versions of others."""


def version_of(root: Path) -> str:
    version: str = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    return version


def test_the_version_is_in_one_place(root: Path) -> None:
    version = version_of(root)
    texts = [*root.glob("*.md"), *root.glob("*.cff"), *root.glob("Makefile"), *(root / "sim").rglob("*.py")]
    wholly = re.compile(rf"(?<![\d.]){re.escape(version)}(?![\d.])")
    again = [
        path.relative_to(root).as_posix()
        for path in texts
        if path.name not in FREE_TEXT and wholly.search(path.read_text(encoding="utf-8"))
    ]
    assert again == []


def test_the_changelog_begins_with_this_version(root: Path) -> None:
    lines = (root / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    first = next(line for line in lines if line.startswith("## "))
    assert first.split()[1] == version_of(root)


def test_the_citation_is_complete_and_names_no_version(root: Path) -> None:
    text = (root / "CITATION.cff").read_text(encoding="utf-8")
    keys = {line.partition(":")[0] for line in text.splitlines() if line[:1].isalpha()}
    assert {"cff-version", "message", "title", "authors", "license", "type"} <= keys
    assert not {"version", "date-released"} & keys


def test_nothing_is_installed_from_an_index_by_our_name(root: Path) -> None:
    """wavetank is on no package index: another project could take the name."""
    texts = [root / "README.md", *(root / "docs").glob("*.md"), *(root / "sim").rglob("*.py")]
    assert [path.name for path in texts if "install 'wavetank" in path.read_text(encoding="utf-8")] == []
