"""Write the lines of TOML that a finding of `check` proposes, and the faults under which a run shows it.

A proposed line can be pasted into the scenario as it is. Durations are rounded to the safe side: `at_least`
rounds up and `at_most` rounds down, so that the rounded value never brings the finding back. Faults and run
lengths are overrides KEY=VALUE for the command that shows the difference.
"""

from math import ceil, floor

from wavetank.scenario.resolved import Resolved
from wavetank.studies.flows import SECOND

LATE_SHARE = 0.2
"""A fault that is added to show something begins after this share of the run."""


def line(key: str, value: str | int) -> str:
    """Return `key = value` as TOML reads it: texts in quotes, tables and numbers as they are.

    Examples
    --------
    >>> line("auth.margin", "60s")
    'auth.margin = "60s"'
    """
    plain = isinstance(value, int) or value[:1] in "[{" or value in ("true", "false")
    return f"{key} = {value}" if plain else f'{key} = "{value}"'


def at_least(seconds: float) -> str:
    """Return a duration of the vocabulary that is no shorter: whole seconds, or milliseconds below 1 s."""
    return f"{ceil(round(seconds, 6))}s" if seconds > 1 else f"{max(1, ceil(round(1000 * seconds, 6)))}ms"


def at_most(seconds: float) -> str:
    """Return a duration of the vocabulary that is no longer: whole seconds, or milliseconds below 2 s."""
    return f"{floor(seconds)}s" if seconds >= 2 else f"{max(1, floor(1000 * seconds))}ms"


def nodes(resolved: Resolved, cores: float) -> str:
    """Return the line that gives a scenario at least so many cores in all, by nodes like those it has."""
    each = min(resolved.server.cores, resolved.server.workers)
    return line("server.nodes", max(1, ceil(cores / each)))


def fault(resolved: Resolved, kind: str, more: str = "") -> tuple[str, ...]:
    """Return the override that puts one fault, all nodes, in place of the scenario's own."""
    return (f'fault=[{{kind="{kind}", at="{_at_s(resolved)}s"{more}}}]',)


def restart(resolved: Resolved, down_s: float) -> tuple[str, ...]:
    """Return the overrides that take all nodes away for that long, in a run that lasts long enough."""
    at_s, down = _at_s(resolved), at_least(down_s)
    each = [
        f'{{kind="node-restart", node={node}, at="{at_s}s", down="{down}"}}'
        for node in range(resolved.server.nodes)
    ]
    return (f"fault=[{', '.join(each)}]", *lasting(resolved, at_s + 3 * down_s))


def lasting(resolved: Resolved, needed_s: float) -> tuple[str, ...]:
    """Return the override that makes a run last that long, unless it does."""
    return (f"duration={ceil(needed_s)}s",) if needed_s * SECOND > resolved.duration_ns else ()


def _at_s(resolved: Resolved) -> int:
    return max(1, floor(LATE_SHARE * resolved.duration_ns / SECOND))
