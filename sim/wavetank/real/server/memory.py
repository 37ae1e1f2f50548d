"""Memory that is given back to the system when many connections have gone.

The C library keeps what was freed, scattered as it is, for the next peak. That may never come, and meanwhile
the memory is missing elsewhere.
"""

# Some 25 MB: less is not worth the 5 microseconds for each connection that giving back takes.
_LEAST_PEAK = 500


class Memory:
    """Decides when memory is worth giving back, from how many connections are open."""

    def __init__(self) -> None:
        self._peak = 0

    def worth(self, connections: int, peak: int) -> bool:
        """Note how many connections are open, and were at most lately; True when half of many have gone."""
        self._peak = max(self._peak, peak)
        if self._peak < _LEAST_PEAK or connections > self._peak // 2:
            return False
        self._peak = connections
        return True
