import pandas

from wavetank.studies.sizing import Size
from wavetank.studies.sizing.representing import HEADS, lines_of
from wavetank.studies.sizing.telling import sentences


def test_the_answer_comes_first(answer: Size) -> None:
    lines = lines_of(answer)
    assert lines[0].value == f"{answer.answer}"
    assert all(len(line.texts) == len(HEADS) for line in lines)


def test_sentences_say_what_holds_and_why_less_does_not(answer: Size) -> None:
    assert answer.rank is not None
    text = list(sentences(answer))
    assert text[0].startswith(f"{answer.nodes} nodes with 1 core each serve 60 agents, with probability 0.50")
    assert any(line.startswith(f"{answer.rank} nodes, the scenario's faults: holds in ") for line in text)
    below = [line for line in text if line.startswith(answer.sought.text(answer.rank - 1))]
    assert "falls short in" in below[0]
    assert any(line.startswith("What binds, by closed form: CPU, ") for line in text)


def test_the_frame_is_tidy(answer: Size) -> None:
    frame = answer.to_frame()
    assert isinstance(frame, pandas.DataFrame)
    own = frame[frame.is_answer]
    assert set(own.condition) == {"day", "node", "faults"}
    assert set(own.nodes) == {answer.answer}
    assert (own.ratio <= 1).all() or (own.failed > 0).any()
    assert frame.bound.dtype == "float64"
