"""A sample for the judge: an engine's counts and levels at one instant, exact integers.

Both engines must give the same sample at the same instant. It covers what happened before the instant,
nothing of it (docs/model.md#signals).
"""

from typing import NamedTuple


class Level(NamedTuple):
    """A quantity that goes up and down, such as a number of agents, at the instant of a sample.

    Attributes
    ----------
    value : int
        The level at the instant.
    moment_ns : int
        Sum of change x (time of the change - time of the previous sample) over all changes since the previous
        sample (the first one: since 0, where every level counts as a change from zero). With it the mean
        level since then is exact: `value - moment_ns / (time between the two samples)`.
    """

    value: int
    moment_ns: int = 0

    def mean(self, step_ns: int) -> float:
        """Return the mean level over the `step_ns` nanoseconds since the previous sample."""
        return self.value - self.moment_ns / step_ns


class Sample(NamedTuple):
    """Everything that happened before `at_ns`: a sample at t covers [0, t), events at t come after it.

    Counts are totals since the start. Agents that have left (`SteppedRun.leave`) count in none of the
    attributes from `settled` to `offline`.

    Attributes
    ----------
    at_ns : int
        The instant.
    settled : Level
        Events acknowledged to their agents or dropped.
    acknowledged, dropped : int
        The two parts of `settled`, as totals.
    created : int
        Events created, of all streams; -1 where the sample was taken without counting them.
    thought : Level
        Events created by closed streams alone (after each think time).
    impaired : Level
        Agents with an unmet need: see docs/model.md#signals.
    outstanding : Level
        Commands created and not yet delivered.
    silent : Level
        Agents from which the server has heard no heartbeat for two periods, or for `offline_after` where that
        is longer.
    waiting : Level
        Jobs that wait for a core or worker.
    offline : int
        Agents that were refused for good, or ran out of login attempts.
    stale_needs : int
        Agents whose need is unbroken for longer than 20 H.
    stale_commands : int
        Commands that are undelivered for longer than 20 H.
    busy_ns : int
        CPU time of all jobs that began, less what died with its node.
    logins, requests, connects : int
        Tokens granted; attempts issued; SYNs sent, repeated ones included.
    refused : tuple of int
        Attempts or connections refused, by `Cause`.
    renewed : tuple of int
        For each login begun since the previous sample (its first attempt), the instant in ns at which the
        token that it replaces was issued; `NO_TOKEN` where there was none. In the order of the logins.
    """

    at_ns: int
    settled: Level
    acknowledged: int
    dropped: int
    created: int
    thought: Level
    impaired: Level
    outstanding: Level
    silent: Level
    waiting: Level
    offline: int
    stale_needs: int
    stale_commands: int
    busy_ns: int
    logins: int
    requests: int
    connects: int
    refused: tuple[int, ...]
    renewed: tuple[int, ...]


NOT_COUNTED = -1
"""`Sample.created` of a sample without a count."""
NO_TOKEN = -(1 << 62)
"""Issue time of a token that an agent does not have: before every instant of a run."""
