"""The check of `make lint` that every number of a module says why it has its value."""

from pathlib import Path

import pytest

from tests.lint.numbers import main, silent

SAYS = """
A = 1  # a reason

# A reason.
B = 2
C = 3

D = 4
"A reason."

E = "text"
F = (E, 5)


def f():
    g = 6
    return g
"""


def test_the_sources_say_why() -> None:
    assert main([]) == 0


def test_reasons_stand_beside_above_and_below(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(SAYS)
    assert list(silent(tmp_path / "m.py")) == []


@pytest.mark.parametrize(
    "number",
    ["A = 1", "A: int = 1", "A = -1.5", "A = 1 << 20", "A, B = 1, 2", "A = [1, 2]", "A = 60 * 10**9"],
)
def test_number_without_a_reason_is_named(
    number: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "m.py").write_text(f'"""A module."""\n\n{number}\n\nB = "text"\n')
    assert main([str(tmp_path)]) == 1
    assert "m.py:3: " in capsys.readouterr().out
