from hypothesis import given
from hypothesis import strategies as st

from wavetank.face.uml.folding import Block, Gap, cut, folded
from wavetank.face.uml.steps import Step, Way


def step(kind: str, at: int) -> Step:
    return Step(at, (0, at, 0), kind, Way.UP)


def told(text: str) -> list[Step]:
    return [step(kind, at) for at, kind in enumerate(text)]


def shape(blocks: list[Block]) -> list[tuple[str, int]]:
    return [("".join(step.kind for step in block.steps), len(block.rounds)) for block in blocks]


def test_what_repeats_is_one_block() -> None:
    assert shape(folded(told("xaaaay"), 3)) == [("x", 1), ("a", 4), ("y", 1)]
    assert shape(folded(told("abababc"), 3)) == [("ab", 3), ("c", 1)]
    assert shape(folded(told("aabaabaab"), 3)) == [("aab", 3)]


def test_twice_is_no_repetition_unless_asked_for() -> None:
    assert shape(folded(told("abab"), 3)) == [("a", 1), ("b", 1), ("a", 1), ("b", 1)]
    assert shape(folded(told("abab"), 2)) == [("ab", 2)]


def test_consecutive_steps_of_one_attempt_stay_together() -> None:
    steps = [Step(at, (0, at // 2, 0), "ab"[at % 2], Way.UP) for at in range(6)]
    assert shape(folded(steps, 3)) == [("ab", 3)]


@given(st.text("abc", max_size=40), st.integers(2, 4))
def test_folding_loses_nothing_and_keeps_the_order(text: str, least: int) -> None:
    blocks = folded(told(text), least)
    unfolded = [step for block in blocks for round_ in block.rounds for step in round_]
    assert unfolded == told(text)
    assert sum(block.messages for block in blocks) == len(text)
    assert all(len(block.rounds) == 1 or len(block.rounds) >= least for block in blocks)
    for block in blocks:
        kinds = {tuple(step.signature for step in round_) for round_ in block.rounds}
        assert len(kinds) == 1


@given(st.text("abcdefgh", max_size=60), st.integers(3, 30))
def test_cut_fits_and_says_what_is_missing(text: str, most: int) -> None:
    blocks = folded(told(text), 3)
    short = cut(blocks, most)
    kept = [block for block in short if isinstance(block, Block)]
    gaps = [gap for gap in short if isinstance(gap, Gap)]
    assert sum(block.lines for block in kept) <= most
    assert len(gaps) == (sum(block.lines for block in blocks) > most)
    left_out = [block for gap in gaps for block in gap.left_out]
    assert sum(block.messages for block in [*kept, *left_out]) == len(text)
    assert all(gap.left_out for gap in gaps)
