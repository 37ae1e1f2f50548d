import pytest

from wavetank.errors import TooBusy
from wavetank.libraries.noise import CLOSE, MOST_WAITED, TRIES, Busy, Turn, counting, others_share, repeated


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wavetank.libraries.noise.PAUSE_S", 0.0)


def test_what_counts_is_chosen_by_the_baseline_never_by_the_library() -> None:
    turns = [
        Turn(100.0, "splendid", 0.1, 0.9),
        Turn(100.0 * CLOSE, "dreadful", 0.1, 0.9),
        Turn(100.0 * CLOSE + 1, "left out", 0.0, 0.0),
        Turn(50.0, "had to wait", MOST_WAITED + 0.01, 0.0),
    ]
    assert [turn.found for turn in counting(turns)] == ["splendid", "dreadful"]


def test_repeats_until_enough_count() -> None:
    costs = iter([200.0, 100.0, 101.0, 300.0, 102.0])
    counted, left_out = repeated("it", 3, lambda: Turn(next(costs), None, 0.0, 0.0))
    assert [turn.baseline for turn in counted] == [100.0, 101.0, 102.0]
    assert left_out == 2


def test_too_busy_is_said_and_no_figure_given() -> None:
    made = 0

    def turn() -> Turn[None]:
        nonlocal made
        made += 1
        return Turn(2.0**made, None, 0.5, 0.0)

    with pytest.raises(
        TooBusy, match=r"too busy to measure asio.* waited for a core 50 % .*nothing .* written"
    ):
        repeated("asio", 5, turn)
    assert made == 5 * TRIES


def test_share_of_others_leaves_out_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wavetank.libraries.noise.cores", lambda: 2)
    # in 10 s two cores can give 20 s; 12 s were given, 4 s of them to us
    assert others_share(Busy(0.0, 100.0), Busy(10.0, 112.0), 4.0) == pytest.approx(0.4)
    assert others_share(Busy(0.0, 100.0), Busy(10.0, 102.0), 4.0) == 0.0
