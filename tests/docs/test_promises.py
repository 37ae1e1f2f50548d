"""The pages that name tests: each is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("page", ["agent.md", "server.md", "delivery.md"])
def test_every_test_that_it_names_is_there(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    sources = {path: path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")}
    named = re.findall(r"`((?:tests/[\w/]+/)?)(test_\w+)(\.py)?`", text)
    assert len(named) > 8
    for folder, name, suffix in named:
        if suffix:
            there = any(str(path.relative_to(ROOT)).endswith(f"{folder}{name}.py") for path in sources)
        else:
            there = any(f"def {name}(" in source for source in sources.values())
        assert there, f"{folder}{name}"
