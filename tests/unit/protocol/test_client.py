import json

import pytest

from tests.unit.protocol.driving import Driven, paths
from wavetank.policy.codes import DropCause, Stream
from wavetank.policy.rate_map import NEVER
from wavetank.protocol.client import CONFIRMATIONS_MOST, OFFLINE_PAUSE_NS, Attempt, hash_of
from wavetank.protocol.tables import TokenState
from wavetank.units import SECOND

TEXTS = ("a", "b", "c")


def body_of(agent: Driven, index: int = -1) -> dict[str, object]:
    parsed = json.loads(agent.client.request(agent.sent[index]).body)
    assert isinstance(parsed, dict)
    return parsed


def test_it_logs_in_first() -> None:
    agent = Driven()
    assert paths(agent.client, agent.sent) == ["/login"]
    assert agent.sent[0].deadline_ns == 7 * SECOND


def test_full_batch_goes_at_once_and_holds_what_is_there() -> None:
    agent = Driven().logged_in()
    agent.put(Stream.STATEFUL, *TEXTS, "d")
    assert paths(agent.client, agent.step()) == ["/stateful"]
    assert body_of(agent) == {
        "epoch": "epoch",
        "events": [{"sequence": n, "data": text} for n, text in enumerate(TEXTS)],
    }
    assert agent.step() == [], "one request of a stream at a time"


def test_what_is_not_full_goes_at_its_age() -> None:
    agent = Driven().logged_in()
    agent.now = 3.0
    agent.put(Stream.STATEFUL, "a")
    assert agent.step() == []
    assert agent.client.next_ns() == 13 * SECOND
    assert agent.at(12.9) == []
    assert len(agent.at(13)) == 1


def test_acknowledged_events_are_gone_and_others_follow() -> None:
    agent = Driven().logged_in()
    agent.put(Stream.STATEFUL, *TEXTS, "d")
    agent.answer(agent.step()[0])
    assert agent.events[Stream.STATEFUL].acknowledged == 3
    assert agent.events[Stream.STATEFUL].outbox.held == 1
    assert len(agent.at(10)) == 1
    assert body_of(agent)["events"] == [{"sequence": 3, "data": "d"}]


def test_what_fell_due_without_a_token_goes_with_all_that_came_meanwhile() -> None:
    agent = Driven("batching.stateful={count=10,age='1s'}")
    agent.put(Stream.STATEFUL, "a")
    assert agent.at(2) == []
    agent.put(Stream.STATEFUL, "b")
    assert paths(agent.client, agent.grant(agent.sent[0])) == ["/stateful"]
    assert [event["data"] for event in body_of(agent)["events"]] == ["a", "b"]  # type: ignore[attr-defined]


def test_stateless_events_have_no_numbers() -> None:
    agent = Driven().logged_in()
    agent.put(Stream.STATELESS, "a", "b")
    agent.step()
    assert body_of(agent) == {"events": [{"data": "a"}, {"data": "b"}]}


def test_token_is_shown_and_renewed_before_it_expires() -> None:
    agent = Driven().logged_in()
    assert agent.client.next_ns() == 90 * SECOND
    assert paths(agent.client, agent.at(90)) == ["/login"]
    agent.put(Stream.STATEFUL, *TEXTS)
    assert agent.client.request(agent.step()[0]).headers["Authorization"] == "Bearer token"
    agent.grant(agent.sent[1], "second")
    assert agent.client.session.expires_ns == 190 * SECOND
    agent.answer(agent.sent[2])
    agent.put(Stream.STATEFUL, *TEXTS)
    assert agent.client.request(agent.step()[0]).headers["Authorization"] == "Bearer second"


def test_life_counts_from_the_asking() -> None:
    agent = Driven()
    agent.now = 5.0
    agent.grant(agent.sent[0])
    assert agent.client.session.expires_ns == 100 * SECOND


def test_life_that_the_server_does_not_tell_is_the_scenarios() -> None:
    agent = Driven()
    agent.answer(agent.sent[0], 200, {"access_token": "x"})
    assert agent.client.session.expires_ns == 100 * SECOND


def test_short_lives_do_not_make_a_storm() -> None:
    agent = Driven().logged_in()
    agent.grant(agent.at(90)[0], life_s=5)
    for _ in range(3):
        (login,) = agent.at(agent.client.next_ns() / SECOND)
        assert login.started_ns - agent.sent[-2].started_ns >= SECOND
        agent.grant(login, life_s=5)


@pytest.mark.parametrize("on_rejection", ["resume", "backoff"])
def test_rejected_token_makes_one_login_whoever_notices(on_rejection: str) -> None:
    agent = Driven(f"auth.on_rejection={on_rejection}").logged_in()
    agent.put(Stream.STATEFUL, *TEXTS)
    agent.put(Stream.STATELESS, "a", "b")
    first, second = agent.step()
    assert paths(agent.client, agent.answer(first, 401)) == ["/login"]
    assert agent.answer(second, 401) == []
    again = agent.grant(agent.sent[-1], "second")
    if on_rejection == "backoff":
        assert again == []
        again = agent.at(1)
    assert paths(agent.client, again) == ["/stateless", "/stateful"]
    assert {attempt.token for attempt in again} == {"second"}
    assert agent.client.logins == 2


def test_late_rejection_of_a_former_token_is_repeated_without_login() -> None:
    agent = Driven().logged_in()
    agent.put(Stream.STATEFUL, *TEXTS)
    (first,) = agent.step()
    (login,) = agent.at(90)
    agent.grant(login, "second")
    assert [attempt.token for attempt in agent.answer(first, 401)] == ["second"]
    assert agent.client.logins == 2


def test_failures_back_off_and_are_repeated_for_ever() -> None:
    agent = Driven().logged_in()
    agent.put(Stream.STATEFUL, *TEXTS)
    agent.step()
    for wait_s in (1, 2, 4, 8):
        begun = agent.now
        agent.client.lost(agent.sent[-1], agent.ns)
        assert agent.at(begun + wait_s - 0.001) == []
        assert len(agent.at(begun + wait_s)) == 1
    assert [row["data"] for row in body_of(agent)["events"]] == list(TEXTS)  # type: ignore[attr-defined]


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured(status: int) -> None:
    agent = Driven().logged_in()
    agent.put(Stream.STATEFUL, *TEXTS)
    agent.answer(agent.step()[0], status, Retry_After="30")
    assert agent.client.next_ns() == 30 * SECOND
    assert agent.at(29.9) == []
    assert len(agent.at(30)) == 1


def test_retry_after_counts_for_logins() -> None:
    agent = Driven()
    agent.answer(agent.sent[0], 429, Retry_After="30")
    assert agent.at(29.9) == []
    assert paths(agent.client, agent.at(30)) == ["/login"]


def test_retry_after_is_ignored_where_the_scenario_says_so() -> None:
    agent = Driven("retry.stateful.honour_retry_after=false").logged_in()
    agent.put(Stream.STATEFUL, *TEXTS)
    agent.answer(agent.step()[0], 503, Retry_After="30")
    assert len(agent.at(1)) == 1


def test_batch_too_large_is_halved_until_one_event_is_dropped() -> None:
    agent = Driven("batching.stateful={count=4,age='10s'}").logged_in()
    agent.put(Stream.STATEFUL, *TEXTS, "d")
    agent.step()
    sizes = [4]
    while sizes[-1] > 1:
        agent.answer(agent.sent[-1], 413)
        sizes.append(agent.sent[-1].exchange.events)
    assert sizes == [4, 2, 1]
    agent.answer(agent.sent[-1], 413)
    kept = agent.events[Stream.STATEFUL]
    assert (kept.drops[DropCause.BODY], kept.outbox.held) == (1, 3)
    assert body_of(agent)["events"] == [{"sequence": 1, "data": "b"}]


def test_halved_batches_grow_again() -> None:
    agent = Driven("batching.stateful={count=4,age='10s'}").logged_in()
    agent.put(Stream.STATEFUL, *map(str, range(10)))
    agent.step()
    agent.answer(agent.sent[-1], 413)
    sizes = []
    for _ in range(3):
        sizes.append(agent.sent[-1].exchange.events)
        agent.answer(agent.sent[-1])
    assert sizes == [2, 4, 4]
    assert agent.events[Stream.STATEFUL].acknowledged == 10


def test_exhausted_stateless_batch_is_dropped_and_counted() -> None:
    agent = Driven().logged_in()
    agent.put(Stream.STATELESS, "a", "b")
    agent.answer(agent.step()[0], 503)
    agent.answer(agent.at(1)[0], 503)
    kept = agent.events[Stream.STATELESS]
    assert (kept.drops[DropCause.ATTEMPTS], kept.outbox.held) == (2, 0)


def test_exhausted_stateful_batch_is_kept() -> None:
    agent = Driven("retry.stateful.attempts=1").logged_in()
    agent.put(Stream.STATEFUL, *TEXTS)
    (again,) = agent.answer(agent.step()[0], 503)
    assert agent.client.request(again).body == agent.client.request(agent.sent[-1]).body
    assert agent.events[Stream.STATEFUL].outbox.held == 3


def test_refused_login_takes_it_offline_and_a_minute_later_it_begins_anew() -> None:
    agent = Driven()
    agent.put(Stream.STATEFUL, *TEXTS)
    agent.step()
    assert agent.answer(agent.sent[0], 401) == []
    assert agent.client.offline
    assert agent.client.session.state == TokenState.DENIED
    assert agent.at(59.9) == []
    assert OFFLINE_PAUSE_NS == 60 * SECOND
    assert paths(agent.client, agent.at(60)) == ["/login"]
    assert not agent.client.offline
    assert paths(agent.client, agent.grant(agent.sent[-1])) == ["/stateful"]


@pytest.mark.parametrize("body", [None, {}, {"access_token": 7}, {"access_token": "a\nb"}, [1], "x"])
def test_grant_without_a_token_is_a_failure(body: object) -> None:
    agent = Driven()
    assert agent.answer(agent.sent[0], 200, body) == []
    assert agent.client.session.state == TokenState.LOGIN_WAIT
    assert paths(agent.client, agent.at(2)) == ["/login"]


def test_answer_after_the_deadline_means_nothing() -> None:
    agent = Driven().logged_in()
    agent.put(Stream.STATEFUL, *TEXTS)
    (first,) = agent.step()
    agent.client.timed_out(first, agent.ns)
    agent.answer(first)
    assert agent.events[Stream.STATEFUL].outbox.held == 3
    (second,) = agent.at(1)
    agent.answer(first)
    assert agent.events[Stream.STATEFUL].outbox.held == 3
    agent.answer(second)
    assert agent.events[Stream.STATEFUL].outbox.held == 0


POLLS = ("commands={channel='long-poll',hold='20s',pause_after='1s'}",)


def test_polls_follow_one_another() -> None:
    agent = Driven(*POLLS)
    assert paths(agent.client, agent.grant(agent.sent[0])) == ["/commands"]
    assert agent.sent[-1].deadline_ns == 20 * SECOND
    agent.answer(agent.sent[-1], 200, {"commands": []})
    assert agent.at(0.9) == []
    assert paths(agent.client, agent.at(1)) == ["/commands"]


def test_hold_that_ends_is_as_good_as_an_empty_answer() -> None:
    agent = Driven(*POLLS).logged_in()
    agent.now = 20.0
    agent.client.timed_out(agent.sent[-1], agent.ns)
    assert len(agent.at(21)) == 1
    agent.client.lost(agent.sent[-1], agent.ns)
    assert agent.at(23.9) == [], "what is cut backs off"
    assert len(agent.at(24)) == 1


def test_poll_that_was_never_sent_backs_off() -> None:
    agent = Driven(*POLLS).logged_in()
    agent.now = 20.0
    agent.client.timed_out(agent.sent[-1], agent.ns, asked=False)
    assert agent.at(22.9) == [], "an empty answer would ask again at 21 s"
    assert len(agent.at(23)) == 1


def test_command_is_confirmed_before_the_next_poll() -> None:
    agent = Driven(*POLLS).logged_in()
    agent.answer(agent.sent[-1], 200, {"commands": [{"id": 7, "command": "ping"}, {"no": "id"}, 3]})
    (command,) = agent.client.commands
    assert (command.id, command.fields) == ("7", {"command": "ping"})
    assert agent.at(2) == [], "it is not carried out yet"
    agent.client.commands.clear()
    agent.client.confirm("7", "pong", agent.ns)
    (confirming,) = agent.step()
    request = agent.client.request(confirming)
    assert (request.method, request.path, request.body) == ("POST", "/commands/7", b'{"result": "pong"}')
    agent.client.lost(confirming, agent.ns)
    (again,) = agent.at(5)
    agent.answer(again, 204)
    assert paths(agent.client, agent.at(6)) == ["/commands"]


def test_few_confirmations_are_under_way_at_once() -> None:
    """A command that is not carried out yet waits, and the next poll waits for all of them."""
    agent = Driven(*POLLS).logged_in()
    agent.answer(agent.sent[-1], 200, {"commands": [{"id": n} for n in range(3 * CONFIRMATIONS_MOST)]})
    confirmed, under_way = 0, list[Attempt]()
    while agent.client.commands or under_way:
        while agent.client.obeys:
            agent.client.confirm(agent.client.commands.pop(0).id, "pong", agent.ns)
        under_way += agent.step()
        assert len(under_way) <= CONFIRMATIONS_MOST
        assert all(path.startswith("/commands/") for path in paths(agent.client, under_way))
        agent.client.answered(under_way.pop(0), 204, {}, b"", agent.ns)
        confirmed += 1
    assert confirmed == 3 * CONFIRMATIONS_MOST
    assert paths(agent.client, agent.at(1)) == ["/commands"]


def test_confirmation_that_nobody_waits_for_is_given_up() -> None:
    agent = Driven(*POLLS).logged_in()
    agent.answer(agent.sent[-1], 200, {"commands": []})
    agent.client.confirm("7", "pong", agent.ns)
    agent.answer(agent.step()[0], 404)
    assert paths(agent.client, agent.at(1)) == ["/commands"]


def test_without_a_channel_nobody_polls() -> None:
    agent = Driven().logged_in()
    agent.at(50)
    assert paths(agent.client, agent.sent) == ["/login"]


def test_nothing_to_do_is_never() -> None:
    agent = Driven("auth.renew=on-rejection").logged_in()
    assert agent.client.next_ns() == NEVER


def test_agents_that_share_a_scenario_draw_for_themselves() -> None:
    first, second = (f"01a2086b-95b1-720d-b6ad-63153bec43{n:02}" for n in (69, 70))
    assert hash_of(first) != hash_of(second)
    assert 0 <= hash_of(first) < 2**40
