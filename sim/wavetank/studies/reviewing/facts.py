"""Read facts: figures that need no run, taken from a scenario or from the findings of `check`.

A fact of a scenario is any key that holds one number (`auth.ttl`), in SI units. A key that is zero because
its feature is off is no fact: a claim about it is "not runnable" instead of true by accident. Facts that
are in no scenario, such as measurements of libraries, come from a `FactReader` that the caller hands in.
"""

from collections.abc import Callable
from difflib import get_close_matches
from fractions import Fraction
from typing import NamedTuple

from wavetank.scenario import Scenario
from wavetank.scenario.schema.leaf import Leaf, Misfit, shown
from wavetank.scenario.schema.top import Spec
from wavetank.scenario.schema.walk import walk
from wavetank.studies.checking import check
from wavetank.units import SECOND

CHECK = "check.warnings"
"""How many warnings `wavetank check` has."""
_QUANTITIES = {"duration": "duration", "rate": "rate", "size": "size", "share": "ratio"}


class Fact(NamedTuple):
    """A figure that was read: its value in the unit of its quantity, and where it is from."""

    value: float
    quantity: str
    source: str


FactReader = Callable[[str, str], Fact | None]
"""Reads a figure of another kind, by its name and the option's library; None where it knows no such name."""


def _keys() -> dict[str, str]:
    """Every key of a scenario that is one number, with its quantity."""
    keys = {}
    for key in walk(Spec):
        if isinstance(key.marker, Leaf) and not key.many:
            quantity = _QUANTITIES.get(key.marker.unit)
            if quantity or key.marker.unit in ("whole number", "number"):
                keys[".".join(key.path)] = quantity or "number"
    return keys


KEYS = _keys()


def is_scenario_fact(name: str) -> bool:
    """Whether a fact is read from a scenario."""
    return name == CHECK or name in KEYS


def unknown_fact(name: str) -> str:
    """Return the message about a fact that there is not."""
    near = get_close_matches(name, [CHECK, *KEYS], n=1)
    hint = f"did you mean {near[0]}?" if near else f"write a key of the scenario that is a number, or {CHECK}"
    return f"{shown(name)} is no fact; {hint}"


def scenario_fact(name: str, scenario: Scenario) -> Fact:
    """Read a fact from a scenario.

    Raises Misfit where it has no such number, or where the key is not in force.

    Examples
    --------
    >>> import wavetank as wt
    >>> scenario_fact("auth.ttl", wt.load("wazuh-60"))
    Fact(value=900.0, quantity='duration', source='the scenario')
    """
    if name == CHECK:
        grave = [finding for finding in check(scenario) if finding.level.value != "fact"]
        return Fact(float(len(grave)), "number", "wavetank check")
    if name not in KEYS:
        raise Misfit(unknown_fact(name))
    value: object = scenario.spec
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else getattr(value, part, None)
    if not isinstance(value, int | float | Fraction):
        raise Misfit(f"{name} is not in this scenario")
    quantity = KEYS[name]
    if not value and quantity in ("duration", "rate"):
        raise Misfit(f"{name} is not in this scenario, so there is nothing to read")
    return Fact(float(value) / (SECOND if quantity == "duration" else 1), quantity, "the scenario")
