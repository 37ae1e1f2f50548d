"""The timing diagram of a token's life: the agent's state, and the server's tokens, from a trace.

The trace holds messages, the protocol's TOKEN table says what they do to the agent's state; so the diagram
shows the states that the agent was in, and cannot show one that the table does not know.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from wavetank.face.uml.machines import word
from wavetank.face.uml.page import Drawing, Page, shortened
from wavetank.face.uml.sequence import NothingToDraw, clock, end_ns, provenance, steps_of
from wavetank.face.uml.steps import GIVES_UP, RESET, TOKEN_GIVEN, TOO_LATE, Fate, Step, Way
from wavetank.policy.codes import AuthScheme, Renewal, StartKind, Stream
from wavetank.protocol.order import Message
from wavetank.protocol.tables import TOKEN, TokenEvent, TokenState
from wavetank.results.result import Result
from wavetank.scenario.resolved import Resolved
from wavetank.studies.formatting import duration

MOST_TOKENS = 2
"""Two lives of a token show one renewal."""

MOST_STATES = 12
"""More changes of state than these cannot be read side by side."""

LEAST_PX, WHOLE_PX = 85, 700
"""No step is narrower than that; all of them would together be so wide."""

COLD_START = "cold-start"

_STYLE = ("<style>", "timegrid { LineColor transparent }", "</style>")


class Token(NamedTuple):
    """From when until when the server accepts a token."""

    issued_ns: int
    expires_ns: int


Lane = list[tuple[int, TokenState]]
"""When the agent came into which state."""


def token_life(resolved: Resolved, result: Result, agent: int, title: str = "") -> Drawing:
    """The life of the first tokens of `agent` in a traced run of `resolved`.

    Raises NothingToDraw when agents get no tokens from the server, or this one got none in the trace.
    """
    if resolved.auth.scheme != AuthScheme.SERVER_TOKEN:
        raise NothingToDraw("agents get no token from the server")
    replay = _Replay(resolved, result, agent)
    tokens = replay.tokens[:MOST_TOKENS]
    if not tokens:
        raise NothingToDraw(f"agent {agent} was given no token in the trace")
    states = replay.states
    until_ns = min(tokens[-1].expires_ns, end_ns(result), *(at_ns for at_ns, _ in states[MOST_STATES:]))
    states = [(at_ns, state) for at_ns, state in states if at_ns < until_ns]
    ends = [t for token in tokens for t in token if t <= until_ns]
    places = _places(sorted({until_ns, *ends, *(at_ns for at_ns, _ in states)}))
    page = Page(title or f"A token's life: {shortened(resolved.name, 80)}", _STYLE)
    _draw(page, agent, places, states, tokens)
    page.caption(*_caption(resolved, result, places))
    return page.drawing("timing-token")


class _Replay:
    """Takes the agent's steps through the TOKEN table."""

    def __init__(self, resolved: Resolved, result: Result, agent: int) -> None:
        self._on_expiry = resolved.auth.renewal == Renewal.ON_EXPIRY
        self._ttl_ns = resolved.auth.ttl_ns
        self._state = TokenState.VALID if resolved.start == StartKind.STEADY else TokenState.NONE
        self._granted_ns = 0
        self._expires_ns: int | None = None
        self.states: Lane = [(0, self._state)]
        self.tokens: list[Token] = []
        # a token lives from the end of the server's login job, when its answer is sent
        self._issued_ns = {
            row.arrived_ns: row.sent_ns
            for row in result.trace_rows
            if (row.agent, row.stream, row.message) == (agent, Stream.LOGIN, Message.RESPONSE)
        }
        self._replay(steps_of(result, agent, compact=False))

    def _replay(self, steps: Iterable[Step]) -> None:
        begun_ns: dict[tuple[int, int, int], int] = {}
        for step in steps:
            if self._expires_ns is not None and step.at_ns >= self._expires_ns:
                self._expire(self._expires_ns)
            if step.way is Way.DOWN and step.fate is not Fate.ARRIVED:
                continue
            first = step.key not in begun_ns
            begun_ns.setdefault(step.key, step.at_ns)
            if step.way is Way.NONE:
                self._come(step.at_ns, TokenState.NONE if step.kind == COLD_START else self._state)
            elif step.stream == Stream.LOGIN:
                self._login(step, first)
            elif step.kind.startswith("401") and begun_ns[step.key] >= self._granted_ns:
                self._take(step.at_ns, TokenEvent.REJECTED)

    def _expire(self, at_ns: int) -> None:
        """A token that nobody renews is noticed to have expired when it is next needed, at a login."""
        self._expires_ns = None
        if self._state in (TokenState.RENEWING, TokenState.RENEW_WAIT):
            self._take(at_ns, TokenEvent.EXPIRED)

    def _login(self, step: Step, first: bool) -> None:
        if first:
            self._take(step.at_ns, self._cause(step.at_ns))
        if TOO_LATE in step.kind:
            return
        if step.kind.startswith(TOKEN_GIVEN):
            issued_ns = self._issued_ns[step.at_ns]
            self._granted_ns, self._expires_ns = step.at_ns, issued_ns + self._ttl_ns
            self.tokens.append(Token(issued_ns, self._expires_ns))
            self._take(step.at_ns, TokenEvent.GRANTED)
        elif step.kind.startswith("401"):
            self._take(step.at_ns, TokenEvent.REFUSED)
        elif step.kind[:3].isdigit() or step.kind.startswith((GIVES_UP, RESET)):
            self._take(step.at_ns, TokenEvent.FAILED)

    def _cause(self, at_ns: int) -> TokenEvent:
        """Why a login begins."""
        if self._state == TokenState.NONE:
            return TokenEvent.NEEDED
        if self._state == TokenState.VALID:
            return TokenEvent.EXPIRED if self._on_expiry else TokenEvent.DUE
        return TokenEvent.WAIT_OVER

    def _take(self, at_ns: int, event: TokenEvent) -> None:
        after, _ = TOKEN[self._state][event]
        self._come(at_ns, TokenState(after))

    def _come(self, at_ns: int, state: TokenState) -> None:
        if state == self._state:
            return
        self._state = state
        if self.states[-1][0] == at_ns:
            self.states.pop()
        self.states.append((at_ns, state))


# ---- picture -------------------------------------------------------------------------------


def _places(instants: Sequence[int]) -> dict[int, int]:
    """Where each instant is, in pixels: in proportion, but no step narrower than LEAST_PX."""
    whole_ns = max(instants[-1] - instants[0], 1)
    places, at = {instants[0]: 0}, 0
    for before, after in pairwise(instants):
        at += max(LEAST_PX, round((after - before) * WHOLE_PX / whole_ns))
        places[after] = at
    return places


def _caption(resolved: Resolved, result: Result, places: dict[int, int]) -> list[str]:
    instants = list(places)
    steps = [places[after] - places[before] for before, after in pairwise(instants)]
    widened = " Short steps are widened." if LEAST_PX in steps else ""
    return [
        f"A token lives {duration(resolved.auth.ttl_ns / 1e9)} from its making.{widened}",
        provenance(result),
    ]


def _draw(page: Page, agent: int, places: dict[int, int], states: Lane, tokens: Sequence[Token]) -> None:
    known = {state: f"S{int(state)}" for state in sorted({state for _, state in states}, reverse=True)}
    page.add("manual time-axis", "hide time-axis", "scale 100 as 100 pixels")
    page.add(f'concise "{page.say("since")}" as C', f'robust "{page.say(f"agent {agent}")}" as A')
    page.add(*(f'A has "{page.say(word(state))}" as {name}' for state, name in known.items()))
    page.add(
        *(f'concise "{page.say(f"token {number}")}" as T{number}' for number in range(1, len(tokens) + 1))
    )
    for at_ns, place in places.items():
        page.add(f"@{place}", f'C is "{page.say(clock(at_ns))}"')
        page.add(*(f"A is {known[state]}" for since_ns, state in states if since_ns == at_ns))
        for number, token in enumerate(tokens, start=1):
            if token.issued_ns == at_ns:
                page.add(f'T{number} is "{page.say("accepted")}"')
            elif token.expires_ns == at_ns or (token.issued_ns > at_ns and place == 0):
                page.add(f"T{number} is {{hidden}}")
    page.add(f"@{max(places.values()) + LEAST_PX}")
