from dataclasses import replace

import pytest

from tests.unit.studies.judged_results import TOKENS, back, echoing, result_of, trapped
from wavetank.face.report.designs import designs_of
from wavetank.face.report.echoes import token_life_s, told
from wavetank.results.judge.statements import Kind
from wavetank.results.judge.verdict import Verdict
from wavetank.results.result import Result
from wavetank.studies.comparison import Comparison


def surging(verdict: Verdict) -> Result:
    """The result of a run whose logins rise after its fault."""
    result = result_of(verdict, toml=TOKENS)
    logins = [0] * len(result.columns["t_s"])
    logins[len(logins) // 2] = 500
    return replace(result, columns={**result.columns, "logins": logins})


def renamed(kind: Kind) -> Verdict:
    verdict = echoing()
    return verdict._replace(
        statements=tuple(
            said._replace(kind=kind) if said.kind is Kind.ECHO else said for said in verdict.statements
        )
    )


def test_echoes_have_a_cause_a_remedy_and_a_row_each() -> None:
    steps = told(designs_of(result_of(echoing(), toml=TOKENS)))
    assert steps.heading == "Echoes"
    (sentence,) = steps.sentences
    assert "Tokens that are granted together expire together" in sentence
    assert "renew at once 15 s later" in sentence
    assert "auth.jitter" in sentence
    assert [row.name for row in steps.rows] == ["Echo", "Echo"]
    assert steps.rows[0].cells == ("0:40", "20 s", "4 s", "12.5 %", "75 %")
    assert steps.rows[1].cells == ("0:55", "35 s", "> 5 s", "-", "75 %")


def test_of_designs_each_row_says_whose_it_is() -> None:
    pair = Comparison(("a", "b"), (result_of(trapped()), result_of(echoing())))
    assert [row.name for row in told(designs_of(pair)).rows] == ["B: echo", "B: echo"]


@pytest.mark.parametrize(
    ("kind", "words"),
    [(Kind.RELAPSE, "look for another cause"), (Kind.LATER_WAVE, "cause of a later wave cannot be told")],
)
def test_what_is_no_echo_is_told_apart(kind: Kind, words: str) -> None:
    steps = told(designs_of(result_of(renamed(kind))))
    assert steps.heading == "Worse again"
    assert words in steps.sentences[0]
    assert not any("expire together" in sentence for sentence in steps.sentences)


def test_a_run_that_ends_before_its_tokens_expire_says_so() -> None:
    """It is back at 50 s of 60 s, and tokens live 15 s: the last of the first wave expire at 65 s."""
    steps = told(designs_of(surging(back(30.0))))
    assert steps.heading == "Echoes to come"
    assert "the run ends before they do. Run at least 1 min 5 s" in steps.sentences[0]


@pytest.mark.parametrize("result", [surging(back(5.0)), surging(trapped()), result_of(back(30.0))])
def test_no_section_without_anything_to_tell(result: Result) -> None:
    assert told(designs_of(result)) == ("", [], [])


def test_of_replications_the_table_is_of_the_first_run() -> None:
    assert told(designs_of(result_of(echoing(), back(5.0)))).sentences[-1] == "The table is of the first run."


def test_the_life_of_tokens_is_read_from_the_scenario() -> None:
    assert token_life_s(result_of(back(5.0), toml=TOKENS)) == 15.0
    assert token_life_s(result_of(back(5.0))) == 0.0
