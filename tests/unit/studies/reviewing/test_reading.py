from pathlib import Path

import pytest

from tests.unit.studies.reviewing.cases import written
from wavetank.errors import ScenarioError
from wavetank.studies.reviewing.planning import Planner
from wavetank.studies.reviewing.reading import default_folder, read_decisions

FLIP = 'values = ["2s", "12s"]'


def test_the_catalogue_has_decisions_that_are_right() -> None:
    loaded = read_decisions()
    assert {"token-lifetime", "retry-after-restart"} <= {each.spec.id for each in loaded}
    assert default_folder().name == "decisions"


def test_a_folder_is_read_by_name_and_only_what_is_wanted(tmp_path: Path) -> None:
    written(tmp_path)
    folder = written(tmp_path, ('id = "small"', 'id = "another"'), name="another").parent
    assert [each.spec.id for each in read_decisions([folder])] == ["another", "small"]
    assert [each.spec.id for each in read_decisions([folder], only=["small"])] == ["small"]
    with pytest.raises(ScenarioError, match="--only:1:1: there is no decision large; known: another, small"):
        read_decisions([folder], only=["large"])


def test_a_folder_without_decisions_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="no decision in this folder; wavetank review init"):
        read_decisions([tmp_path])


MISTAKES = [
    ('id = "small"', 'id = "large"', "3:6: id: the file is called small.toml"),
    ('status = "accepted"', 'status = "agreed"', '5:10: status: "agreed" is not known'),
    ("date = 2026-11-30", 'date = "today"', '6:8: date: "today" is not a day'),
    ('chosen = "two"', 'chosen = "tow"', '7:10: chosen: "tow" is no option of this decision; did you mean'),
    ('chosen = "two"\n', "", "1:1: the key chosen is missing"),
    ('situation = "restart"\n', 'situation = "crash"\n', '28:13: claim.0.situation: "crash" is no situation'),
    ('situation = "restart"\n', "", "25:3: claim.0: the key situation is missing"),
    ('max = "20s"', "", "25:3: claim.0: there is no limit; write exactly one of max, min and than"),
    ('max = "20s"', 'max = "20s"\nmin = "1s"', "25:3: claim.0: max and min are given"),
    ('max = "20s"', 'max = "20%"', "30:7: claim.0.max:"),
    ("within {max}", "within {min}", "27:8: claim.0.text: {min} stands in the text, and there"),
    ('metric = "recovery"', 'metric = "recovry"', '29:10: claim.0.metric: "recovry" is no metric; did'),
    ('metric = "recovery"', 'metric = "recovery"\nwindow = "during"', "29:10: claim.0.metric:"),
    ('fact = "auth.ttl"', 'fact = "auth.tll"', '47:8: claim.3.fact: "auth.tll" is no fact; did'),
    ('fact = "auth.ttl"', 'fact = "auth.ttl"\nmetric = "recovery"', "44:3: claim.3: metric and fact are"),
    ("factor = 1.5", "", "42:8: claim.2.than: the key factor is missing"),
    ('max = "2%"', 'max = "2%"\nfactor = 2.0', "37:10: claim.1.factor: a factor goes with than"),
    ('claim = "back"', 'claim = "bak"', '50:9: flip.0.claim: "bak" is no claim of this decision'),
    (FLIP, "values = []", "53:10: flip.0.values: there are no values"),
    ('set = ["server.cores=1"]', 'set = ["server.core=1"]', "14:16: unknown key server.core; did you"),
    ('set = ["fault=[]"]', 'set = ["fault=[]", "fleet.agents=0"]', "19:34: fleet.agents: 0 is out of range"),
    (FLIP, 'values = ["2s", "two"]', '53:30: fault.0.down: "two"'),
    ('situation = "restart"\n', 'situation = "calm"\n', "29:10: claim.0.metric: its situation has no fault"),
    ('max = "20s"', 'max = "10min"', "30:7: claim.0.max: the run of 1 min 10 s ends too early"),
    ('[option.two]\ntitle = "Two cores"', "", "12:2: option: a decision needs two options at least"),
    ('fact = "auth.ttl"', 'colour = "red"\nfact = "auth.ttl"', "47:1: unknown key claim.3.colour"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "message"), MISTAKES)
def test_every_mistake_has_its_place(tmp_path: Path, before: str, after: str, message: str) -> None:
    file = written(tmp_path, (before, after))
    with pytest.raises(ScenarioError) as caught:
        Planner().plan(read_decisions([file]))
    assert any(str(error).startswith(f"{file}:{message}") for error in caught.value.errors), caught.value


def test_the_mistakes_of_all_files_come_at_once(tmp_path: Path) -> None:
    written(tmp_path, ('chosen = "two"', 'chosen = "tow"'), ('max = "20s"', 'max = "20%"'))
    folder = written(tmp_path, ("format = 1", "format = 2"), name="another").parent
    with pytest.raises(ScenarioError) as caught:
        read_decisions([folder])
    places = [str(error).removeprefix(f"{folder}/")[:14] for error in caught.value.errors]
    assert places == ["another.toml:2", "small.toml:7:1", "small.toml:30:"]


def test_a_run_that_is_too_short_is_told_once(tmp_path: Path) -> None:
    file = written(tmp_path, ('max = "20s"', 'max = "10min"'))
    with pytest.raises(ScenarioError) as caught:
        Planner().plan(read_decisions([file]))
    assert len(caught.value.errors) == 1


def test_two_files_cannot_have_one_id(tmp_path: Path) -> None:
    file = written(tmp_path)
    (tmp_path / "more").mkdir()
    second = written(tmp_path / "more")
    with pytest.raises(ScenarioError, match="has this id, too; rename one"):
        read_decisions([file, second])
