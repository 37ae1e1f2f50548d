"""The instructions that a fleet gets before it begins."""

from pathlib import Path
from typing import NamedTuple

from wavetank.engines.live.target import Members, Target
from wavetank.scenario.resolved import Resolved


class Job(NamedTuple):
    """A fleet's instructions. `urls` are the server's agent API, as each network of the scenario reaches it;
    `ca` is the file with the certificates to trust, None for the system's.
    """

    resolved: Resolved
    target: Target
    ca: Path | None
    urls: tuple[str, ...]
    members: Members
    trace_agents: tuple[int, ...]
    trace_rows: int
