"""How many runs an assertion may take: set by the plugin, read by the assertions."""

from contextvars import ContextVar

MOST_RUNS: ContextVar[int] = ContextVar("MOST_RUNS", default=200)
"""A claim that so many runs leave undecided is too close to the truth to be tested."""
