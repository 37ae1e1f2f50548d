"""Every sentence that people read about a fleet, word for word."""

from dataclasses import replace

import pytest

from tests.unit.results.cases import STABLE, overloaded, said, small_result, trapped, verdict_of
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.judge.statements import Kind
from wavetank.results.judge.verdict import Recovery, Verdict
from wavetank.results.result import Result
from wavetank.results.statistics import replicated
from wavetank.studies.fates import explanations, fate, fate_of, letters_of, sentence

ECHO = said(Kind.ECHO, 0, after_s=900.0, marked_share=1.0)
OVER = said(Kind.OVER, 0, height=0.02)
RELAPSE = said(Kind.RELAPSE, 1, after_s=1200.0, marked_share=0.1)
TRAPPED = said(Kind.METASTABLE, note="level", after_s=600.0, multiple=0.0)
TRAPPED_AGAIN = said(Kind.METASTABLE, 0, "grows", after_s=600.0, multiple=0.0)
LOST = said(Kind.LOST, agents=500.0)
BACK = verdict_of(Outcome.BACK, back_s=46.0)
ECHOES = verdict_of(Outcome.BACK_ECHO, ECHO, OVER, back_s=46.0)


def exceeded(note: str) -> Verdict:
    statement = said(
        Kind.OVERLOADED, note=note, created=10_000.0, growth=5000.0, dropped=1200.0, waiting=12.0
    )
    return verdict_of(Outcome.OVERLOADED, statement, binds="server.limits.login_rate")


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (STABLE, "is stable so far"),
        (
            verdict_of(Outcome.CARRIED, said(Kind.CARRIED, after_s=34.0)),
            "carries the fault: within 34 s as well as without it",
        ),
        (BACK, "is back 46 s after the fault"),
        (verdict_of(Outcome.BACK, back_s=0.0), "is back at once"),
        (ECHOES, "is back 46 s after the fault, followed by 1 echo"),
        (
            verdict_of(Outcome.BACK_ECHO, ECHO, ECHO, back_s=46.0),
            "is back 46 s after the fault, followed by 2 echoes",
        ),
        (
            verdict_of(Outcome.BACK_RELAPSE, RELAPSE, back_s=46.0),
            "is back 46 s after the fault, but worse again 20 min after the fault",
        ),
        (
            verdict_of(Outcome.BACK_RELAPSE, ECHO, RELAPSE, back_s=46.0),
            "is back 46 s after the fault, followed by 1 echo, but worse again 20 min after the fault",
        ),
        (
            verdict_of(Outcome.BACK_RELAPSE, RELAPSE._replace(kind=Kind.LATER_WAVE), back_s=46.0),
            "is back 46 s after the fault, but worse again 20 min after the fault",
        ),
        (
            verdict_of(Outcome.ESCAPED, TRAPPED, back_s=3000.0),
            "is back 50 min after the fault, although still trapped after 10 min (escaped)",
        ),
        (
            verdict_of(Outcome.ESCAPED, RELAPSE, TRAPPED_AGAIN, back_s=46.0),
            "is back 46 s after the fault, but worse again 20 min after the fault "
            "and trapped for more than 10 min (escaped)",
        ),
        (
            verdict_of(Outcome.UNDECIDED, open_s=600.0, decides_s=1860.0),
            "is not back when the run ends, 10 min after the fault (undecided; run at least 31 min)",
        ),
        (
            verdict_of(Outcome.UNDECIDED, decides_s=1860.0),
            "is undecided: the fault still lasts when the run ends; run at least 31 min",
        ),
        (
            Verdict(Outcome.UNDECIDED, decides_s=120.0),
            "is undecided: the run is too short to judge; run at least 2 min",
        ),
        (
            Verdict(Outcome.UNDECIDED, decides_s=120.0, waiting=12),
            "is undecided: 12 agents still wait when the run ends; run at least 2 min",
        ),
        (Verdict(Outcome.UNDECIDED), "is undecided: there is nothing to judge by"),
        (
            verdict_of(Outcome.NOT_CARRIED, said(Kind.NOT_CARRIED, after_s=10.0)),
            "does not carry the fault: worse than without it while the fault lasts",
        ),
        (verdict_of(Outcome.LOST, LOST, open_s=600.0, lost=True), "has lost 500 agents for good"),
        (
            # each statement has all that were lost so far
            verdict_of(Outcome.LOST, LOST, LOST._replace(figures={"agents": 510.0}), open_s=600.0, lost=True),
            "has lost 510 agents for good",
        ),
        (
            verdict_of(Outcome.LOST, LOST, back_s=46.0, lost=True),
            "has lost 500 agents for good, and the others are back 46 s after the fault",
        ),
        (
            trapped(3000.0),
            "is still trapped 50 min after the fault, and nothing gets better (metastable)",
        ),
        (
            trapped(3000.0, 7.52),
            "is still trapped 50 min after the fault, 7.5 times what the spare capacity needs, "
            "and nothing gets better (metastable)",
        ),
        (
            verdict_of(Outcome.METASTABLE, RELAPSE, TRAPPED_AGAIN, back_s=46.0),
            "is back at first, but trapped since: 10 min after it got worse, and the backlog grows "
            "(metastable)",
        ),
        (overloaded(), "is overloaded: 567 of 1,234 events pile up (bottleneck: server cores)"),
        (
            overloaded(faults=True),
            "is overloaded even without faults: 567 of 1,234 events pile up (bottleneck: server cores)",
        ),
        (
            exceeded("dropped"),
            "is overloaded: 1,200 of 10,000 events are dropped (bottleneck: server.limits.login_rate)",
        ),
        (
            exceeded("waiting"),
            "is overloaded: 12 agents or commands wait in vain (bottleneck: server.limits.login_rate)",
        ),
    ],
)
def test_fate_of_a_run(verdict: Verdict, words: str) -> None:
    assert fate_of(verdict) == words
    assert fate(small_result(verdict=verdict)) == words


def test_the_slowest_fault_decides() -> None:
    two = BACK._replace(recoveries=(Recovery(46.0, 0.0, False), Recovery(120.0, 0.0, False)))
    assert fate_of(two) == "is back 2 min after the fault"


def test_how_exact_a_time_is_and_where_echoes_come_from() -> None:
    assert explanations(BACK) == ["This time is known to within 1 s."]
    assert explanations(ECHOES) == [
        "This time is known to within 1 s.",
        "The highest echo reaches 2.0 % of the first peak.",
        "Tokens that were granted together expire together. "
        "A random token lifetime, or renewal with jitter, spreads them.",
    ]
    assert explanations(STABLE) == explanations(trapped()) == []


def test_an_echo_may_be_as_high_as_the_first_peak_and_a_relapse_is_none() -> None:
    high = verdict_of(
        Outcome.BACK_RELAPSE,
        ECHO,
        OVER._replace(figures={"height": 1.0}),
        RELAPSE,
        OVER._replace(excursion=1, figures={"height": 3.0}),
        back_s=46.0,
    )
    assert "The highest echo reaches 100.0 % of the first peak." in explanations(high)


def test_an_echo_by_timing_names_its_period() -> None:
    timed = verdict_of(
        Outcome.BACK_ECHO, ECHO._replace(figures={"after_s": 900.0, "period_s": 300.0}), back_s=0.0
    )
    assert explanations(timed) == ["The echoes follow a period of 5 min."]


def test_settling_is_told() -> None:
    assert explanations(trapped()._replace(settled_s=41.0)) == [
        "The simulation went on for 41 s past the scenario's duration."
    ]


def test_sentence_ends_with_the_remarks_of_the_engine() -> None:
    result = small_result(verdict=BACK, said=("It rained.",))
    assert sentence(result) == (
        "The fleet is back 46 s after the fault. This time is known to within 1 s. It rained."
    )


# ---- replications ----------------------------------------------------------------------------------


def runs(*verdicts: Verdict) -> Result:
    return replicated([small_result(seed=seed, verdict=verdict) for seed, verdict in enumerate(verdicts)])


def back(after_s: float) -> Verdict:
    return verdict_of(Outcome.BACK, back_s=after_s)


@pytest.mark.parametrize(
    ("verdicts", "words"),
    [
        ([STABLE] * 3, "is stable so far in all 3 runs"),
        ([STABLE, STABLE, overloaded()], "is stable so far in 2 of 3 runs; overloaded in 1 of 3 runs"),
        ([trapped()] * 2, "is trapped in all 2 runs"),
        (
            [back(630.0), back(650.0), back(680.0)],
            "is back in all 3 runs, 10 min 50 s after the fault (median)",
        ),
        (
            [*(back(600.0 + 10 * k) for k in range(7)), trapped()],
            "is back in 7 of 8 runs [53 %, 98 %], 10 min 35 s after the fault (median); "
            "trapped in 1 of 8 runs",
        ),
        (
            [*(back(600.0 + 10 * k) for k in range(8))],
            "is back in all 8 runs [68 %, 100 %], "
            "10 min 35 s [10 min 9 s, 11 min 1 s] after the fault (median)",
        ),
        # half of the runs are not back: there is no median
        ([back(9.0), trapped()], "is back in 1 of 2 runs; trapped in 1 of 2 runs"),
        (
            [verdict_of(Outcome.CARRIED), verdict_of(Outcome.NOT_CARRIED), verdict_of(Outcome.UNDECIDED)],
            "carries the fault in 1 of 3 runs; is undecided in 1 of 3 runs; "
            "does not carry the fault in 1 of 3 runs",
        ),
        (
            [verdict_of(Outcome.LOST, LOST, open_s=9.0, lost=True)] * 2,
            "has lost agents for good in all 2 runs",
        ),
    ],
)
def test_fate_of_many_runs(verdicts: list[Verdict], words: str) -> None:
    assert fate(runs(*verdicts)) == words


def test_echoes_and_relapses_are_back() -> None:
    result = runs(back(10.0), ECHOES, verdict_of(Outcome.ESCAPED, TRAPPED, back_s=600.0))
    assert fate(result) == "is back in all 3 runs, 46 s after the fault (median), with echoes in 1 of 3 runs"


def test_of_many_runs_none_is_explained() -> None:
    result = replace(runs(ECHOES, ECHOES), said=("It rained.",))
    words = "is back in all 2 runs, 46 s after the fault (median), with echoes in all 2 runs"
    assert sentence(result) == f"The fleet {words}. It rained."


def test_letters() -> None:
    assert letters_of("A") == "A"
    assert letters_of("ABC") == "A, B and C"
