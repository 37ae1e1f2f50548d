"""Registration, drawn from an agent and a server joined in memory: both sides of the protocol, no I/O."""

import json
from typing import NamedTuple

from wavetank.face.uml.page import RULE, Drawing, Page
from wavetank.face.uml.sequence import COLOURS, STYLE
from wavetank.policy.codes import AuthScheme, Stream
from wavetank.protocol import wire
from wavetank.protocol.identity import Credentials, uuid7
from wavetank.protocol.registration import Registration, registration
from wavetank.protocol.server import Authority

# here a divider is no fault
_STYLE = (
    *STYLE,
    "skinparam sequenceDividerBackgroundColor #F5F5F5",
    "skinparam sequenceDividerBorderColor " + RULE,
)


class Answer(NamedTuple):
    """An answer of the server, as in HTTP."""

    status: int
    body: bytes


class Server:
    """A server's memory of registrations. The real one keeps a hash of each key, this one the key."""

    def __init__(self) -> None:
        self.keys: dict[str, str] = {}
        self.authority = Authority(AuthScheme.SERVER_TOKEN, 0, ())

    def answer(self, request: wire.Request) -> Answer:
        """Answer a registration."""
        asked = json.loads(request.body)
        uuid, key = asked["uuid"], asked["key"]
        known = uuid in self.keys
        revoked = known and self._index(uuid) in self.authority.revoked
        outcome = registration(known, revoked, self.keys.setdefault(uuid, key) == key)
        return Answer(int(outcome), b"{}")

    def revoke(self, uuid: str) -> None:
        """Refuse an agent from now on."""
        self.authority.revoked.add(self._index(uuid))

    def _index(self, uuid: str) -> int:
        return list(self.keys).index(uuid)


class Agent:
    """An agent that registers, as `wavetank agent register` does."""

    def __init__(self, kept: Credentials) -> None:
        self.kept = kept

    def ask(self) -> wire.Request:
        """The request that makes it known; an operator's name and password go with it."""
        return wire.register(self.kept, "operator", "password")

    def hear(self, answer: Answer) -> str:
        """Take the answer; returns what it means to the agent."""
        if answer.status in (Registration.NEW, Registration.SAME):
            self.kept = self.kept._replace(registered=True)
            return "keeps that it is registered"
        return wire.why_not_registered(answer.status, answer.body)


UUID = uuid7(1_764_000_000_000, 2**70 + 12_345)


def agent(key: str) -> Agent:
    """An agent before its registration; the UUID is the same for all."""
    return Agent(Credentials(UUID, key, "web-1", "https://server", "", False))


def registration_drawing() -> Drawing:
    """First time, once more, with another key, and after the agent was revoked."""
    page = Page("Registration: once, and repeated without harm", _STYLE)
    page.add(f'participant "{page.say("agent")}" as A')
    page.add(f'participant "{page.say("server", "management API")}" as S')
    server, first = Server(), agent("a first key")
    page.add(f"A -> A : {page.say('chooses UUID and key, and keeps them')}")
    _exchange(page, "the first time", first, server)
    _exchange(page, "once more, for the answer may have been lost", first, server)
    _exchange(page, "another agent that claims the same UUID", agent("a second key"), server)
    server.revoke(UUID)
    _exchange(page, "the first agent, after it was revoked", first, server)
    page.caption("Drawn from the protocol's own two sides, joined in memory.")
    return page.drawing("sequence-registration")


def _exchange(page: Page, when: str, own_side: Agent, server: Server) -> None:
    colour = COLOURS[Stream.REGISTER]
    request = own_side.ask()
    answer = server.answer(request)
    page.add(f"== {page.say(when)} ==", f"A -[{colour}]> S : {page.say(_said(request))}")
    page.add(f"S -[{colour}]-> A : {page.say(f'{answer.status}, {_outcome(answer)}')}")
    page.add(f"A -> A : {page.say(*own_side.hear(answer).split('; '))}")


def _said(request: wire.Request) -> str:
    asked = json.loads(request.body)
    told = f"{request.method} {request.path}: {asked['name']}, its UUID, {asked['key']}"
    return f"{told}; an operator's password" if "Authorization" in request.headers else told


def _outcome(answer: Answer) -> str:
    return {
        Registration.NEW: "new",
        Registration.SAME: "known, the same key",
        Registration.CONFLICT: "conflict",
    }[Registration(answer.status)]
