from math import exp

import pytest

from tests.unit.studies.cases import QUEUE, STORM, resolved
from wavetank.policy.codes import Stream
from wavetank.scenario.resolved import Batching
from wavetank.studies.flows import flows_at, polling_agents, request_rate, token_life_s


def batching(*sets: str) -> Batching:
    return resolved(QUEUE, "fleet.class.desk.stateless.size=200B", *sets).batching[0]


def only(stream: Stream, *sets: str):  # type: ignore[no-untyped-def]
    (flow,) = [flow for flow in flows_at(resolved(QUEUE, *sets)) if flow.stream == stream]
    return flow


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], 2.0),
        (["count=4"], 0.5),
        (["bytes='1kB'"], 0.4),
        (["age='3s'", "age_from='flush'"], (1 - exp(-6)) / 3),
        (["age='3s'"], 1 / 3.5),
        (["age='3s'", "age_from='resume'", "pause_after='1s'"], None),
        (["age='3s'", "count=2"], 1.0),
    ],
)
def test_requests_of_a_stream(rules: list[str], expected: float | None) -> None:
    rate = request_rate(batching(*(f"batching.stateless.{rule}" for rule in rules)), 2.0, 200.0)
    if expected is None:
        # A pause and an age follow one another; seldom is there nothing to send.
        assert 1 / 4.02 < rate < 1 / 4
    else:
        assert rate == pytest.approx(expected)


@pytest.mark.parametrize(
    ("rate_per_s", "events"),
    # what comes in the 10 s after the first event, and that one; 40 agents did 3.64 requests/s in 22 min
    [(1.0, 11), (0.25, 3), (0.05, 1)],
)
def test_regular_events_with_an_age_from_the_first(rate_per_s: float, events: int) -> None:
    rules = batching("batching.stateless.age=10s", "batching.stateless.age_from=first-event")
    assert request_rate(rules, rate_per_s, 0.0, poisson=False) == pytest.approx(rate_per_s / events)


def test_regular_events_leave_no_flush_empty() -> None:
    rules = batching("batching.stateless.age=3s", "batching.stateless.age_from=flush")
    assert request_rate(rules, 2.0, 200.0, poisson=False) == pytest.approx(1 / 3)


def test_flow_carries_events_and_bytes() -> None:
    flow = only(Stream.STATELESS, "batching.stateless.count=4", "fleet.class.desk.stateless.size=100B")
    assert (flow.agents, flow.rate_per_s, flow.events, flow.body_bytes) == (20, 0.25, 4, 400)
    assert flow.requests_per_s == 5


def test_profile_is_followed() -> None:
    changed = resolved(QUEUE, "fleet.class.desk.stateless.profile=[['0s', 0.5], ['10s', 3.0]]")
    rates = [flows_at(changed, at_s * 10**9)[0].rate_per_s for at_s in (0, 9, 10, 29)]
    assert rates == [0.5, 0.5, 3.0, 3.0]


def test_closed_stream_asks_at_most_once_a_think_time() -> None:
    think = "fleet.class.desk.stateless={process='closed', think={law='exponential', mean='4s'}}"
    assert only(Stream.STATELESS, think).rate_per_s == 0.25


@pytest.mark.parametrize(
    ("renew", "life_s"), [("", 40), ("renew='before-expiry', margin='2s', jitter='4s'", 36)]
)
def test_token_life(renew: str, life_s: float) -> None:
    changed = resolved(QUEUE, f"auth={{scheme='server-token', ttl='40s', {renew}}}".replace(", }", "}"))
    assert token_life_s(changed) == life_s
    (login,) = [flow for flow in flows_at(changed) if flow.stream == Stream.LOGIN]
    assert login.rate_per_s == 1 / life_s


def test_agents_with_bad_credentials_ask_for_nothing() -> None:
    assert flows_at(resolved(STORM, "fleet.class.desk.credentials=invalid")) == ()


def test_long_polls_last_until_a_command_or_the_hold() -> None:
    flow = only(
        Stream.COMMANDS, "commands={channel='long-poll', hold='20s', server_hold='10s', rate='0.1/s'}"
    )
    assert flow.held_s == pytest.approx((1 - exp(-1)) / 0.1)
    assert flow.rate_per_s == pytest.approx(1 / flow.held_s)


def test_poll_without_end_is_held_by_every_agent() -> None:
    for_ever = resolved(QUEUE, "commands.channel=long-poll")
    assert polling_agents(for_ever) == 20
    assert {flow.stream for flow in flows_at(for_ever)} == {Stream.STATELESS}
    assert polling_agents(resolved()) == 0


def test_heartbeats_and_polls_come_once_a_period() -> None:
    sets = ("heartbeat={period='5s', size='50B'}", "commands={channel='poll', period='8s', pause_after='2s'}")
    beat, poll = only(Stream.HEARTBEAT, *sets), only(Stream.COMMANDS, *sets)
    assert (beat.rate_per_s, beat.body_bytes) == (0.2, 50)
    assert poll.rate_per_s == 0.1
