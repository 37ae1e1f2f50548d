"""Each committed story shows what its title promises, in this order."""

import re

import pytest

from wavetank.face.uml.stories import STORIES, Story, timing

PROMISED = {
    "sequence-login": ["SYN", "ACK, ClientHello", "ServerHello", "POST /login", "200, token", "GET"],
    "sequence-expired-token": [
        "POST /login", "200, token", "POST /stateless", "200", "POST /stateless", "401", "POST /login",
        "200, token", "POST /stateless, 11 events, attempt 2", "200",
    ],
    "sequence-stateless-batch": ["loop 27 times", "POST /stateless, 4 to 17 events", "200", "end"],
    "sequence-stateful-replay": [
        "POST /stateful, 17 events", "== node-restart", "reset", "SYN", "reset", "== node-restart is over",
        "POST /stateful, 17 events, attempt 3", "200", "loop 3 times", "200", "end", "caption",
    ],
    "sequence-commands-long-poll": [
        "GET /commands", "1 min later", "200, no command", "GET /commands", "200, 1 command", "loop",
    ],
    "sequence-commands-piggyback": [
        "loop", "POST /heartbeat", "200", "end", "POST /heartbeat", "200, 1 command", "loop",
    ],
    "sequence-restart-storm": [
        "POST /stateless", "200", "== cold-start", "POST /login", "408", "POST /login, attempt 2", "loop",
        "POST /login, attempt", "408", "end", "POST /login, attempt", "200, token", "POST /stateless", "200",
    ],
}  # fmt: skip


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_story_shows_what_it_promises(story: Story) -> None:
    said = [re.sub(r"^[AS<].*? : ", "", line) for line in story.draw().source.splitlines()]
    rest = iter(said)
    for promised in PROMISED[story.name]:
        assert any(promised in line for line in rest), f"{promised} does not come, or too early, in {said}"


def test_every_story_is_told() -> None:
    assert {story.name for story in STORIES} == set(PROMISED)


def test_timing_shows_a_renewal_while_the_first_token_lives() -> None:
    drawing = timing()
    assert {"logging in", "valid", "renewing", "token 1", "token 2", "accepted"} <= set(drawing.labels)
    source = drawing.source
    assert source.index('T2 is "accepted"') < source.rindex("T1 is {hidden}")
