"""Find what limits the flow of a load that is not carried: cores, a limit, the store, a line, or the agents.

Busy cores come first, then the limit that refuses the most, then by closed form the part that lets the
fewest events through. Else the agents do not ask for more.
"""

from wavetank.policy.codes import Cause
from wavetank.results.judge.plan import JudgePlan
from wavetank.results.judge.sample import Sample

BUSY = 0.95
"""Cores that are busy for more of the time are what binds; below it a queue of some length is no limit."""
REFUSED = 0.01
"""Part of the requests above which refusals of one limit are what binds."""
AGENTS = "the agents themselves"


def binding(plan: JudgePlan, before: Sample, latest: Sample) -> str:
    """Return what binds between two samples of a run without faults, in a few words.

    Busy cores, else the limit that refuses the most, else by closed form the part that lets the fewest events
    through; else the agents, who do not ask for more.
    """
    past_s = max((latest.at_ns - before.at_ns) / 1e9, 1e-9)
    cores = plan.resources[0].capacity_per_s if plan.resources else 0.0
    if cores and (latest.busy_ns - before.busy_ns) / 1e9 >= BUSY * cores * past_s:
        return "server cores"
    refused = [after - then for then, after in zip(before.refused, latest.refused, strict=True)]
    limits = {Cause(cause): n for cause, n in enumerate(refused) if Cause(cause) not in _NO_LIMITS}
    most = max(limits, key=limits.__getitem__, default=Cause.NONE)
    if limits.get(most, 0) > REFUSED * max(1, latest.requests - before.requests):
        return f"server.limits.{most.name.lower()}"
    asked_per_s = (latest.created - before.created) / past_s
    tight = [bound for bound in plan.bounds if bound.events_per_s < asked_per_s]
    return min(tight, key=lambda bound: bound.events_per_s).name if tight else AGENTS


_NO_LIMITS = frozenset({Cause.NONE, Cause.TOKEN, Cause.CREDENTIALS, Cause.ROUTE_TIMEOUT})
"""Causes of refusals that no limit of the server makes."""
