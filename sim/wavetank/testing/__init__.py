"""Assertions on scenarios for your own tests: as few runs as each statement needs.

assert_recovers       a fleet is back within a time after its faults
assert_meets          a fleet meets the objectives of its scenario
assert_no_regression  a change makes a metric no worse than a baseline

Each takes a scenario by name, by path or as a `Scenario`, and raises AssertionError with the figures and a
command that shows what went wrong. The pytest plugin `wavetank.testing.plugin` bounds the number of runs.
They are imported when first used: pytest loads the plugin at every start.
"""

from importlib import import_module

# `typing` alone takes longer than all the rest of this module.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from wavetank.testing.asserting import assert_meets, assert_no_regression, assert_recovers

__all__ = ["assert_meets", "assert_no_regression", "assert_recovers"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__} has no attribute {name!r}")
    return getattr(import_module("wavetank.testing.asserting"), name)
