"""The check of `make lint` that a docstring begins with what the thing is or does."""

from pathlib import Path

import pytest

from tests.lint.docstrings import main, riddles

PLAIN = '''"""Whatever comes, this is plain."""

A = 1
"""The number of things. What follows is of no matter."""
TEXT = "What is a value is no docstring."


def f():
    """Return what is left."""
    return "What a value"
'''


def test_the_sources_begin_plainly() -> None:
    assert main([]) == 0


def test_what_is_no_docstring_or_comes_later_may_stay(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(PLAIN)
    assert list(riddles(tmp_path / "m.py")) == []


@pytest.mark.parametrize(
    "text",
    [
        'pass\n\n"""What it is."""',
        'class Box:\n\n    """What it is."""',
        'def f():\n\n    """What it returns."""',
        'async def f():\n\n    """\n    What it returns.\n    """',
        'A = 1\n\n"""What it counts."""',
    ],
)
def test_docstring_that_begins_with_what_is_named(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "m.py").write_text(text)
    assert main([str(tmp_path)]) == 1
    assert "m.py:3: " in capsys.readouterr().out
