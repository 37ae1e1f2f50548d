from pathlib import Path

import pytest

from tests.unit.validation.cases import TABLE
from wavetank.errors import ScenarioError
from wavetank.validation.measurements import list_measurements, load_measurements


def mistakes(folder: Path, text: str) -> list[str]:
    file = folder / "t.toml"
    file.write_text(text)
    with pytest.raises(ScenarioError) as caught:
        load_measurements(file)
    return [str(error).removeprefix(f"{folder}/") for error in caught.value.errors]


def test_rows_have_the_scenario_with_their_settings(tmp_path: Path) -> None:
    (tmp_path / "measurements").mkdir()
    (tmp_path / "measurements" / "mine.toml").write_text(TABLE)
    table = load_measurements("mine", tmp_path)
    assert [case.spec.server.cores for case in table.cases] == [1, 2, 2, 1]
    assert table.id == "mine"


@pytest.mark.parametrize("path", list_measurements(), ids=lambda path: path.stem)
def test_tables_of_the_catalogue_load(path: Path) -> None:
    table = load_measurements(path.stem)
    assert table.spec.source
    # Every row beyond its aim says why, so that nobody has to guess: held in tests/docs/test_validation.py.
    assert any(row.use == "calibrates" for row in table.spec.row)


def test_every_mistake_has_its_place(tmp_path: Path) -> None:
    bad = TABLE.replace('"goodput_per_s"\nmeasured = 100', '"goodputt"\nmeasured = "100"')
    assert mistakes(tmp_path, bad) == [
        't.toml:14:10: row.0.metric: "goodputt" is no metric; did you mean goodput_per_s?',
        't.toml:15:12: row.0.measured: "100" is not a number; write a number from 1e-12 to 1e+15',
    ]


def test_mistakes_in_scenario_and_settings_are_placed_in_the_file(tmp_path: Path) -> None:
    assert mistakes(tmp_path, TABLE.replace("cores = 1,", "coors = 1,")) == [
        "t.toml:10:12: unknown key server.coors; did you mean cores?"
    ]
    assert mistakes(tmp_path, TABLE.replace('"server.workers=2"]\ncause', '"server.workrs=2"]\ncause')) == [
        "t.toml:23:34: unknown key server.workrs; did you mean workers?"
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('assumed = ["Nothing."]', 'assumed = "x"', '3:11: assumed: "x" is not a list; write ["..."]'),
        ('assumed = ["Nothing."]', "assumed = [1]", "3:12: assumed.0: 1 is not a text of 1 to 2000"),
        ('"2 cores"', '"1 core"', 'the row "1 core" is there twice; rename one'),
        ('measured = 100\n', 'measured = 100\nbound = "at-most"\n', "a bound calibrates nothing"),
        ('use = "predicted"', 'use = "calibrates"', "a bound calibrates nothing"),
        ("source = ", "sauce = ", "unknown key sauce; did you mean source?"),
    ],
)  # fmt: skip
def test_other_mistakes(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in "\n".join(mistakes(tmp_path, TABLE.replace(old, new)))


def test_a_table_without_a_prediction_is_none(tmp_path: Path) -> None:
    text = TABLE.replace('bound = "at-least"\n', "").replace('"predicted"', '"calibrates"')
    assert "no row is predicted" in mistakes(tmp_path, text)[0]


def test_an_unknown_name_says_what_there_is() -> None:
    with pytest.raises(ScenarioError, match="did you mean icinga-reconnect"):
        load_measurements("icinga-reconect")
