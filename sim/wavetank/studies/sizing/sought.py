"""The quantity that `size` looks for: nodes, cores, connections or agents, and how a design gets it.

The quantity has steps, and the steps have a rank: a design of a higher rank has more room. The search knows
only ranks.
"""

from math import floor, log10
from typing import NamedTuple

from wavetank.errors import WavetankError
from wavetank.scenario import Scenario

WORDS = ("nodes", "cores", "connections", "agents")
MOST = {"nodes": 10_000, "cores": 10_000, "connections": 100_000_000, "agents": 100_000_000}
"""The greatest value that is tried: what the schema allows, or no machine has."""
DIGITS = 2
"""Numbers of agents and connections are found to so many digits: neighbours differ by 1 to 10 %."""


class BadSize(WavetankError):
    """A sizing that cannot be computed as asked; the message says why, and what can."""


class Sought(NamedTuple):
    """The quantity that is looked for, in steps, ordered by a rank: a design of a higher rank has more room.

    Attributes
    ----------
    word : str
        "nodes", "cores", "connections" or "agents".
    key : str
        The key of the scenario.
    step : int
        Values are whole multiples of it.
    workers : int
        Workers of a node as the scenario has them: a node with more cores gets as many workers.
    """

    word: str
    key: str
    step: int = 1
    workers: int = 0

    @property
    def fewest(self) -> bool:
        """Whether the fewest are looked for; of agents it is the most."""
        return self.word != "agents"

    @property
    def ranks(self) -> tuple[int, int]:
        """The lowest and the highest rank."""
        last = MOST[self.word] // self.step
        return (1, last) if self.fewest else (-last, -1)

    def value(self, rank: int) -> int:
        """Return the value of a rank."""
        return abs(rank) * self.step

    def settings(self, rank: int) -> tuple[str, ...]:
        """Return the overrides that give a scenario the value of a rank."""
        value = self.value(rank)
        texts = (f"{self.key}={value}",)
        raised = self.word == "cores" and 0 < self.workers < value
        return (*texts, f"server.workers={value}") if raised else texts

    def text(self, rank: int) -> str:
        """Return the value of a rank with its noun: "20 nodes", "1 core on each node"."""
        value = self.value(rank)
        noun = self.word if value != 1 else self.word[:-1]
        where = {"cores": " on each node", "connections": " to each node"}.get(self.word, "")
        return f"{value:,} {noun}{where}"


def sought_of(word: str, base: Scenario) -> Sought:
    """Return what a word of --find means for a scenario. Raises BadSize."""
    if word not in WORDS:
        raise BadSize(f"there is no such thing to find as {word!r}; take {', '.join(WORDS)}")
    server = base.spec.server
    if word == "nodes":
        return Sought(word, "server.nodes")
    if word == "cores":
        return Sought(word, "server.cores", workers=server.workers or 0)
    if word == "agents":
        return Sought(word, "fleet.agents")
    limits = server.limits
    written = limits is not None and limits.connections is not None
    return Sought(word, "server.limits.connections" + (".value" if written else ""))


def rounded(sought: Sought, value: int) -> Sought:
    """Return the same with the step that suits values of about this size."""
    if sought.word in ("nodes", "cores") or value < 1:
        return sought
    return sought._replace(step=max(1, 10 ** (floor(log10(value)) + 1 - DIGITS)))
