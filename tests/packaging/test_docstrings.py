"""The checks of `make lint` on docstrings: how they begin, and what a module says of itself."""

from pathlib import Path

import pytest

from tests.lint.docstrings import EXPLAINED, ROOT, main, riddles, unexplained

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


BODY = "A run is judged.\n\nIt holds no clock.\nThe rule is in the docs."


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("Judge a run.", 1),
        ("Judge a run.\n\nIt is over.", 2),
        (BODY + "\nLine." * 8, 11),
        ("Judge a run.\n\nReferences\n----------\nA. Author, 1970.\nB. Author, 1999.", 1),
    ],
)
def test_module_that_opens_with_too_little_or_too_much_is_named(
    text: str, count: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "m.py").write_text(f'"""{text}\n"""\n' if text else "A = 1\n")
    assert main([str(tmp_path)]) == 1
    assert f"m.py:1: the module opens with {count} lines" in capsys.readouterr().out


@pytest.mark.parametrize("text", [BODY, BODY + "\n\nReferences\n----------\n" + "A. Author, 1970.\n" * 9])
def test_module_that_explains_itself_is_not_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(f'"""{text}\n"""\n')
    assert list(unexplained(tmp_path / "m.py")) == []


def test_every_folder_that_must_explain_itself_is_there() -> None:
    for name in EXPLAINED:
        assert list((ROOT / "sim" / "wavetank" / name).rglob("*.py")), name
