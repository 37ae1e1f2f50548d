"""The judge's knowledge of a scenario, by closed form and by hand."""

import pytest

from tests.unit.studies.cases import QUEUE, STORM, resolved
from wavetank.results.judge.grid import grid_of
from wavetank.results.judge.plan import FOREVER_NS, Bound, JudgePlan, Span
from wavetank.studies.judge_plan import plan_of

SECOND = 10**9
HEARTBEATS = 'name = "quiet"\nduration = "60s"\n[fleet]\nagents = 20\n[heartbeat]\nperiod = "10s"\n'


def plan(text: str = QUEUE, *sets: str) -> JudgePlan:
    return plan_of(resolved(text, *sets))


def bound(outlook: JudgePlan, name: str) -> float:
    (only,) = [bound.events_per_s for bound in outlook.bounds if bound.name.startswith(name)]
    return only


def test_a_scenario_with_tokens_and_a_fault() -> None:
    outlook = plan(STORM)
    assert outlook.grid == grid_of(resolved(STORM))
    assert (outlook.agents, outlook.warmup_ns) == (20, 0)
    assert outlook.faults == (Span(20 * SECOND, 23 * SECOND),)
    assert outlook.revivals_ns == ()
    assert (outlook.has_events, outlook.all_closed, outlook.has_commands, outlook.only_heartbeats) == (
        True, False, False, False,
    )  # fmt: skip
    assert 0 < outlook.token_life_ns <= 40 * SECOND
    # the age of a batch
    assert outlook.periods_ns == (SECOND,)


def test_faults_that_last_and_those_of_an_instant() -> None:
    faults = (
        "fault=[{kind='brown-out',at='10s',factor=2,lasts='5s'},{kind='cold-start',at='30s'},"
        "{kind='key-rotation',at='40s'}]"
    )
    outlook = plan(STORM, faults)
    seconds = [(span.begin_ns / SECOND, span.end_ns / SECOND) for span in outlook.faults]
    assert seconds == [(10, 15), (30, 30), (40, 40)]
    assert outlook.revivals_ns == (30 * SECOND,)


@pytest.mark.parametrize(
    ("text", "sets", "events", "closed", "commands", "heartbeats"),
    [
        (QUEUE, (), True, False, False, False),
        (HEARTBEATS, (), False, False, False, True),
        (HEARTBEATS, ("commands={channel='poll',period='5s'}",), False, False, False, False),
        (HEARTBEATS, ("auth={scheme='server-token',ttl='40s'}",), False, False, False, False),
    ],
)
def test_which_traffic_there_is(
    text: str, sets: tuple[str, ...], events: bool, closed: bool, commands: bool, heartbeats: bool
) -> None:
    outlook = plan(text, *sets)
    assert (outlook.has_events, outlook.all_closed) == (events, closed)
    assert (outlook.has_commands, outlook.only_heartbeats) == (commands, heartbeats)


def test_closed_loops_alone_are_closed() -> None:
    text = QUEUE.replace('{ rate = "1/s" }', '{ process = "closed", think = "1s" }')
    assert plan(text).all_closed
    mixed = text + '\n[[fleet.class]]\nname = "open"\nstateless = { rate = "1/s" }\n'
    assert not plan(mixed.replace('name = "desk"', 'name = "desk"\nshare = "50%"')).all_closed


def test_what_recovery_takes_of_the_cores() -> None:
    # 20 requests a second of 10 ms on one core, each with one event
    (cores,) = plan().resources
    assert (cores.name, cores.capacity_per_s, cores.used) == ("cores", 1.0, "busy")
    assert (cores.per_login, cores.per_request, cores.per_event) == pytest.approx((0.0, 0.01, 0.01))
    # a login of 10 ms on two cores
    cores = plan(STORM).resources[0]
    assert cores.capacity_per_s == 2
    assert cores.per_login >= 0.01


def test_every_limited_rate_is_a_resource() -> None:
    limits = (
        "server.limits.request_rate={rate='50/s',burst=10,answer='429'}",
        "server.limits.login_rate={rate='5/s',burst=10,answer='429'}",
    )
    resources = {resource.name: resource for resource in plan(STORM, *limits, "server.nodes=2").resources}
    assert list(resources) == ["cores", "login_rate", "request_rate"]
    logins, requests = resources["login_rate"], resources["request_rate"]
    # of both nodes
    assert (logins.capacity_per_s, requests.capacity_per_s) == pytest.approx((10, 100))
    assert (logins.per_login, logins.per_request, logins.used) == (1, 0, "logins")
    assert (requests.per_login, requests.per_request, requests.used) == (1, 1, "requests")
    assert requests.per_event == pytest.approx(1 / plan(STORM).batch_events)


def test_what_the_parts_let_through() -> None:
    # one core and 10 ms an event
    (cores,) = plan().bounds
    assert cores == Bound("server cores", cores.events_per_s)
    assert cores.events_per_s == pytest.approx(100)
    assert bound(plan(QUEUE, "server.cores=3"), "server cores") == pytest.approx(300)
    # 20 agents with one request of 10 events in flight, every 2 s
    slow = plan(QUEUE, "batching.stateless={count=10,age='1s',pause_after='2s',max_in_flight=1}")
    assert bound(slow, "the agents (batching.stateless") == pytest.approx(100)


def test_a_batch_has_at_least_one_event() -> None:
    assert plan(HEARTBEATS).batch_events == 1
    assert plan().batch_events == 1
    assert plan(QUEUE, "batching.stateless={age='10s'}").batch_events > 5


@pytest.mark.parametrize(
    ("batching", "events"),
    [
        ("{count=200}", 4000),
        ("{count=200,bytes='10kB'}", 200),
        ("{bytes='10kB'}", 200),
        # these wait for nothing, or not for long
        ("{count=1}", 0),
        ("{count=200,age='5s'}", 0),
    ],
)
def test_events_that_wait_for_their_batch_to_fill(batching: str, events: float) -> None:
    text = (
        "name='slow'\nduration='60s'\nfleet={agents=20,class=[{name='a',stateful={rate='1/min',size='1kB'}}]}\n"
        f"batching.stateful={batching}\n"
    )
    assert plan(text).filling_events == events


def test_a_fleet_that_begins_cold_is_given_time_to_log_in() -> None:
    running = plan(STORM)
    cold = plan(STORM, "fleet.start=cold")
    ramp = plan(STORM, "fleet.start=ramp", "fleet.ramp=4s")
    assert running.startup_ns == 0
    cores = cold.resources[0]
    # the cores alone do it in this time, and are not idle
    least_ns = 5 * SECOND * cold.agents * cores.per_login / cores.capacity_per_s
    assert cold.startup_ns > least_ns > 0
    assert ramp.startup_ns == cold.startup_ns + 4 * SECOND
    assert plan(HEARTBEATS, "fleet.start=cold").startup_ns == 0


def test_who_makes_tokens_with_invalid_credentials_is_refused_for_ever() -> None:
    fault = "fault=[{kind='invalid-credentials',at='10s',share='5%'}]"
    assert plan(STORM, fault).faults == (Span(10 * SECOND, 10 * SECOND),)
    assert plan(QUEUE, fault, "auth.scheme=self-token").faults == (Span(10 * SECOND, FOREVER_NS),)


BAD = "fleet.class=[{name='good',share='90%'},{name='bad',share='10%',credentials='invalid'}]"


@pytest.mark.parametrize(
    ("scheme", "refused"),
    # who has to log in is refused once, and goes offline; without any scheme nobody is refused
    [("none", 0), ("server-token", 0), ("self-token", 2), ("per-request-mac", 2)],
)
def test_who_is_refused_from_the_beginning(scheme: str, refused: int) -> None:
    lasts = ("auth.ttl=40s",) if scheme == "server-token" else ()
    assert plan(HEARTBEATS, BAD, f"auth.scheme={scheme}", *lasts).refused == refused


def test_a_fleet_without_traffic_has_no_signals() -> None:
    assert plan(HEARTBEATS).has_signals
    assert not plan('name = "idle"\nduration = "60s"\nfleet.agents = 3\n').has_signals
