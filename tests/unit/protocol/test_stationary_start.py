from math import sqrt

import pytest

from wavetank.policy.codes import Stream
from wavetank.protocol import stationary_start
from wavetank.protocol.stationary_start import Past, past_of, standing
from wavetank.scenario import loads
from wavetank.scenario.resolved import Resolved
from wavetank.units import MINUTE, SECOND

AGENTS = range(2_000)
STEADY = """
duration = "10min"
fleet.agents = 2000
auth = { scheme = "server-token", ttl = "100s", renew = "before-expiry", margin = "10s" }
"""


def resolved_of(text: str = "", *sets: str) -> Resolved:
    return loads(STEADY + text, sets).resolve()


def is_uniform(values_ns: list[int], period_ns: int) -> bool:
    """Whether values are uniform from 0 to `period_ns`: Kolmogorov and Smirnov, 999 of 1,000 samples."""
    ordered, count = sorted(values_ns), len(values_ns)
    distance = max(abs(value / period_ns - rank / count) for rank, value in enumerate(ordered))
    return distance < 1.95 / sqrt(count)


def events_of(resolved: Resolved) -> Past:
    batching = resolved.batching[Stream.STATEFUL - Stream.STATELESS]
    return past_of(resolved.classes[0].stateful, batching, ())


def with_stream(stream: str, batching: str = "count = 1") -> Resolved:
    return resolved_of(
        f'batching.stateful = {{ {batching} }}\n[[fleet.class]]\nname = "a"\nstateful = {stream}'
    )


@pytest.mark.parametrize(
    ("stream", "batching", "gap_s", "full"),
    [
        ('{ rate = "2/s" }', "count = 7", 0.5, 7),
        ('{ rate = "2/s", process = "constant" }', 'age = "1s"', 0.5, 0),
        ('{ rate = "2/s", size = "10B" }', 'bytes = "95B"', 0.5, 9),
        ('{ rate = "2/s", size = "10B" }', 'bytes = "95B", count = 4', 0.5, 4),
        ('{ rate = "2/s", size = "10B" }', 'bytes = "5B"', 0.5, 1),
        ('{ process = "closed", think = "1s" }', "count = 1", 0.0, 1),
        ('{ rate = "0/s" }', "count = 1", 0.0, 1),
    ],
)
def test_past_has_the_gap_and_the_number_that_makes_a_batch_full(
    stream: str, batching: str, gap_s: float, full: int
) -> None:
    past = events_of(with_stream(stream, batching))
    assert (past.gap_ns, past.full) == (gap_s * SECOND, full)


def test_past_goes_at_the_first_rate_of_a_profile() -> None:
    stream = '{ rate = "2/s", profile = [["0s", 0.5], ["1min", 3.0]] }'
    past = events_of(with_stream(stream))
    assert past.gap_ns == SECOND
    assert past.source.starts_ns == (0,)


def test_tokens_are_of_all_ages_up_to_their_renewal() -> None:
    resolved = resolved_of()
    assert is_uniform([stationary_start.token_age_ns(resolved, agent) for agent in AGENTS], 90 * SECOND)
    late = resolved_of("", "auth.renew=on-rejection")
    assert is_uniform([stationary_start.token_age_ns(late, agent) for agent in AGENTS], 100 * SECOND)


def test_a_ramped_fleet_begins_evenly() -> None:
    resolved = resolved_of("", "fleet.start=ramp", "fleet.ramp=2min")
    assert is_uniform([stationary_start.ramp_ns(resolved, agent) for agent in AGENTS], 2 * MINUTE)


@pytest.mark.parametrize(
    ("changes", "bound_s"),
    [
        (["commands.hold=40s", "commands.server_hold=25s"], 25),
        (["commands.hold=40s", "commands.server_hold=50s"], 40),
    ],
)
def test_polls_are_held_for_the_shorter_hold_at_most(changes: list[str], bound_s: int) -> None:
    resolved = resolved_of("", "commands.channel=long-poll", *changes)
    ages_ns = [stationary_start.held_ns(resolved, agent) for agent in AGENTS]
    assert is_uniform(ages_ns, bound_s * SECOND)


def test_polls_come_evenly_over_their_period() -> None:
    resolved = resolved_of("", "commands.channel=poll", "commands.period=30s")
    firsts_ns = [stationary_start.first_poll_ns(resolved, agent) for agent in AGENTS]
    assert is_uniform(firsts_ns, 30 * SECOND)


def test_kept_connections_have_been_idle_up_to_the_shorter_time_out() -> None:
    resolved = resolved_of("", "connection.idle_timeout=30s", "server.idle_timeout=20s")
    idle_ns = [stationary_start.idle_for_ns(resolved, agent, Stream.STATEFUL) for agent in AGENTS]
    assert is_uniform(idle_ns, 20 * SECOND)
    endless = resolved._replace(
        connection=resolved.connection._replace(idle_ns=0), server=resolved.server._replace(idle_ns=0)
    )
    assert stationary_start.idle_for_ns(endless, 0, Stream.STATEFUL) == 0


def test_streams_stand_anywhere_in_their_cycle_and_no_fuller_than_their_buffer() -> None:
    resolved = with_stream('{ rate = "1/s", process = "constant" }', "count = 10")
    past = events_of(resolved)
    stands = [standing(resolved, past, agent, Stream.STATEFUL, 0, 0) for agent in AGENTS]
    counts = [sum(stand.waiting == number for stand in stands) for number in range(11)]
    assert counts[10] == 0
    assert all(140 < count < 260 for count in counts[:10])
    few = [standing(resolved, past, agent, Stream.STATEFUL, 0, 4).waiting for agent in AGENTS]
    assert few == [min(stand.waiting, 4) for stand in stands]
