from pathlib import Path

from tests.unit.validation.cases import TABLE, foreign
from wavetank.validation.page import page


def test_the_overview_has_every_table(tmp_path: Path) -> None:
    answer = foreign(tmp_path)
    rows = TABLE.split("[[row]]")
    bounds = foreign(tmp_path, "[[row]]".join([rows[0], rows[1], rows[3]]))
    text = page([answer, bounds])
    assert "| [A closed queue](#a-closed-queue) | 2 of 3 | 13.7 % |" in text
    assert "| [A closed queue](#a-closed-queue) | 1 of 1 | bounds only |" in text
    assert "- 2 cores (+25 %): The measured cores share a cache." in text
