from pathlib import Path

from tests.unit.validation.cases import TABLE, foreign
from wavetank.validation.telling import causes, headline, lines_of, plain


def test_what_is_told_of_it(tmp_path: Path) -> None:
    answer = foreign(tmp_path)
    assert [line[-1] for line in lines_of(answer)] == ["calibrates", "OUTSIDE", "within", "within"]
    assert lines_of(answer)[2][1:5] == ("≥ 150/s", "200/s", "", "the bound")
    assert headline(answer).startswith(
        "2 of 3 predicted figures within the error aimed at, mean error 13.7 %"
    )
    assert causes(answer) == ["2 cores (+25 %): The measured cores share a cache."]
    assert [row["met"] for row in plain(answer)["rows"]] == [True, False, True, True]


def test_costs_that_are_not_the_rows_are_told_and_have_no_cause(tmp_path: Path) -> None:
    text = TABLE.replace("measured = 150", "measured = 250").replace("measured = 100", "measured = 102")
    answer = foreign(tmp_path, text)
    assert [line[-1] for line in lines_of(answer)][::2] == ["calibrates, NOT REPRODUCED", "OUTSIDE"]
    assert "1 core (-2 %): no cause is known" in causes(answer)
