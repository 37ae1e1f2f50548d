import json
import re
from pathlib import Path

import pandas
import pytest

from tests.unit.studies.cases import scenario
from wavetank.results.store import ResultError
from wavetank.studies.sweeping import Sweep, folder
from wavetank.studies.sweeping.axes import axes_of
from wavetank.studies.sweeping.points import BadSweep


def test_shards_by_their_text() -> None:
    assert folder.part_of("1/1") == (1, 1)
    assert folder.part_of(" 2/8 ") == (2, 8)


@pytest.mark.parametrize("text", ["3/2", "0/2", "1", "1/0", "a/b", "1/2/3", "-1/2", ""])
def test_a_shard_that_is_none_is_named(text: str) -> None:
    with pytest.raises(
        BadSweep, match=re.escape(f'shard "{text}": write I/N with I from 1 to N, such as 2/8')
    ):
        folder.part_of(text)


def test_the_folder_says_what_is_varied(tmp_path: Path) -> None:
    axes = axes_of(["server.cores=1,2", "auth.ttl=5min..1440min"])
    folder.prepare(tmp_path / "new", scenario(), axes, 3, 7)
    parsed = json.loads((tmp_path / "new" / "sweep.json").read_text())
    assert parsed == {
        "scenario": "queue",
        "vary": {"server.cores": ["1", "2"], "auth.ttl": "5min..1440min"},
        "replications": 3,
        "seed": 7,
    }
    folder.prepare(tmp_path / "new", scenario(), axes, 4, 7)


def test_the_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file"):
        with pytest.raises(ResultError, match="there is something else already; name another folder"):
            folder.prepare(path, scenario(), (), 1, 1)
    with pytest.raises(ResultError, match="cannot be written"):
        folder.prepare(tmp_path / "file" / "below", scenario(), (), 1, 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "thesis.tex"]


def test_the_table_is_the_same_in_both_formats(tmp_path: Path, plain: Sweep) -> None:
    folder.write_table(plain, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["table.csv", "table.parquet"]
    parquet = pandas.read_parquet(tmp_path / "table.parquet")
    csv = pandas.read_csv(tmp_path / "table.csv", keep_default_na=False, dtype=str)
    assert list(csv.columns) == list(parquet.columns)
    assert csv["hash"].tolist() == parquet["hash"].tolist()
    assert [float(text) for text in csv["event_latency_p99_s"]] == parquet["event_latency_p99_s"].tolist()


def test_without_parquet_there_is_the_csv_and_a_message(
    tmp_path: Path, plain: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object, **__: object) -> None:
        raise ImportError("no pyarrow")

    monkeypatch.setattr(pandas.DataFrame, "to_parquet", missing)
    with pytest.raises(
        ResultError, match=r"cannot write Parquet here \(no pyarrow\); table.csv has the whole"
    ):
        folder.write_table(plain, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]
