"""Scenarios: their files, their catalogue, and the resolved form that engines read.

The names are imported when first used: the real agent and server read codes and laws of resolved scenarios,
and start without the schema and its pydantic.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wavetank.scenario.catalogue import KINDS, Details, Entry, list_entries, show
    from wavetank.scenario.fingerprint import digest
    from wavetank.scenario.loading import Scenario, load, loads, resolve
    from wavetank.scenario.overrides import Override

__all__ = [
    "KINDS",
    "Details",
    "Entry",
    "Override",
    "Scenario",
    "digest",
    "list_entries",
    "load",
    "loads",
    "resolve",
    "show",
]

_HOMES = {
    "KINDS": "catalogue",
    "Details": "catalogue",
    "Entry": "catalogue",
    "Override": "overrides",
    "Scenario": "loading",
    "digest": "fingerprint",
    "list_entries": "catalogue",
    "load": "loading",
    "loads": "loading",
    "resolve": "loading",
    "show": "catalogue",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
