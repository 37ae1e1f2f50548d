import pytest

from wavetank.studies.reviewing.record import ClaimRecord, DecisionRecord, OptionRecord, Review, RowRecord
from wavetank.studies.reviewing.telling import cell_of, headline, range_of, reasons

BACK = RowRecord(
    claim="back", option="a", verdict="holds", gating=True, metric="recovery_s", quantity="duration",
    sense="at most", limit=300.0, about="run", runs=20, held=20, median=86.0, least=80.0, greatest=95.0,
)  # fmt: skip
FAILS = BACK.model_copy(update={"verdict": "fails", "held": 1, "runs": 5, "median": None, "greatest": None})
OPEN = BACK.model_copy(update={"verdict": "undecided", "needed": 4})


def made(*rows: RowRecord) -> Review:
    decision = DecisionRecord(
        id="d",
        title="t",
        status="accepted",
        date="2026-11-30",
        context="c",
        options=(OptionRecord(id="a", title="A"),),
        claims=(ClaimRecord(id="back", text="Back within 5min"),),
        rows=rows,
    )
    return Review(wavetank="0", model_version=2, decisions=(decision,))


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([BACK, BACK], "All 2 deciding claims hold."),
        ([BACK], "The deciding claim holds."),
        ([BACK, FAILS], "1 of 2 deciding claims fails."),
        ([FAILS, FAILS, OPEN], "2 of 3 deciding claims fail, and 1 is not decided."),
        ([BACK, OPEN, OPEN], "2 of 3 deciding claims are not decided."),
    ],
)
def test_the_first_sentence(rows: list[RowRecord], text: str) -> None:
    assert headline(made(*rows)) == text


def test_a_row_in_a_few_words() -> None:
    assert cell_of(BACK) == "holds 20 of 20 runs, 1 min 26 s"
    assert cell_of(OPEN) == "undecided 20 of 20 runs, 1 min 26 s, 4 more runs"
    never = FAILS.model_copy(update={"never": 5})
    assert cell_of(never) == "fails 1 of 5 runs, never"
    assert (range_of(BACK), range_of(never)) == ("1 min 20 s to 1 min 35 s", "1 min 20 s to never")
    ratio = BACK.model_copy(update={"about": "mean", "than": "b", "mean": 1.3, "quantity": "ratio"})
    assert cell_of(ratio) == "holds 1.3 times b"


def test_what_fails_comes_first() -> None:
    first, second = reasons(made(OPEN, FAILS))
    assert first == "d: “Back within 5min” fails for a (1 of 5 runs)."
    assert second == "d: “Back within 5min” is undecided for a (20 of 20 runs, 1 min 26 s)."
