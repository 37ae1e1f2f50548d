import pytest

from wavetank.policy.codes import Stream
from wavetank.protocol.native import class_of, generates, generators_of, not_honoured
from wavetank.scenario import load

BASE = load("native-agent")


def test_default_scenario_is_honoured() -> None:
    assert not_honoured(BASE.resolve()) == []
    assert not_honoured(load("wazuh-60").resolve()) == []


@pytest.mark.parametrize(
    ("key", "sets"),
    [
        ("auth.scheme", ("auth.scheme=none",)),
        ("connection.tls", ("connection.tls=none",)),
        ("commands.channel", ("commands={channel='piggyback'}", "heartbeat.period=10s")),
        ("heartbeat.period", ("heartbeat.period=10s",)),
    ],
)
def test_what_is_not_honoured_is_named(key: str, sets: tuple[str, ...]) -> None:
    assert any(key in problem for problem in not_honoured(BASE.but(*sets).resolve()))


def test_agents_have_the_events_of_their_class() -> None:
    resolved = load("quickstart").resolve()
    last = resolved.classes[-1]
    assert class_of(resolved, 0) == resolved.classes[0]
    assert class_of(resolved, last.first + last.agents - 1) == last
    assert class_of(resolved, resolved.agents) is None
    assert generators_of(resolved, resolved.agents) == {}
    assert set(generators_of(resolved, 0)) == {Stream.STATELESS, Stream.STATEFUL}


def test_closed_streams_wait_for_answers() -> None:
    closed = BASE.but("fleet.class.agent.stateful={process='closed',think='1s'}").resolve()
    assert not generates(closed.classes[0])
    assert generates(BASE.resolve().classes[0])
