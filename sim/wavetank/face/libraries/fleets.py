"""The fleets that the page asks about: small and large, with connections new each time and kept."""

from collections.abc import Sequence
from typing import NamedTuple

from wavetank.libraries.catalogue import Library
from wavetank.libraries.decision import Decision
from wavetank.libraries.tradeoff import Tradeoff, compare
from wavetank.scenario import Scenario

SIZES = (1_000, 100_000)
"""A company and a large provider."""

STRATEGIES = (("per-request", "a new TLS connection per request"), ("keep-alive", "kept connections"))


class Fleet(NamedTuple):
    """A fleet of `agents` by one strategy, and what each library makes of it."""

    id: str
    agents: int
    strategy: str
    title: str
    found: Tradeoff


def fleets(base: Scenario, decision: Decision, known: Sequence[Library]) -> tuple[Fleet, ...]:
    """The scenario's fleet in every size and by every strategy, in closed form. Raises NoFit."""
    found = []
    for agents in SIZES:
        for strategy, told in STRATEGIES:
            scenario = base.but(f"fleet.agents={agents}", f"connection.strategy={strategy}")
            traded = compare(scenario, decision=decision, simulated=False, known=known)
            title = f"{agents:,} agents, {told}"
            found.append(Fleet(f"{agents}-{strategy}", agents, strategy, title, traded))
    return tuple(found)


def fleet_of(found: tuple[Fleet, ...], agents: int, strategy: str) -> Fleet:
    """The one of that size and strategy."""
    return next(one for one in found if (one.agents, one.strategy) == (agents, strategy))
