from pathlib import Path

from wavetank.scenario import KINDS, list_entries
from wavetank.studies.entries import catalogue


def test_every_kind_of_entry_in_one_table() -> None:
    entries = catalogue()
    assert {entry.kind for entry in entries} >= {"scenarios", "fleets", "servers"}
    assert list(entries) == [entry for kind in KINDS for entry in list_entries(kind)]


def test_own_catalogue_is_there_too(tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "mine.toml").write_text("")
    assert "mine" in {entry.name for entry in catalogue(tmp_path)}
    assert len(catalogue(str(tmp_path))) == len(catalogue()) + 1
