"""The check of `make lint` that every local says what it holds."""

from pathlib import Path

import pytest

from tests.lint.locals import empty_names, main

SAYS = """
class Lottery(NamedTuple):
    found: int
    what: str = ""

    def of(self):
        return self.what, one.found, {"thing": 1}


def thing(number):
    return [node.one for node in number]
"""


def test_the_sources_say_what_they_hold() -> None:
    assert main([]) == 0


def test_fields_attributes_and_functions_may_be_called_so(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(SAYS)
    assert list(empty_names(tmp_path / "m.py")) == []


@pytest.mark.parametrize(
    "line",
    [
        "found = f()",
        "for one in f(): pass",
        "x = [one for one in f()]",
        "x, what = f()",
        "x = lambda thing: 0",
        "def f(one): pass",
        "def f(*, what=0): pass",
        "with f() as found: pass",
        "if found := f(): pass",
    ],
)
def test_local_with_an_empty_name_is_named(
    line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "m.py").write_text(f'"""A module."""\n\n{line}\n')
    assert main([str(tmp_path)]) == 1
    assert "m.py:3: " in capsys.readouterr().out
