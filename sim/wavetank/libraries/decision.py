"""A decision, `models/weights/NAME.toml`: what is weighed, how much, and what things cost."""

from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Self

from pydantic import model_validator

from wavetank.errors import ScenarioError
from wavetank.libraries.card import Text, Texts
from wavetank.scenario.catalogue import roots
from wavetank.scenario.problems import validated
from wavetank.scenario.schema.base import Table, key, required
from wavetank.scenario.schema.leaf import Misfit, Name, PositiveShare, choice, number
from wavetank.scenario.schema.top import Sources
from wavetank.scenario.tree import printable, read_tree

DEFAULT = "agent-communication"
FIGURES = {
    "money": "money for servers per agent and year",
    "server_cores": "cores kept busy by the library at the servers",
    "agent_cpu": "CPU time of an agent per day",
    "memory": "memory of the servers' connections",
    "wire": "bytes on the wire per agent and day",
    "protocols": "share of the protocol table that is answered with yes (part: half)",
    "tls": "1 where connections are secured by TLS",
    "shared": "1 where one library is at both ends",
    "licence": "1 where the newest licence of each end is a permissive one",
    "upkeep": "1 where new releases come, a half where slowly, 0 where none will; the lesser of both",
}
"""The figures that a criterion can look at, and how each is computed."""

Price = Annotated[float, number(0, 1e6)]


class Prices(Table):
    """Prices of what a fleet uses, in the decision's currency."""

    core_hour: Price = required("A core for an hour.")
    gb_hour: Price = required("A GB of memory for an hour.")
    gb_to_servers: Price = required("A GB of traffic from agents to servers.")
    gb_to_agents: Price = required("A GB of traffic from servers to agents.")


class Criterion(Table):
    """Something that is weighed."""

    id: Name = required("A name for machines.")
    name: Text = required("A name for people.")
    weight: Annotated[float, number(0, 1000)] = required("How much it counts, against the other weights.")
    figure: Annotated[str, choice(FIGURES)] = required("What is looked at.")
    better: Annotated[str, choice(("less", "more"))] = required("Which way is better.")
    why: Text = required("Why it counts.")
    permissive: Texts = key((), "licence: the SPDX expressions that count.")


class Decision(Table):
    """A decision: its prices and the criteria that are weighed."""

    name: Text = required("Title.")
    description: Text = key("", "What it is about.")
    currency: Text = required("Of the prices.")
    busy: PositiveShare = key(Fraction(4, 5), "How busy a core is planned to be.")
    pairs: Texts = key((), "AGENT+SERVER: pairs of two libraries that are weighed beside single ones.")
    prices: Prices = required("What things cost.")
    criterion: tuple[Criterion, ...] = required("What is weighed.")
    sources: Sources = key({}, "Where the numbers come from, per key.")

    @model_validator(mode="after")
    def _weighed(self) -> Self:
        if not any(criterion.weight for criterion in self.criterion):
            raise Misfit("no criterion has a weight; give one of them more than 0", "criterion")
        names = [criterion.id for criterion in self.criterion]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise Misfit(f"the criterion {name} is there twice; rename one", "criterion", index, "id")
        missing = [f"prices.{name}" for name in Prices.model_fields if f"prices.{name}" not in self.sources]
        if missing:
            raise Misfit(f"{missing[0]} has no source; say under [sources] where the price is from", "prices")
        return self


def find_decision(name: str = DEFAULT, models: Path | None = None) -> Decision:
    """The decision of a name in the catalogue, or in a .toml file. Raises ScenarioError."""
    if name.endswith(".toml"):
        return validated(Decision, read_tree(Path(name)))
    known: dict[str, Path] = {}
    for root in roots(models):
        known = {**{path.stem: path for path in root.glob("weights/*.toml")}, **known}
    if name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(sorted(known)) or 'none'}"
        raise ScenarioError(f'there is no decision "{printable(name)}"; {hint}', printable(name), 1, 1)
    return validated(Decision, read_tree(known[name]))
