"""Pairings for the two ends of a fleet's connections: one library at both, or two that fit."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from wavetank.errors import WavetankError
from wavetank.libraries.catalogue import Library, unknown
from wavetank.libraries.costs import OTHERS, Side, Use, Wire, uses
from wavetank.libraries.scale import Baseline, reference_of


class NoFit(WavetankError):
    """Libraries that cannot be compared as asked: which, why, and what would do."""


class Pairing(NamedTuple):
    """An agent's use of a library and a server's, of one protocol, secured alike; either may be missing."""

    agent: Use | None
    server: Use | None

    @property
    def use(self) -> Use:
        """Either of both; protocol, mode and security are the same."""
        use = self.server or self.agent
        assert use is not None
        return use

    @property
    def name(self) -> str:
        """Such as "grpc stream" or "libcurl HTTP/1.1 + uvicorn"."""
        if self.agent is None or self.server is None or self.agent.library == self.server.library:
            return self.use.name
        return f"{self.agent.name} + {self.server.library}"

    @property
    def agent_side(self) -> Side | None:
        """Costs of the agent's end."""
        return self.agent.agent if self.agent else None

    @property
    def server_side(self) -> Side | None:
        """Costs of the server's end."""
        return self.server.server if self.server else None

    @property
    def wires(self) -> tuple[Wire, Wire] | None:
        """Bytes beside the bodies, and bytes to the agents, by whichever end they were counted with."""
        for end in (self.server, self.agent):
            if end is not None and end.wire is not None and end.down is not None:
                return end.wire, end.down
        return None

    @property
    def third_party(self) -> bool:
        """Whether any figure is of others."""
        return any(end is not None and end.figures == OTHERS for end in self)

    @property
    def shared(self) -> bool:
        """Whether both ends are the same library."""
        return (
            self.agent is not None and self.server is not None and self.agent.library == self.server.library
        )


def pairings(known: Sequence[Library], names: Sequence[str] = ()) -> tuple[Pairing, ...]:
    """The pairings of "ID" (both ends, in every way of using it) and "AGENT+SERVER"; without names, of all.

    Raises ScenarioError for an unknown library, NoFit where there is nothing to compare.
    """
    reference = reference_of(known)
    if not names:
        every = [library for library in known if library.card.kind == "transport"]
        return tuple(pairing for library in every for pairing in _alone(uses(library, reference)))
    by_id = {library.id: library for library in known}
    return tuple(pairing for name in names for pairing in _named(name, by_id, reference))


def _alone(all_uses: Sequence[Use]) -> Iterator[Pairing]:
    for use in all_uses:
        yield Pairing(use if use.agent else None, use if use.server else None)


def _named(name: str, known: dict[str, Library], reference: Baseline) -> list[Pairing]:
    ends = name.split("+")
    if len(ends) > 2 or not all(ends):
        raise NoFit(f"{name}: a pair has two ends; write AGENT+SERVER, as in libcurl+uvicorn")
    by_end = [_uses(end, known, reference) for end in ends]
    if len(by_end) == 1:
        return list(_alone(by_end[0]))
    fit = list(fitting(*by_end))
    if not fit:
        raise NoFit(
            f"{name}: there are no figures of {ends[0]} as an agent and {ends[1]} as a server that fit"
        )
    return fit


def _uses(name: str, known: dict[str, Library], reference: Baseline) -> tuple[Use, ...]:
    if name not in known:
        raise unknown(name, known)
    library = known[name]
    if library.card.kind != "transport":
        raise NoFit(
            f"{library.id} is a {library.card.kind} library and carries no requests; compare transports"
        )
    if not (used := uses(library, reference)):
        raise NoFit(f"{library.id} has no figures yet; wavetank libraries measure {library.id} makes them")
    return used


def fitting(agents: Sequence[Use], servers: Sequence[Use]) -> Iterator[Pairing]:
    """Every use at the agent with every use at the server that speaks the same, secured alike."""
    for agent in agents:
        for server in servers:
            alike = agent[1:4] == server[1:4]
            if alike and agent.agent is not None and server.server is not None:
                yield Pairing(agent, server)
