"""The states of sampled agents over time, for the wave picture."""

from collections.abc import Mapping

from wavetank.results.states import CONNECTED, WAVE_BINS, WAVE_ROWS
from wavetank.scenario.resolved import Resolved


class Wave:
    """At most 2,000 agents, evenly chosen, by at most 1,000 bins; a bin shows its worst state.

    `origin_ns` is when the run begins, by the machine's clock; what was before is not shown.
    """

    def __init__(self, resolved: Resolved) -> None:
        self.origin_ns = 0
        self._duration_ns = resolved.duration_ns
        self._bins = min(WAVE_BINS, max(1, resolved.duration_ns // 1_000_000))
        rows = min(WAVE_ROWS, resolved.agents)
        self._row = {row * resolved.agents // rows: row for row in range(rows)}
        self._lines = [bytearray(self._bins) for _ in range(rows)]
        self._state = [CONNECTED] * rows
        self._filled = [0] * rows

    def look(self, agent: int, now_ns: int, state: int) -> None:
        """An agent is in this state from now on."""
        row = self._row.get(agent, -1)
        if row < 0 or state == self._state[row]:
            return
        here = min(max(0, now_ns - self.origin_ns) * self._bins // self._duration_ns, self._bins - 1)
        self._fill(row, here)
        self._state[row] = state
        self._lines[row][here] = max(self._lines[row][here], state)

    def _fill(self, row: int, until: int) -> None:
        """The state so far holds in every bin up to this one."""
        line, state = self._lines[row], self._state[row]
        if state != CONNECTED:
            for index in range(self._filled[row], until + 1):
                line[index] = max(line[index], state)
        self._filled[row] = until

    def rows(self, expiry_ns: Mapping[int, int]) -> list[bytes]:
        """The rows at the end of the run, sorted by token expiry at the first fault (per agent)."""
        for row in range(len(self._lines)):
            self._fill(row, self._bins - 1)
        agents = sorted(self._row, key=lambda agent: (expiry_ns.get(agent, 0), agent))
        return [bytes(self._lines[self._row[agent]]) for agent in agents]
