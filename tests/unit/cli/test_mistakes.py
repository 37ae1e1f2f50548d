"""Every mistake is one line on standard error, and the exit status is 2."""

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Ask
from tests.unit.scenario.test_gathering import FOUR
from wavetank.errors import ScenarioError
from wavetank.scenario import load


def test_command_has_a_line_for_each(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "four.toml"
    file.write_text(FOUR)
    status, out, said = ask("check", file)
    assert (status, out) == (2, "")
    assert [line.startswith(f"wavetank: {file}:") for line in said.splitlines()] == [True] * 4


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "\ufeff"])
def test_empty_file_is_no_scenario(ask: Ask, tmp_path: Path, text: str) -> None:
    file = tmp_path / "empty.toml"
    file.write_text(text)
    for words in (["run", file], ["check", file], ["compare", file, "mm4"]):
        assert ask(*words) == (
            2,
            "",
            f"wavetank: {file}:1:1: the file is empty; "
            'write a scenario, which may be no more than extends = "NAME"\n',
        )
    heir = tmp_path / "heir.toml"
    heir.write_text('extends = "./empty.toml"\n')
    with pytest.raises(ScenarioError, match="the file is empty"):
        load(heir)
