"""The judge on made-up runs whose fate is known by arithmetic."""

import pytest

from tests.unit.results.judge.paths import GRID, RATE, Of, Path, always, judged, outage, plan
from wavetank.results.judge.judge import Judge
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.judge.signals import Signals
from wavetank.results.judge.statements import Kind


def kinds(judge: Judge) -> list[Kind]:
    """The verdicts, except those about faults that are not carried while they last."""
    return [s.kind for s in judge.statements if s.kind is not Kind.NOT_CARRIED]


def test_a_fleet_is_back_when_its_backlog_is_gone() -> None:
    # nothing is settled for 60 s, then twice as fast: the backlog is gone 60 s after the fault ends, at
    # 180 s, and so the mean of the last 10 s at 190 s
    judge = judged(plan((60, 120)), Path(outage(60, 120)), 400)
    assert kinds(judge) == [Kind.BACK]
    back = judge.statements[-1]
    assert back.about_ns == 190 * 10**9
    assert back.made_ns == 220 * 10**9  # a hold later
    assert judge.outcome() is Outcome.BACK
    assert judge.decided


@pytest.mark.parametrize("until_s", [100, 150, 200, 210, 220, 300])
def test_a_shorter_run_says_a_part_of_what_a_longer_one_says(until_s: int) -> None:
    longer = judged(plan((60, 120)), Path(outage(60, 120)), 400)
    shorter = judged(plan((60, 120)), Path(outage(60, 120)), until_s)
    assert shorter.statements == [s for s in longer.statements if s.made_ns <= until_s * 10**9]


def test_while_a_fault_lasts_nothing_is_back_and_a_fleet_that_does_without_carries_it() -> None:
    judge = judged(plan((60, 1e6)), Path(), 900)
    assert judge.outcome() is Outcome.CARRIED
    (carried,) = judge.statements
    assert carried.kind is Kind.CARRIED
    # from a span after the fault's begin on, and said five holds later
    assert (carried.about_ns, carried.made_ns) == (70 * 10**9, (70 + 5 * 30) * 10**9)
    assert judge.decided


def test_a_fault_that_is_carried_at_first_may_be_too_much_later() -> None:
    slowly = Path(lambda s: RATE if s < 400 else 0.5 * RATE)
    judge = judged(plan((60, 1e6)), slowly, 1400)
    assert [s.kind for s in judge.statements] == [Kind.CARRIED, Kind.NOT_CARRIED]
    assert judge.outcome() is Outcome.NOT_CARRIED


def test_a_fleet_that_is_bad_for_a_hold_does_not_carry_its_fault() -> None:
    judge = judged(plan((60, 1e6)), Path(outage(60, 10**6)), 300)
    (said,) = judge.statements
    assert said.kind is Kind.NOT_CARRIED
    # bad at the end of the first step after 60 s, and for 30 s more
    assert (said.about_ns, said.made_ns) == (70 * 10**9, 100 * 10**9)
    assert judge.outcome() is Outcome.NOT_CARRIED
    assert judge.decided


def test_a_later_fault_joins_an_episode_that_is_not_back_and_opens_one_after_it() -> None:
    joined = judged(plan((60, 120), (150, 160)), Path(outage(60, 120)), 400)
    assert [episode.faults for episode in joined.episodes] == [[0, 1]]
    apart = judged(plan((60, 120), (300, 310)), Path(outage(60, 120)), 600)
    assert [episode.faults for episode in apart.episodes] == [[0], [1]]
    alone = judged(plan((60, 120)), Path(outage(60, 120)), 600)
    assert apart.statements[: len(alone.statements)] == alone.statements


def test_a_backlog_that_does_not_fall_is_a_trap() -> None:
    # half of the events are settled in time, the others never: the backlog stays at 6,000
    stuck = Path(lambda s: 0 if 60 <= s < 120 else RATE, queue=lambda s: 50 if s >= 60 else 0)
    judge = judged(plan((60, 120)), stuck, 3000)
    assert kinds(judge) == [Kind.METASTABLE]
    assert judge.outcome() is Outcome.METASTABLE
    # 6,000 events of 5 ms at half a free core: 60 s, five times that is less than 20 holds: 600 s and 900 s
    assert judge.statements[-1].figures["after_s"] == 900


def test_a_backlog_that_grows_is_a_trap_at_once() -> None:
    judge = judged(plan((60, 120)), Path(lambda s: RATE if s < 60 else 0.5 * RATE), 3000)
    assert judge.statements[-1].kind is Kind.METASTABLE
    assert judge.statements[-1].note == "grows"


def test_a_backlog_that_falls_slowly_is_undecided_and_then_back() -> None:
    slow = outage(60, 120, faster=1.04)
    assert judged(plan((60, 120)), Path(slow), 1400).outcome() is Outcome.UNDECIDED
    assert judged(plan((60, 120)), Path(slow), 2200).outcome() is Outcome.BACK


def test_who_returns_after_being_trapped_has_escaped() -> None:
    def settled(second: int) -> float:
        if 60 <= second < 120:
            return 0
        return 2 * RATE if 2000 <= second < 2060 else RATE

    judge = judged(plan((60, 120)), Path(settled), 2400)
    assert kinds(judge) == [Kind.METASTABLE, Kind.ESCAPED]
    assert judge.outcome() is Outcome.ESCAPED


def test_agents_without_events_are_judged_by_their_needs() -> None:
    unmet = Path(always(0), impaired=lambda s: 400 if s >= 60 else 0)
    judge = judged(plan((60, 1e6), has_events=False), unmet, 900, twin=Path(always(0)))
    assert judge.outcome() is Outcome.NOT_CARRIED


def test_a_twin_that_does_not_keep_up_is_overloaded() -> None:
    half = always(RATE / 2)
    judge = judged(plan((60, 120)), Path(half), 2000, twin=Path(half))
    assert judge.outcome() is Outcome.OVERLOADED
    assert kinds(judge)[-1] is Kind.OVERLOADED  # and nothing is said after that


def test_offline_agents_are_lost_unless_they_will_be_revived() -> None:
    offline = Path(offline=lambda s: 50 if s >= 100 else 0)
    judge = judged(plan((60, 60)), offline, 90)
    assert judge.feed(offline.sample(100, 10), Path().sample(100, 10), lambda: 0)
    revived = judged(plan((60, 60), (500, 500), revivals_s=[500]), offline, 90)
    assert not revived.feed(offline.sample(100, 10), Path().sample(100, 10), lambda: 0)


# ---- after being back ------------------------------------------------------------------------------


def wave(begin_s: int, end_s: int, again_s: int, lasts_s: int = 40) -> Of:
    """An outage, and once more a wave of the same kind later, of `lasts_s`."""
    first, second = outage(begin_s, end_s), outage(again_s, again_s + lasts_s)
    return lambda s: first(s) if s < again_s else second(s)


def test_a_wave_of_tokens_that_were_granted_in_the_first_one_is_an_echo() -> None:
    def logins(second: int) -> list[int]:
        # before the wave tokens of all ages are renewed; in the second wave those of the first, 600 s before
        return [second - 600] * (50 if 690 <= second < 760 else 1)

    judge = judged(plan((60, 120), token_life_s=600), Path(wave(60, 120, 700), logins=logins), 1200)
    assert kinds(judge) == [Kind.BACK, Kind.ECHO, Kind.OVER]
    assert judge.outcome() is Outcome.BACK_ECHO
    # 4,000 events against 6,000, give or take the means over 10 s
    assert judge.statements[-1].figures["height"] == pytest.approx(2 / 3, abs=0.05)


def test_a_wave_of_other_tokens_is_a_relapse() -> None:
    judge = judged(
        plan((60, 120), token_life_s=600), Path(wave(60, 120, 900), logins=lambda s: [s - 600]), 1400
    )
    assert kinds(judge) == [Kind.BACK, Kind.RELAPSE, Kind.OVER]
    assert judge.outcome() is Outcome.BACK_RELAPSE


@pytest.mark.parametrize(
    ("again_s", "period_s", "kind"),
    [(720, 600, Kind.ECHO), (500, 600, Kind.RELAPSE), (500, 100, Kind.LATER_WAVE)],
)
def test_without_tokens_the_time_of_a_wave_tells(again_s: int, period_s: int, kind: Kind) -> None:
    judge = judged(plan((60, 120), periods_s=[period_s]), Path(wave(60, 120, again_s)), again_s + 400)
    assert kinds(judge)[:2] == [Kind.BACK, kind]


def test_noise_at_the_edge_is_no_excursion() -> None:
    # 30 events late for 20 s, three times the floor of a hundred agents, yet below three tolerances and short
    short = Path(wave(60, 120, 500, lasts_s=2))
    assert kinds(judged(plan((60, 120), agents=10_000), short, 900)) == [Kind.BACK]


def test_a_moment_of_good_samples_is_not_being_back() -> None:
    # good at 190 and 200 s, bad again from 210 s on, until the second backlog is gone at 240 s
    judge = judged(plan((60, 120)), Path(wave(60, 120, 200, lasts_s=20)), 500)
    assert kinds(judge) == [Kind.BACK]
    assert judge.statements[-1].about_ns == 250 * 10**9


# ---- what a signal is made of ----------------------------------------------------------------------


def test_a_run_that_is_ahead_of_its_twin_is_not_cut_to_nothing() -> None:
    # spans of two steps: ahead by 50 events in one and behind by 50 in the next is nothing on average
    grid = GRID._replace(span_ns=2 * GRID.step_ns, steps=2)
    signals = Signals(plan((60, 120), agents=1, grid=grid))
    run = Path(lambda s: RATE + (10 if s < 5 else -10 if 10 <= s < 20 else 0))
    calm = Path()
    steps = [signals.step(run.sample(at_s, 10), calm.sample(at_s, 10)) for at_s in (10, 20)]
    # +10 events a second for 5 s: on average 37.5 ahead in the first step, and no more than that lost again
    assert steps[0].excess("backlog") == -37.5
    assert steps[1].excess("backlog") == (-37.5 + 0.0) / 2


def test_needs_that_come_in_step_are_judged_by_their_mean() -> None:
    # a tenth of the fleet is impaired for one second in ten, just when the sample is taken
    beat = Path(impaired=lambda s: 100 if s % 10 == 9 else 0)
    step = Signals(plan((60, 120))).step(beat.sample(10, 10), Path().sample(10, 10))
    assert step.excess("impaired") == 10
    assert not step.bad


def test_a_fleet_that_is_bad_again_and_again_for_a_short_time_is_trapped_without_a_cause() -> None:
    # after it was back, 15 of 1,000 agents are in need for 20 s of every 40 s: never for a whole hold
    flickering = Path(outage(60, 120), impaired=lambda s: 15 if s >= 300 and s % 40 < 20 else 0)
    judge = judged(plan((60, 120)), flickering, 3000)
    assert kinds(judge)[-3:] == [Kind.BACK, Kind.LATER_WAVE, Kind.METASTABLE]
    assert judge.outcome() is Outcome.METASTABLE
    wave, trapped = judge.statements[-2:]
    assert (wave.made_ns, wave.excursion) == (trapped.made_ns, trapped.excursion)
    assert trapped.figures["after_s"] == (trapped.made_ns - wave.about_ns) / 10**9
