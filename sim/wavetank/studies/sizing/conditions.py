"""Under which conditions a design must do well: an ordinary day, one node lost, the scenario's faults.

Each condition has objectives of its own (`objectives_under`). The instant at which a node is lost moves
through a period from run to run, so that no phase is favoured.
"""

from collections.abc import Iterator
from math import modf
from typing import NamedTuple

from wavetank.policy.codes import FaultKind
from wavetank.results.judge.grid import grid_of
from wavetank.results.judge.plan import FOREVER_NS
from wavetank.results.windows import AFTERMATH_NS, RECOVERY
from wavetank.scenario.resolved import Fault, Objective, Resolved
from wavetank.scenario.slo_words import has_windows
from wavetank.studies.judge_plan import plan_of
from wavetank.units import MINUTE, SECOND

DAY, NODE, FAULTS = "day", "node", "faults"
CONDITIONS = (DAY, NODE, FAULTS)
TITLES = {DAY: "ordinary day", NODE: "one node lost", FAULTS: "the scenario's faults"}
AWAY_NS = 2 * MINUTE
"""A lost node stays away for so long after the balancer has noticed: longer than agents repeat a request."""
STEADY_SPANS = 3
"""So many spans of the judging grid pass before a node is lost: the judge has seen an ordinary one."""
LATENCY = "event_latency_"
DELIVERED = f"{LATENCY}p99_s@during"
"""Objective with a node lost, for a scenario that bounds no latency of events."""
GOLDEN = 0.618034
"""The golden ratio less 1: its multiples fall evenly into a period, however many there are."""


class Loss(NamedTuple):
    """When a node is lost: in run k at base + frac(0.5 + 0.618 k) x period; and for how long, all in ns."""

    base_ns: int
    period_ns: int
    away_ns: int

    def at_ns(self, index: int) -> int:
        """Return when the node of a run is lost."""
        return self.base_ns + int(modf(0.5 + GOLDEN * index)[0] * self.period_ns)

    @property
    def end_ns(self) -> int:
        """When the node is back at the latest."""
        return self.base_ns + self.period_ns + self.away_ns


class Conditions(NamedTuple):
    """The conditions that each design is tried under.

    Attributes
    ----------
    asked : tuple of str
        The conditions: some of "day", "node" and "faults".
    within_ns : int
        W: so long after a fault's end the fleet must be back.
    stated : bool
        Whether the scenario says W (`slo.recovery`).
    loss : Loss
        When a node is lost.
    duration_ns : int
        How long every run is: until W after the last fault and what the verdict needs, at least as long as
        the scenario says.
    has_events : bool
        Whether the fleet makes events.
    judged_from_ns : int
        A hold after the last of the scenario's faults: no earlier can a fleet be said to be back.
    """

    asked: tuple[str, ...]
    within_ns: int
    stated: bool
    loss: Loss
    duration_ns: int
    has_events: bool = True
    judged_from_ns: int = 0

    @property
    def with_faults(self) -> tuple[str, ...]:
        """The conditions that are judged run by run; the scenario's own faults first, as they mostly bind."""
        return tuple(name for name in (FAULTS, NODE) if name in self.asked)

    def ends_early(self, resolved: Resolved) -> bool:
        """Whether a run through the scenario's faults may end as soon as the judge has decided.

        That is so where only recoveries are bounded. All other metrics are those of the whole run.
        """
        early = 0 < self.judged_from_ns < self.duration_ns
        return early and all(objective.metric.startswith(RECOVERY) for objective in resolved.objectives)


def conditions_of(resolved: Resolved, asked: tuple[str, ...], away_ns: int | None = None) -> Conditions:
    """Return the conditions of a scenario; `away_ns` is how long a lost node stays away."""
    bounds = [objective.bound for objective in resolved.objectives if objective.metric == RECOVERY]
    within_ns = round(bounds[0] * SECOND) if bounds else AFTERMATH_NS
    loss = _loss(resolved, away_ns)
    grid = grid_of(resolved)
    spans = plan_of(resolved).faults if FAULTS in asked else ()
    ends = [span.end_ns for span in spans if span.end_ns < FOREVER_NS]
    if NODE in asked:
        ends.append(loss.end_ns)
    needed_ns = max(ends, default=0) + within_ns + grid.hold_ns + 2 * grid.span_ns if ends else 0
    # whole seconds, as a scenario would have it
    needed_ns = -(-needed_ns // SECOND) * SECOND
    duration_ns = max(resolved.duration_ns, needed_ns)
    from_ns = max((span.end_ns for span in spans), default=0) + grid.hold_ns
    has_events = plan_of(resolved).has_events
    return Conditions(asked, within_ns, bool(bounds), loss, duration_ns, has_events, from_ns)


def _loss(resolved: Resolved, away_ns: int | None) -> Loss:
    balancer, span_ns = resolved.balancer, grid_of(resolved).span_ns
    base_ns = max(resolved.warmup_ns, STEADY_SPANS * span_ns)
    noticed_ns = balancer.fall * balancer.health_check_ns
    return Loss(base_ns, max(span_ns, balancer.health_check_ns), away_ns or AWAY_NS + noticed_ns)


def placed(resolved: Resolved, conditions: Conditions, name: str, index: int) -> Resolved:
    """Return a design under a condition, for the run of that index, with what it is held to."""
    faults = resolved.faults
    if name == DAY:
        faults = ()
    elif name == NODE:
        node = index % resolved.server.nodes
        at_ns = conditions.loss.at_ns(index)
        faults = (Fault(FaultKind.NODE_LOSS, at_ns, conditions.loss.away_ns, node, 0.0, 0.0),)
    objectives = objectives_under(resolved.objectives, conditions, name)
    return resolved._replace(faults=faults, objectives=objectives)


def objectives_under(
    objectives: tuple[Objective, ...], conditions: Conditions, name: str
) -> tuple[Objective, ...]:
    """Return what a scenario's objectives ask under a condition.

    Through its faults they stand as `wavetank run` judges them. On an ordinary day bounds for `before` hold
    for the whole run, and what is about faults falls away. With a node lost, latencies without a window are
    judged from the loss until W after the node is back. Where no latency of events is bounded, 99 % of the
    events must be delivered within W: a recovery counts from the node's return and cannot see the outage.
    """
    if name == DAY:
        return tuple(_on_a_day(objectives))
    within_s = conditions.within_ns / SECOND
    if name == FAULTS:
        return objectives if conditions.stated else (Objective(RECOVERY, within_s), *objectives)
    lost = tuple(_with_node_lost(objectives))
    if conditions.has_events and not any(objective.metric.startswith(LATENCY) for objective in lost):
        return (Objective(DELIVERED, within_s), *lost)
    return lost


def _on_a_day(objectives: tuple[Objective, ...]) -> Iterator[Objective]:
    for objective in objectives:
        metric, _, window = objective.metric.partition("@")
        if not metric.startswith(RECOVERY) and window in ("", "before"):
            yield Objective(metric, objective.bound)


def _with_node_lost(objectives: tuple[Objective, ...]) -> Iterator[Objective]:
    for metric, bound in objectives:
        if metric.startswith(RECOVERY) or metric.endswith("@before"):
            continue
        whole = has_windows(metric) and "@" not in metric
        yield Objective(f"{metric}@during" if whole else metric, bound)
