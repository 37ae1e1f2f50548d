"""Limits of the flow, between two samples of a run without faults."""

from tests.unit.results.judge.paths import Path, plan
from wavetank.policy.codes import Cause
from wavetank.results.judge.binds import AGENTS, binding
from wavetank.results.judge.plan import Bound, JudgePlan
from wavetank.results.judge.sample import Sample

PLAN = plan()


def bound_by(judge_plan: JudgePlan = PLAN, busy: float = 0.5, **refused: int) -> str:
    """The limits that bind over 10 s in which 1,000 events were created and 1,000 requests made."""
    path = Path(busy=busy)
    before, latest = path.sample(10, 10), path.sample(20, 10)
    counts = [refused.get(cause.name.lower(), 0) for cause in Cause]
    return binding(judge_plan, _with(before, [0] * len(Cause)), _with(latest, counts))


def _with(sample: Sample, refused: list[int]) -> Sample:
    return sample._replace(refused=tuple(refused))


def test_busy_cores_bind() -> None:
    assert bound_by(busy=0.96) == "server cores"
    assert bound_by(busy=0.94) != "server cores"


def test_the_limit_that_refuses_most() -> None:
    assert bound_by(login_rate=20, request_rate=300) == "server.limits.request_rate"
    # busy cores go first; 1 % of the requests is nothing
    assert bound_by(busy=1.0, request_rate=300) == "server cores"
    assert bound_by(request_rate=10) == AGENTS


def test_a_token_that_is_not_valid_is_no_limit() -> None:
    assert bound_by(token=500, credentials=500) == AGENTS


def test_the_part_that_lets_the_fewest_events_through() -> None:
    # 100 events a second are asked for
    bounds = (Bound("store", 50.0), Bound("server.limits.bandwidth", 80.0), Bound("server cores", 200.0))
    assert bound_by(PLAN._replace(bounds=bounds)) == "store"
    assert bound_by(PLAN._replace(bounds=bounds[1:])) == "server.limits.bandwidth"
    assert bound_by(PLAN._replace(bounds=bounds[2:])) == AGENTS
