"""Rates and waits that follow from a design by arithmetic: logins, back-offs, alarms, rate-limited drains.

Where nothing is random the figures are exact; where something is, the tolerance stands in the test.
"""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from tests.verify.experiment import resolved_of, tally_of
from wavetank.engines.reference import run
from wavetank.policy.codes import Cause, Stream
from wavetank.protocol.order import Message
from wavetank.results.summary import summarise

SECOND = 10**9


def login_fleet(rules: str, agents: int = 400, network: str = "", more: str = "") -> str:
    return f"""
        duration = "400s"
        fleet = {{ agents = {agents}, class = [{{ name = "all" {network} }}] }}
        [auth]
        scheme = "server-token"
        {rules}
        {more}
        """


def test_login_rate_is_agents_over_ttl() -> None:
    """A login that takes no time: four lives of a token are four logins of every agent, exactly."""
    tally = tally_of(login_fleet('ttl = "100s"'))
    assert tally.window_logins == 4 * 400
    assert sum(tally.series.logins) == 4 * 400


def test_login_adds_its_own_time_to_the_life_of_a_token() -> None:
    """A token lives from the end of the login's job; the next one follows its expiry by the way there.

    100 s + three legs of 2 s + a job of 1 s on a core of one's own = 107 s. Each agent's first expiry is
    uniform over the TTL, so its number of logins in 400 s differs from the mean by less than 1: the
    mean over agents by four standard errors of at most 0.5 / sqrt(400), 0.1 of 3.7.
    """
    network = ', network = "far"'
    more = '[server]\ncores = 400\nservice.login = "1s"\n[network.far]\ndelay = "2s"'
    tally = tally_of(login_fleet('ttl = "100s"', network=network, more=more))
    # phases U in [0, 100): a login at U + 107 k is answered at U + 107 k + 9 s
    expected = sum(
        sum(phase + 107 * k + 9 < 400 for k in range(5)) for phase in np.arange(0.005, 100, 0.01)
    ) / len(np.arange(0.005, 100, 0.01))
    assert tally.window_logins / 400 == pytest.approx(expected, abs=0.1)


def test_renewal_before_expiry_is_earlier_by_margin_and_mean_jitter() -> None:
    """TTL 100 s less 10 s less U(0, 20 s): a renewal process of mean 80 s and deviation 5.8 s.

    A window of 4,000 s holds 4,000 / 80 of them per agent, with a variance of (5.8/80)^2 x 50 = 0.26; the
    mean over 40 agents is within four standard errors, 0.33 of 50 (the start adds at most 0.1).
    """
    rules = 'ttl = "100s"\nrenew = "before-expiry"\nmargin = "10s"\njitter = "20s"'
    text = login_fleet(rules, 40).replace('"400s"', '"4400s"\nwarmup = "400s"')
    assert tally_of(text).window_logins / 40 == pytest.approx(50, abs=0.45)


# ---- back-off --------------------------------------------------------------------------------


def refused_for_ever(backoff: str, agents: int, duration_s: int) -> str:
    """Every agent has one event, at time 0, and finds the node down until the end."""
    return f"""
        duration = "{duration_s}s"
        [fleet]
        agents = {agents}
        start = "cold"
        [[fleet.class]]
        name = "all"
        stateless = {{ process = "constant", rate = "1/h", phase = "0s" }}
        [retry.stateless]
        backoff = {backoff}
        [[fault]]
        kind = "node-restart"
        at = "0s"
        node = 0
        down = "1h"
        """


def waits_s(backoff: str, duration_s: int, agents: int = 400) -> list[list[float]]:
    """Per n from 0 to 4: the wait before attempt n + 1 of every agent, as the trace shows it.

    `duration_s` must be longer than five waits can be.
    """
    tally = tally_of(refused_for_ever(backoff, agents, duration_s), trace=True)
    sent: dict[int, list[int]] = {}
    for row in tally.trace:
        if row.message == Message.SYN:
            sent.setdefault(row.agent, []).append(row.sent_ns)
    assert len(sent) == agents
    gaps = [[(b - a) / SECOND for a, b in pairwise(times)] for times in sent.values()]
    return [[gap[n] for gap in gaps] for n in range(5)]


W = (1.0, 2.0, 4.0, 8.0, 10.0)
"""base x 2^n up to the cap, for base 1 s and cap 10 s."""


@pytest.mark.parametrize(
    ("law", "low", "high"),
    [
        ("exponential", 1.0, 1.0),
        ("full-jitter", 0.0, 1.0),
        ("equal-jitter", 0.5, 1.0),
        ("scaled-jitter", 0.5, 1.5),
    ],
)
def test_waits_between_attempts(law: str, low: float, high: float) -> None:
    """The n-th wait is uniform over the law's interval: 400 agents, Kolmogorov-Smirnov at 0.1 % where it is
    random (a mean wrong by 10 % is found), to the ns where it is not.
    """
    for w, waits in zip(W, waits_s(f'{{ law = "{law}", base = "1s", cap = "10s" }}', 40), strict=True):
        a, b = low * w, high * w
        if a == b:
            assert set(waits) == {a}
        else:
            assert a <= min(waits)
            assert max(waits) <= b
            assert stats.kstest(waits, stats.uniform(a, b - a).cdf).pvalue > 0.001
            assert np.mean(waits) == pytest.approx((a + b) / 2, abs=4 * (b - a) / math.sqrt(12 * 400))


def test_fixed_waits() -> None:
    assert all(set(waits) == {1.0} for waits in waits_s('{ law = "fixed", base = "1s" }', 6, agents=10))


def test_waits_of_no_law_are_the_jitter() -> None:
    waits = waits_s('{ law = "none", jitter = "3s" }', 16)
    for wait in waits:
        assert stats.kstest(wait, stats.uniform(0, 3).cdf).pvalue > 0.001


def test_decorrelated_waits_depend_on_the_one_before() -> None:
    """Each wait is uniform from the base to three times the one before, cut at the cap (60 s).

    The ratios (w - base) / (3 previous - base) are uniform in [0, 1); the means 2, 3.5, 5.75, ... follow.
    """
    waits = waits_s('{ law = "decorrelated", base = "1s", cap = "1h" }', 370)
    before = [1.0] * 400
    for wait in waits:
        ratios = [(w - 1) / (3 * p - 1) for w, p in zip(wait, before, strict=True)]
        assert stats.kstest(ratios, stats.uniform(0, 1).cdf).pvalue > 0.001
        before = wait
    assert np.mean(waits[0]) == pytest.approx(2.0, abs=4 * 2 / math.sqrt(12 * 400))
    assert np.mean(waits[1]) == pytest.approx(3.5, rel=0.12)


def test_added_jitter_is_uniform() -> None:
    waits = waits_s('{ law = "fixed", base = "1s", jitter = "2s" }', 16)
    for wait in waits:
        assert stats.kstest(wait, stats.uniform(1, 2).cdf).pvalue > 0.001


# ---- offline detection -----------------------------------------------------------------------


def test_a_steady_fleet_raises_no_alarm() -> None:
    """A heartbeat every 15 s is never silent for 20 s, from the first instant on."""
    tally = tally_of(
        """
        duration = "5min"
        fleet.agents = 400
        heartbeat = { period = "15s", offline_after = "20s", offline_sweep = "1s" }
        """
    )
    assert tally.offline_alarms == 0


def test_a_fleet_that_never_came_is_not_missed() -> None:
    tally = tally_of(
        """
        duration = "5min"
        fleet = { agents = 4, start = "cold", class = [{ network = "far" }] }
        network.far.delay = "1h"
        heartbeat = { period = "15s", offline_after = "20s" }
        """
    )
    assert tally.offline_alarms == 0


def test_offline_detection_is_uniform_between_t_and_2t() -> None:
    """The server looks every T for agents silent for T: an alarm T to 2 T after the last heartbeat.

    The node is lost for good; 300 runs of one agent each, phases drawn anew: uniform by
    Kolmogorov-Smirnov at 0.1 %, and every single one within its bounds.
    """
    text = """
        duration = "200s"
        fleet = { agents = 1 }
        heartbeat = { period = "7s", offline_after = "20s" }
        [[fault]]
        kind = "node-loss"
        at = "50s"
        node = 0
        lasts = "1h"
        """
    delays = []
    for replication in range(300):
        tally = tally_of(text, replication)
        assert tally.offline_alarms == tally.offline_detection.count == 1
        delays.append(tally.offline_detection.sum_ns / SECOND)
    assert min(delays) >= 20
    assert max(delays) < 40
    assert stats.kstest(delays, stats.uniform(20, 20).cdf).pvalue > 0.001


# ---- drains ----------------------------------------------------------------------------------


@pytest.mark.parametrize("start", ["cold", "fault"])
@pytest.mark.parametrize("burst", [1, 10])
def test_login_limit_drains_at_its_rate(start: str, burst: int) -> None:
    """100 agents log in at 10/s, all asking every 100 ms: the last gets in after (100 - burst) / 10 s.

    Exactly, whether the fleet begins cold or is thrown back by a cold start at 20 s.
    """
    fault = '[[fault]]\nkind = "cold-start"\nat = "20s"' if start == "fault" else ""
    text = f"""
        duration = "40s"
        fleet = {{ agents = 100, start = "cold" }}
        auth = {{ scheme = "server-token", ttl = "1h" }}
        retry.login.backoff = {{ law = "fixed", base = "100ms" }}
        server.limits.login_rate = {{ rate = "10/s", burst = {burst} }}
        {fault}
        """
    tally = tally_of(text)
    lives = 2 if fault else 1
    assert tally.logged_in.count == sum(tally.series.logins) == 100 * lives
    assert tally.logged_in.max_ns == (100 - burst) * SECOND // 10
    # times 0 (burst), then one each 100 ms
    assert tally.logged_in.sum_ns == lives * sum(i * SECOND // 10 for i in range(100 - burst + 1))


def test_login_limit_with_jittered_retries_drains_almost_at_its_rate() -> None:
    """Retries at random (uniform over 2 s) come at about 1/s per agent: after each token's 50 ms it takes
    another 1/n s until one of the n that are left comes by. The sum over n = 599, ..., 1 is 29.95 s + H(599),
    36.9 s, with a standard deviation of pi / sqrt(6) = 1.3 s at most; the tolerance is four of these.
    """
    text = """
        duration = "60s"
        fleet = { agents = 600, start = "cold" }
        auth = { scheme = "server-token", ttl = "1h" }
        retry.login.backoff = { law = "full-jitter", base = "2s", cap = "2s" }
        server.limits.login_rate = { rate = "20/s" }
        """
    tally = tally_of(text)
    assert tally.logged_in.count == 600
    drained_s = tally.logged_in.max_ns / SECOND
    assert drained_s > 599 / 20
    assert drained_s == pytest.approx(sum(1 / 20 + 1 / n for n in range(1, 600)), abs=5.2)


@pytest.mark.parametrize("answer", ["refuse", "429"])
def test_connection_limit_drains_at_its_rate(answer: str) -> None:
    """100 agents that all have an event at 0 s connect at 20/s: the last event waits 99 / 20 s, exactly."""
    text = f"""
        duration = "20s"
        [fleet]
        agents = 100
        start = "cold"
        [[fleet.class]]
        name = "all"
        stateful = {{ process = "constant", rate = "1/h", phase = "0s" }}
        [retry.stateful]
        backoff = {{ law = "fixed", base = "50ms" }}
        [server.limits]
        connect_rate = {{ rate = "20/s", answer = "{answer}" }}
        """
    resolved = resolved_of(text)
    tally = run(resolved)
    latency = tally.event_latency[0][1]
    if answer == "refuse":
        assert latency.delivered == 100
        assert latency.histogram.max_ns == 99 * SECOND // 20
        assert latency.sum_ns == sum(i * SECOND // 20 for i in range(100))
    else:
        assert tally.causes[Cause.CONNECT_RATE] == tally.rejected[Stream.STATEFUL] > 0
        assert latency.delivered == 100


def test_ramp_spreads_the_logins() -> None:
    """A ramp of 100 s makes 5,000 agents begin uniformly over it: Kolmogorov-Smirnov on the logins' seconds.

    The seconds round down; with half a second added the distribution is uniform to 1/100, far above the
    0.03 that the test at 0.1 % can tell, so it is compared by chi-square over the 100 seconds instead.
    """
    text = """
        duration = "120s"
        fleet = { agents = 5_000, start = "ramp", ramp = "100s" }
        auth = { scheme = "server-token", ttl = "1h" }
        """
    resolved = resolved_of(text)
    bins = SECOND // resolved.bin_ns
    logins = run(resolved).series.logins
    per_s = [sum(logins[i : i + bins]) for i in range(0, len(logins), bins)]
    assert sum(per_s[100:]) == 0
    assert stats.chisquare(per_s[:100]).pvalue > 0.001


def test_utilisation_of_logins_is_rate_times_cost() -> None:
    """26 logins/s of 20 ms each, deterministic: utilisation 0.52 of one core, to the run's edges (1 %)."""
    more = '[server]\ncores = 2\nservice.login = "20ms"'
    text = login_fleet('ttl = "100s"', 2600, more=more)
    resolved = resolved_of(text)
    utilisation = summarise(resolved, run(resolved))["server_utilisation.login"]
    assert utilisation == pytest.approx(26 * 0.02 / 2, rel=0.01)
