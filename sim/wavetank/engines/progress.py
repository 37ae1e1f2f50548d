"""How an engine says how far it is."""

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called once a bin of the series with (virtual time in ns, attempts issued so far)."""
