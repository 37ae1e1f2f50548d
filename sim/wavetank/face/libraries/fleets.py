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
    drawn = []
    for agents in SIZES:
        for strategy, told in STRATEGIES:
            scenario = base.but(f"fleet.agents={agents}", f"connection.strategy={strategy}")
            traded = compare(scenario, decision=decision, simulated=False, known=known)
            title = f"{agents:,} agents, {told}"
            drawn.append(Fleet(f"{agents}-{strategy}", agents, strategy, title, traded))
    return tuple(drawn)


def fleet_of(drawn: tuple[Fleet, ...], agents: int, strategy: str) -> Fleet:
    """The one of that size and strategy."""
    return next(fleet for fleet in drawn if (fleet.agents, fleet.strategy) == (agents, strategy))
