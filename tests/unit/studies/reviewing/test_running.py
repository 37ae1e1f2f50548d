from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.unit.studies.reviewing.cases import written
from wavetank.studies.cells import CellStore
from wavetank.studies.reviewing.planning import Planner
from wavetank.studies.reviewing.questions import Question
from wavetank.studies.reviewing.reading import read_decisions
from wavetank.studies.reviewing.running import Runner, seeded
from wavetank.studies.simulate import Share


@pytest.fixture
def questions(tmp_path: Path) -> tuple[Question, ...]:
    return Planner().plan(read_decisions([written(tmp_path)])).questions


def test_a_second_review_simulates_nothing(questions: tuple[Question, ...], tmp_path: Path) -> None:
    store = CellStore(tmp_path / "cells")
    first = Runner(store, workers=1)
    answers = first.answers(questions)
    # 2 to 8 seeds of five designs; claims on one situation share theirs
    assert first.simulated == len(store.keys()) < sum(len(each.samples) for each in answers)
    again = Runner(store, workers=1)
    assert [each.judgement for each in again.answers(questions)] == [each.judgement for each in answers]
    assert again.simulated == 0


def test_an_interrupted_review_goes_on(questions: tuple[Question, ...], tmp_path: Path) -> None:
    """It is stopped in the middle of a round; what is on disk is not done again."""
    store = CellStore(tmp_path / "cells")

    def stop(shares: object) -> None:
        if len(store.keys()) >= 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Runner(store, workers=1, progress=stop).answers(questions)
    done = len(store.keys())
    rest = Runner(store, workers=1)
    answers = rest.answers(questions)
    whole = Runner(None, workers=1)
    assert [each.judgement for each in whole.answers(questions)] == [each.judgement for each in answers]
    assert whole.simulated == len(store.keys()) > done
    assert rest.simulated <= whole.simulated


def test_a_budget_ends_it_between_two_pieces_of_work(questions: tuple[Question, ...]) -> None:
    spent = Runner(None, workers=1, budget_s=0.0)
    assert [(each.finished, each.judgement) for each in spent.answers(questions)] == [(False, None)] * 7
    assert spent.simulated == 0


def test_what_is_there_is_used_without_a_budget(questions: tuple[Question, ...], tmp_path: Path) -> None:
    store = CellStore(tmp_path / "cells")
    whole = Runner(store, workers=1).answers(questions)
    spent = Runner(store, workers=1, budget_s=0.0)
    assert [each.judgement for each in spent.answers(questions)] == [each.judgement for each in whole]
    for cell in sorted(store.keys())[::2]:
        store.path(cell).unlink()
    partly = Runner(store, workers=1, budget_s=0.0)
    answers = partly.answers(questions)
    assert partly.simulated == 0
    for answer, all_of_it in zip(answers, whole, strict=True):
        assert answer.samples == all_of_it.samples[: len(answer.samples)]


def test_a_claim_may_have_a_budget_of_its_own(tmp_path: Path) -> None:
    file = written(tmp_path, ('max = "2%"', 'max = "2%"\nbudget = "1s"'))
    questions = Planner().plan(read_decisions([file])).questions
    ticks = iter(range(0, 10_000_000, 10_000))  # each look at the clock costs hours
    answers = Runner(None, workers=1, clock=lambda: float(next(ticks))).answers(questions)
    finished = {each.question.place[1:4]: each.finished for each in answers}
    assert finished["back", "one", ""]
    mean = next(each for each in answers if each.question.place[1:3] == ("busy", "one"))
    assert mean.finished  # a mean takes all its runs at once
    assert len(mean.samples) == 8


def test_compared_options_have_the_same_seeds(questions: tuple[Question, ...]) -> None:
    ratio = next(question for question in questions if question.rule.than)
    own, other = seeded(ratio, 3)
    assert own.resolved.seed == other.resolved.seed != ratio.scenario.spec.seed
    assert own.resolved.server.cores == 1 != other.resolved.server.cores


def test_the_progress_says_how_many_claims_are_decided(questions: tuple[Question, ...]) -> None:
    titles: list[str] = []

    def watch(shares: Sequence[Share]) -> None:
        titles.extend(share.title for share in shares)

    Runner(None, workers=1, progress=watch).answers(questions)
    assert titles[0] == "0 of 7 claims"
    assert titles[-1] != titles[0]
