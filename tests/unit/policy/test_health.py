from wavetank.policy.codes import CheckPhase
from wavetank.policy.health import believed, first_check_ns, streak_after
from wavetank.policy.keyed import draw, key_of


def beliefs(checks: str, fall: int, rise: int) -> str:
    """The balancer's belief after each check: "+" in, "-" out."""
    is_in, streak, history = True, 0, ""
    for check in checks:
        streak = streak_after(is_in, check == "+", streak)
        now_in = believed(is_in, streak, fall, rise)
        is_in, streak = now_in, streak if now_in == is_in else 0
        history += "+" if is_in else "-"
    return history


def test_one_check_is_enough_for_fall_and_rise_of_one() -> None:
    assert beliefs("+--+-+", 1, 1) == "+--+-+"


def test_failures_count_in_a_row_only() -> None:
    assert beliefs("--+---+", 3, 2) == "+++++--"


def test_successes_count_in_a_row_only() -> None:
    assert beliefs("---+-++", 3, 2) == "++----+"


def test_aligned_checks_are_at_whole_periods_and_others_anywhere_in_the_first() -> None:
    firsts = []
    for node in range(2_000):
        bits = draw(key_of(1, -1, 0, 35), node, 0)
        assert first_check_ns(CheckPhase.ALIGNED, 1_000, bits) == 1_000
        firsts.append(first_check_ns(CheckPhase.RANDOM, 1_000, bits))
    assert min(firsts) >= 1
    assert max(firsts) <= 1_000
    assert min(firsts) < 10 < 990 < max(firsts)
    assert 470 < sum(firsts) / len(firsts) < 530
