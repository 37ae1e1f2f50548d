import pytest

from wavetank.policy.codes import AuthScheme, Cause, Stream
from wavetank.protocol.server import Authority, CommandBoard, Presence

STREAMS = [stream for stream in Stream if stream not in (Stream.REGISTER, Stream.LOGIN)]


def test_without_authentication_everybody_comes_in() -> None:
    authority = Authority(AuthScheme.NONE, 0, [1])
    assert all(authority.refusal(1, stream, 9, -1, 0) == Cause.NONE for stream in Stream)


@pytest.mark.parametrize("stream", STREAMS)
def test_token_lives_until_its_expiry(stream: Stream) -> None:
    authority = Authority(AuthScheme.SERVER_TOKEN, 100, [])
    assert authority.refusal(0, stream, 0, 100, 99) == Cause.NONE
    assert authority.refusal(0, stream, 0, 100, 100) == Cause.TOKEN


@pytest.mark.parametrize("stream", STREAMS)
def test_rotation_voids_every_token_given_before(stream: Stream) -> None:
    authority = Authority(AuthScheme.SERVER_TOKEN, 100, [])
    authority.rotate()
    assert authority.refusal(0, stream, 0, 100, 0) == Cause.TOKEN
    assert authority.refusal(0, stream, authority.generation, 100, 0) == Cause.NONE


def test_login_shows_credentials_not_a_token() -> None:
    authority = Authority(AuthScheme.SERVER_TOKEN, 100, [1])
    assert authority.refusal(0, Stream.LOGIN, 9, 0, 50) == Cause.NONE
    assert authority.refusal(1, Stream.LOGIN, 0, 100, 50) == Cause.CREDENTIALS


def test_token_outlives_its_credentials() -> None:
    authority = Authority(AuthScheme.SERVER_TOKEN, 100, [1])
    assert authority.refusal(1, Stream.STATELESS, 0, 100, 50) == Cause.NONE


@pytest.mark.parametrize("scheme", [AuthScheme.SELF_TOKEN, AuthScheme.PER_REQUEST_MAC])
def test_other_schemes_show_credentials_every_time(scheme: AuthScheme) -> None:
    authority = Authority(scheme, 100, [1])
    authority.rotate()
    for stream in STREAMS:
        assert authority.refusal(0, stream, 0, -1, 50) == Cause.NONE
        assert authority.refusal(1, stream, 0, -1, 50) == Cause.CREDENTIALS


def test_commands_wait_for_their_agent() -> None:
    board = CommandBoard()
    board.create(3, 10)
    board.create(3, 20)
    board.create(4, 30)
    assert [board.waiting(agent) for agent in (3, 4, 5)] == [2, 1, 0]
    assert board.deliver(3, 2) == [10, 20]
    assert [board.waiting(agent) for agent in (3, 4)] == [0, 1]


def test_commands_that_came_meanwhile_stay() -> None:
    board = CommandBoard()
    board.create(3, 10)
    carried = board.waiting(3)
    board.create(3, 20)
    assert board.deliver(3, carried) == [10]
    assert board.waiting(3) == 1


def test_same_commands_are_delivered_once() -> None:
    board = CommandBoard()
    board.create(3, 10)
    assert board.deliver(3, 1) == [10]
    assert board.deliver(3, 1) == []
    assert board.pending == {}


def test_agent_is_silent_from_the_bound_on() -> None:
    presence = Presence([0, -5])
    assert presence.sweep(9, 10) == [14]
    assert presence.sweep(10, 10) == [10]


def test_one_alarm_per_silence() -> None:
    presence = Presence([0])
    assert presence.sweep(10, 10) == [10]
    assert presence.sweep(20, 10) == []
    presence.heard(0, 25)
    assert presence.sweep(30, 10) == []
    assert presence.sweep(35, 10) == [10]


def test_kept_generations_live_on_until_they_expire() -> None:
    authority = Authority(AuthScheme.SERVER_TOKEN, 100, [])
    authority.rotate(kept=1)
    assert authority.refusal(0, Stream.STATEFUL, 0, 100, 99) == Cause.NONE
    assert authority.refusal(0, Stream.STATEFUL, 0, 100, 100) == Cause.TOKEN
    authority.rotate(kept=1)
    assert authority.refusal(0, Stream.STATEFUL, 0, 100, 0) == Cause.TOKEN
    assert authority.refusal(0, Stream.STATEFUL, 1, 100, 0) == Cause.NONE


@pytest.mark.parametrize("stream", STREAMS)
def test_revoked_agents_are_refused_with_the_token_they_have(stream: Stream) -> None:
    authority = Authority(AuthScheme.SERVER_TOKEN, 100, [])
    authority.revoked.add(1)
    assert authority.refusal(1, stream, 0, 100, 0) == Cause.TOKEN
    assert authority.refusal(1, Stream.LOGIN, 0, 100, 0) == Cause.CREDENTIALS
    assert authority.refusal(2, stream, 0, 100, 0) == Cause.NONE


def test_commands_are_confirmed_in_any_order_and_once() -> None:
    board = CommandBoard()
    for command in (10, 20, 30):
        board.create(3, command)
    assert board.confirm(3, 20)
    assert not board.confirm(3, 20)
    assert not board.confirm(4, 10)
    assert board.pending == {3: [10, 30]}
    assert board.confirm(3, 30)
    assert board.confirm(3, 10)
    assert board.pending == {}


def test_agents_join_one_after_the_other() -> None:
    presence = Presence([])
    assert [presence.join(5), presence.join(8)] == [0, 1]
    assert presence.sweep(15, 10) == [10]
    assert presence.offline == {0}
