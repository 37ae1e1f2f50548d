"""The files and members that CONTRIBUTING.md sends people to exist."""

import re
from pathlib import Path

import pytest

QUOTED = re.compile(r"`([A-Za-z_./-]+)`")
SUFFIXES = (".py", ".md", ".toml", ".json", "/")


def recipes(root: Path) -> dict[str, str]:
    """The text of each recipe by its title."""
    text = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    adding = text.partition("## Adding\n")[2].partition("\n## ")[0]
    parts = re.split(r"^\*\*(.+?)\.\*\*", adding, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def named_files(text: str) -> list[str]:
    """The quoted words of a text that look like a file or a folder."""
    words = QUOTED.findall(text)
    return [word for word in words if "/" in word and (word.endswith(SUFFIXES) or word.startswith("tests/"))]


def is_there(root: Path, name: str) -> bool:
    return (root / name).exists() or (root / "sim" / "wavetank" / name).exists()


def test_every_file_is_there(root: Path) -> None:
    text = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert [name for name in named_files(text) if not is_there(root, name)] == []


@pytest.mark.parametrize(
    ("recipe", "least"),
    [
        ("A backoff law", 8), ("A balancer", 7), ("A fault", 14), ("A metric", 9), ("An objective", 3),
        ("A transport of the agent", 7), ("A key of the scenario", 4),
    ],
)  # fmt: skip
def test_recipes_name_their_files(root: Path, recipe: str, least: int) -> None:
    assert len(set(named_files(recipes(root)[recipe]))) >= least


def test_members_are_where_a_recipe_says(root: Path) -> None:
    """`policy/codes.py`: a member at the end of `BackoffLaw`: the file knows that name."""
    for title, text in recipes(root).items():
        for line in re.split(r"\n\d\. |; |\. ", text):
            files = [name for name in named_files(line) if name.endswith(".py")]
            names = [name for name in QUOTED.findall(line) if re.fullmatch(r"_?[A-Z][A-Za-z_]+", name)]
            sources = [(root / "sim" / "wavetank" / name).read_text("utf-8") for name in files if
                       (root / "sim" / "wavetank" / name).exists()]  # fmt: skip
            if sources:
                missing = [name for name in names if not any(name in source for source in sources)]
                assert missing == [], title
