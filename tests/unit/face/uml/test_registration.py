import pytest

from wavetank.face.uml.registration import UUID, Server, agent, registration_drawing


def test_the_first_time_is_new_and_repeating_it_changes_nothing() -> None:
    server, new = Server(), agent("a")
    assert server.answer(new.ask()).status == 201
    kept = dict(server.keys)
    assert [server.answer(new.ask()).status for _ in range(3)] == [200, 200, 200]
    assert server.keys == kept == {UUID: "a"}


def test_another_key_is_refused() -> None:
    server, first, second = Server(), agent("a"), agent("b")
    first.hear(server.answer(first.ask()))
    told = second.hear(server.answer(second.ask()))
    assert (first.kept.registered, second.kept.registered) == (True, False)
    assert "another key" in told
    assert server.answer(first.ask()).status == 200


@pytest.mark.parametrize("key", ["a", "b"])
def test_a_revoked_agent_cannot_come_back(key: str) -> None:
    server = Server()
    server.answer(agent("a").ask())
    server.revoke(UUID)
    assert server.answer(agent(key).ask()).status == 409


def test_the_drawing_tells_all_four() -> None:
    drawing = registration_drawing()
    statuses = [label.partition(",")[0] for label in drawing.labels if label[:3].isdigit()]
    assert statuses == ["201", "200", "409"]
    assert sum(" S : " in line for line in drawing.source.splitlines()) == 4
    assert sum(" A : 409" in line for line in drawing.source.splitlines()) == 2
