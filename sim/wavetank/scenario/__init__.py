"""Scenarios: their files, their catalogue, and the resolved form that engines read."""

from wavetank.scenario.catalogue import KINDS, Details, Entry, list_entries, show
from wavetank.scenario.fingerprint import digest
from wavetank.scenario.loading import Scenario, load, loads, resolve
from wavetank.scenario.overrides import Override, overrides

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
    "overrides",
    "resolve",
    "show",
]
