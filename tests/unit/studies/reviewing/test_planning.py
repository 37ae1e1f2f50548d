from pathlib import Path

import pytest

from tests.unit.studies.reviewing.cases import written
from wavetank.errors import UnsupportedByEngine
from wavetank.scenario.resolved import Resolved
from wavetank.scenario.schema.leaf import Misfit
from wavetank.studies.cells import CellTask
from wavetank.studies.reviewing import questions
from wavetank.studies.reviewing.facts import Fact
from wavetank.studies.reviewing.planning import Plan, Planner
from wavetank.studies.reviewing.questions import Place
from wavetank.studies.reviewing.reading import read_decisions


def planned(file: Path) -> Plan:
    return Planner().plan(read_decisions([file]))


def test_every_claim_of_every_option_is_asked(tmp_path: Path) -> None:
    plan = planned(written(tmp_path))
    places = [question.place for question in plan.questions]
    assert places == [
        Place("small", "back", "one"),
        Place("small", "back", "two"),
        Place("small", "busy", "one"),
        Place("small", "busy", "two"),
        Place("small", "ratio", "one"),
        Place("small", "back", "two", "fault.0.down=2s"),
        Place("small", "back", "two", "fault.0.down=12s"),
    ]
    assert [asked.place.option for asked in plan.facts] == ["one", "two"]


def test_the_later_goes_over_the_earlier(tmp_path: Path) -> None:
    """Base, option, situation, flip."""
    file = written(
        tmp_path,
        ('set = ["server.cores=1"]', 'set = ["server.cores=1", "duration=95s"]'),
        ('set = ["fault=[]"]', 'set = ["fault=[]", "duration=99s"]'),
    )
    by_place = {question.place[1:4]: question.scenario.spec for question in planned(file).questions}
    assert by_place["back", "two", ""].duration == 70 * 10**9
    assert by_place["back", "one", ""].duration == 95 * 10**9
    assert by_place["busy", "one", ""].duration == 99 * 10**9
    assert (by_place["busy", "one", ""].server.cores, by_place["busy", "two", ""].server.cores) == (1, 2)
    assert by_place["back", "two", "fault.0.down=12s"].fault[0].down == 12 * 10**9


def test_the_chosen_option_of_an_accepted_decision_decides(tmp_path: Path) -> None:
    gating = {question.place[1:] for question in planned(written(tmp_path)).questions if question.gating}
    assert gating == {("back", "two", "", ""), ("busy", "two", "", "")}
    proposed = written(tmp_path, ('status = "accepted"', 'status = "proposed"'))
    assert not [question for question in planned(proposed).questions if question.gating]
    said = written(tmp_path, ("factor = 1.5", 'factor = 1.5\ngate = true\noptions = ["one"]'))
    assert ("ratio", "one") in {q.place[1:3] for q in planned(said).questions if q.gating}


def test_claims_on_one_situation_share_their_runs(tmp_path: Path) -> None:
    by_place = {question.place[1:4]: question for question in planned(written(tmp_path)).questions}
    busy, ratio = by_place["busy", "one", ""], by_place["ratio", "one", ""]
    assert busy.task is not None
    assert busy.task == ratio.task
    assert ratio.other == by_place["busy", "two", ""].task
    assert busy.task.resolved.objectives == ()


def test_an_echo_that_the_run_does_not_cover_cannot_be_judged(tmp_path: Path) -> None:
    change = ('metric = "recovery"\nmax = "20s"', 'metric = "echo_backlog_max_ratio"\nmax = 1.5')
    covered = planned(written(tmp_path, change)).questions[0]
    assert covered.why_not == ""
    longer = written(tmp_path, change, ("auth.ttl=30s", "auth.ttl=80s"))
    assert "tokens live 1 min 20 s and the run ends" in planned(longer).questions[0].why_not


def test_an_engine_that_cannot_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(resolved: Resolved, engine: str | None) -> CellTask:
        raise UnsupportedByEngine("slow", "auth.ttl")

    monkeypatch.setattr(questions, "cell_task", refuse)
    first = planned(written(tmp_path)).questions[0]
    assert first.task is None
    assert first.why_not.startswith("engine slow cannot honour auth.ttl")


def test_facts_may_come_from_elsewhere(tmp_path: Path) -> None:
    def read(name: str, library: str) -> Fact | None:
        if library == "b":
            raise Misfit("b was not measured")
        return Fact(2.5, "number", "a card") if name == "library.size" else None

    file = written(
        tmp_path,
        ('fact = "auth.ttl"\nmax = "1min"', 'fact = "library.size"\nmax = 3'),
        ('title = "One core"', 'title = "One core"\nlibrary = "a"'),
        ('title = "Two cores"', 'title = "Two cores"\nlibrary = "b"'),
    )
    read_one, read_two = Planner(reader=read).plan(read_decisions([file])).facts
    assert (read_one.fact, read_one.limit, read_one.why_not) == (Fact(2.5, "number", "a card"), 3.0, "")
    assert (read_two.fact, read_two.why_not) == (None, "b was not measured")
