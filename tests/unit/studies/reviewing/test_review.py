import datetime
import json
from pathlib import Path

import pytest

from tests.unit.studies.reviewing.cases import written
from wavetank.studies.reviewing import Review, read_review, review
from wavetank.studies.reviewing.folder import write
from wavetank.studies.reviewing.notes import failing_rows, open_rows
from wavetank.studies.reviewing.reading import read_decisions
from wavetank.studies.reviewing.record import ReviewError, RowRecord, review_schema
from wavetank.studies.reviewing.review import overdue, remarks


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cells")


def reviewed(folder: Path, cache: Path, *changes: tuple[str, str]) -> Review:
    return review([written(folder, *changes)], cache=cache, workers=1)


def row(made: Review, claim: str, option: str) -> RowRecord:
    record = made.decisions[0].row(claim, option)
    assert record is not None
    return record


def test_all_outcomes_of_a_small_decision(tmp_path: Path, cache: Path) -> None:
    made = reviewed(tmp_path, cache)
    assert {(each.claim, each.option): each.verdict for each in made.decisions[0].rows} == {
        ("back", "one"): "holds",
        ("back", "two"): "holds",
        ("busy", "one"): "fails",
        ("busy", "two"): "holds",
        ("ratio", "one"): "holds",
        ("ttl", "one"): "holds",
        ("ttl", "two"): "holds",
    }
    assert (failing_rows(made), open_rows(made), len(made.gating)) == ([], [], 3)
    busy = row(made, "busy", "one")
    assert busy.mean is not None
    assert busy.limit == 0.02
    assert busy.mean == pytest.approx(2 * (row(made, "busy", "two").mean or 0), rel=0.05)
    assert made.decisions[0].notes[0] == "The claim back holds for every option, so it separates nothing."
    assert [each.value for each in made.decisions[0].flips[0].rows] == ["fault.0.down=2s", "fault.0.down=12s"]
    assert made.decisions[0].claims[0].text == "Back within 20s"
    assert row(made, "back", "two").command.startswith("wavetank run ../storm.toml --set duration=70s")


@pytest.mark.parametrize(
    ("before", "after", "claim", "verdict"),
    [
        ('max = "20s"', 'max = "1ms"', "back", "fails"),
        ('max = "2%"', 'max = "0.5%"', "busy", "fails"),
        ('max = "1min"', 'max = "29s"', "ttl", "fails"),
        ('metric = "recovery"', 'metric = "command_latency_p99"', "back", "not runnable"),
    ],
)
def test_a_claim_that_is_turned_follows(
    tmp_path: Path, cache: Path, before: str, after: str, claim: str, verdict: str
) -> None:
    made = reviewed(tmp_path, cache, (before, after))
    assert row(made, claim, "two").verdict == verdict


def test_another_limit_simulates_nothing(tmp_path: Path, cache: Path) -> None:
    reviewed(tmp_path, cache)
    there = set(cache.rglob("*.gz"))
    reviewed(tmp_path, cache, ('max = "2%"', 'max = "0.5%"'))
    assert set(cache.rglob("*.gz")) == there


def test_few_seeds_leave_it_undecided(tmp_path: Path, cache: Path) -> None:
    made = review([written(tmp_path)], cache=cache, workers=1, seeds=2)
    back = row(made, "back", "two")
    assert (back.verdict, back.runs, back.needed) == ("undecided", 2, 4)


def test_a_review_can_be_saved_and_read(tmp_path: Path, cache: Path) -> None:
    made = reviewed(tmp_path, cache)
    file = write(made, tmp_path)
    assert read_review(tmp_path) == made == read_review(file)
    assert set(json.loads(file.read_text())) == set(review_schema()["properties"])
    assert str(tmp_path) not in file.read_text()
    assert reviewed(tmp_path, cache).digest == made.digest
    file.write_text(file.read_text().replace('"holds"', '"is fine"'))
    with pytest.raises(ReviewError, match=r"this is no review\.json of this version: decisions"):
        read_review(file)
    with pytest.raises(ReviewError, match="there is no review"):
        read_review(tmp_path / "nothing.json")


def test_what_may_be_meant_otherwise(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        ("At most {max} busy", "At most 6 % busy"),
        ("date = 2026-11-30", "date = 2026-11-30\nreview_by = 2027-05-31"),
    )
    loaded = read_decisions([file])
    (remark,) = remarks(loaded)
    assert str(remark).startswith(f"{file}:34:8: claim.1.text: the text holds a number that is not checked")
    assert overdue(loaded, datetime.date(2027, 5, 31)) == []
    (late,) = overdue(loaded, datetime.date(2027, 6, 1))
    assert str(late) == f"{file}:7:13: review_by: small was to be looked at again by this day"
