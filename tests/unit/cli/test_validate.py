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


def test_the_tier_cost_needs_a_folder_of_its_own(ask: Ask, tmp_path: Path) -> None:
    for words in (("--tier", "cost"), ("--tier", "cost", "--table", "x", "--out", tmp_path)):
        said = ask("validate", *words)
        assert (said.status, "--tier cost takes no --table and needs --out" in said.err) == (2, True)
    assert "--out goes with --tier cost" in ask("validate", "--table", "x", "--out", tmp_path).err
    (tmp_path / "seal.txt").write_text("")
    said = ask("validate", "--tier", "cost", "--out", tmp_path)
    assert (said.status, "give another folder" in said.err) == (2, True)
