"""The tool of `make mutants`: where a mistake goes, and what is said of those that were caught."""

from pathlib import Path

import pytest

from tests.mutants.mutant import PACKAGE, Misfit, Mutant, mutated
from tests.mutants.run import CAUGHT, HUNG, SURVIVED, report

SOURCE = """def f():
    x = 1
    return x


def g():
    x = 1
    x = 2
    x = 2
"""


def mutant(old: str, after: str = "", name: str = "m") -> Mutant:
    return Mutant(name, "nothing", "m.py", old, "x = 3", "tests/test_m.py", after)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / PACKAGE).mkdir(parents=True)
    (tmp_path / PACKAGE / "m.py").write_text(SOURCE)
    return tmp_path


@pytest.mark.parametrize(("after", "line"), [("def f", 1), ("def g", 6)])
def test_line_after_another_is_changed(after: str, line: int, tree: Path) -> None:
    lines = SOURCE.splitlines(keepends=True)
    lines[line] = "    x = 3\n"
    assert mutated(mutant("x = 1", after), tree) == "".join(lines)


@pytest.mark.parametrize(
    ("old", "after"),
    [("x = 1", ""), ("x = 4", ""), ("x = 2", "def f"), ("x = 2", "def g"), ("x = 2", "def ")],
)
def test_line_that_is_missing_or_not_the_only_one_is_a_misfit(old: str, after: str, tree: Path) -> None:
    with pytest.raises(Misfit, match=r"^m: m\.py has \d lines "):
        mutated(mutant(old, after), tree)


def test_report_says_which_tests_hung(capsys: pytest.CaptureFixture[str]) -> None:
    mutants = [mutant("x = 2", name=name) for name in "abcd"]
    fates = dict(zip(mutants, [(CAUGHT, ""), (HUNG, ""), (CAUGHT, "")], strict=False))
    assert report(mutants, fates, 120.0, 7.0) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:4]] == ["caught", "hung", "caught", "not"]
    assert lines[-1] == "3 of 3 mutants caught, 1 of them by a test that hung for 120 s, 1 not run, in 7 s"
    assert report(mutants, fates | {mutants[3]: (SURVIVED, "")}, 120.0, 7.0) == 1
