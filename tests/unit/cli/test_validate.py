from pathlib import Path

from tests.unit.cli.conftest import Ask
from tests.unit.validation.cases import TABLE


def test_the_answer_the_rows_and_why(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(TABLE)
    said = ask("validate", "--table", file, "--engine", "reference")
    assert (said.status, said.err) == (1, "")
    assert said.out.startswith("A closed queue\nSource: worked out by hand\n2 of 3 predicted figures")
    assert "Missed: 2 cores (+25 %): The measured cores share a cache." in said.out
    near = TABLE.replace("measured = 160", "measured = 195")
    file.write_text(near)
    said = ask("validate", "--table", file, "--engine", "reference", "--json")
    assert (said.status, said.json["tables"][0]["holds"]) == (0, True)


def test_without_a_table_it_names_them(ask: Ask) -> None:
    said = ask("validate")
    assert said.status == 2
    assert "--table is missing" in said.err
    assert "nginx-https-2017" in said.err
