"""One run as studies keep it: its verdict and metrics, without series, histograms or text of the scenario.

It is what survives of a run in a sweep of thousands. To get the whole result, run it again with the
same seed.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from wavetank.engines.registry import choose
from wavetank.results.judge.verdict import Verdict, from_plain, to_plain
from wavetank.results.provenance import MODEL_VERSION, wavetank_version
from wavetank.results.slo import Judged, judge_objectives
from wavetank.results.summary import Summary
from wavetank.results.windows import RECOVERY
from wavetank.scenario.resolved import Objective, Resolved

LAYOUT = 2
"""Version of what is kept of a run: a cell of another layout is made again."""
WINDOW = "@"
"""Separates a metric's name from its window."""


class CellTask(NamedTuple):
    """One run that is wanted.

    Attributes
    ----------
    engine : str
        Name of the engine.
    resolved : Resolved
        The scenario with the seed of this run, without a name and without the limits it is judged by later.
    settle_ns : int or None
        How long the run may go on past its duration; None: until it is decided, within bounds.
    windows : bool
        Whether the latencies before, during and after the faults are kept. They depend on a limit.
    bounds : tuple of Objective
        Limits on latencies of which the share of observations beyond is counted.
    twin : bool
        Whether a run with faults is compared with the fleet without them. Without that the verdict says
        nothing but whether agents are lost: a run that is judged by its figures takes half the time.
    """

    engine: str
    resolved: Resolved
    settle_ns: int | None = None
    windows: bool = True
    bounds: tuple[Objective, ...] = ()
    twin: bool = True

    @property
    def calm(self) -> tuple[object, ...]:
        """The key of its twin, the run without faults: runs with an equal key share the twin."""
        compared = self.resolved._replace(faults=(), objectives=()) if self.twin else self.resolved
        return self.engine, self.settle_ns, compared

    @property
    def agent_s(self) -> float:
        """Agents x simulated seconds, at most."""
        return self.resolved.agents * (self.resolved.duration_ns + (self.settle_ns or 0)) / 1e9

    @property
    def key(self) -> str:
        """Sha256 of all that decides what the run counts, in hexadecimal."""
        versions = (LAYOUT, MODEL_VERSION, wavetank_version())
        text = json.dumps([versions, *self], separators=(",", ":"), allow_nan=False)
        return sha256(text.encode()).hexdigest()


def cell_task(
    resolved: Resolved,
    engine: str | None = None,
    settle_ns: int | None = None,
    bounds: tuple[Objective, ...] = (),
    twin: bool = True,
) -> CellTask:
    """Return the task of a resolved scenario, with its objectives taken out.

    The objectives are judged later, by the metrics that are kept: to change a limit simulates nothing. Only
    the bound of `recovery` says how long the window `during` is, so it stays where another objective asks
    for a window.

    Raises UnsupportedByEngine where the engine cannot run it.
    """
    chosen = choose(resolved, engine).name
    recovery = tuple(objective for objective in resolved.objectives if objective.metric == RECOVERY)
    windowed = any(WINDOW in objective.metric for objective in resolved.objectives)
    kept = recovery if windowed else ()
    asked = resolved._replace(name="", objectives=kept)
    return CellTask(chosen, asked, settle_ns, windowed or not recovery, bounds, twin)


class Cell(NamedTuple):
    """One run as it is kept on disk.

    Attributes
    ----------
    key : str
        The key of its task.
    engine : str
        Who simulated it.
    seed : int
        Its seed.
    verdict : Verdict or None
        What the judge said; None where the run came to no answer.
    summary : dict
        Metrics by name, as in `Result.summary`.
    censored : dict
        Lower bounds of metrics that were not over when the run ended.
    beyond : dict
        Share of observations beyond the bounds that were asked for, by metric.
    failure : str
        Why the run came to no answer, "" where it did. Only failures that come again are kept.
    """

    key: str
    engine: str
    seed: int
    verdict: Verdict | None
    summary: Summary
    censored: Mapping[str, float]
    beyond: Mapping[str, float]
    failure: str = ""

    def judged(self, objectives: tuple[Objective, ...]) -> list[Judged]:
        """Return the objectives with what came out and whether each is met."""
        return judge_objectives(objectives, self.summary, self.censored)

    @property
    def word(self) -> str:
        """The word of the verdict, "failed" without one."""
        return self.verdict.outcome.value if self.verdict is not None else "failed"


def to_json(cell: Cell) -> bytes:
    """Return a cell as JSON."""
    plain = cell._asdict()
    plain["verdict"] = None if cell.verdict is None else to_plain(cell.verdict)
    return json.dumps(plain, separators=(",", ":"), allow_nan=False).encode()


def from_json(text: bytes) -> Cell:
    """Return the cell that `to_json` wrote. Raises KeyError, TypeError or ValueError where it is none."""
    plain: dict[str, Any] = json.loads(text)
    verdict = plain["verdict"]
    return Cell(**{**plain, "verdict": None if verdict is None else from_plain(verdict)})
