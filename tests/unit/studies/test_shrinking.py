from collections.abc import Callable

from tests.unit.studies.cases import STORM, scenario
from wavetank.scenario import Scenario
from wavetank.studies.shrinking import shrunk


def never() -> bool:
    return False


def test_only_what_is_needed_is_left() -> None:
    small = shrunk(
        scenario(STORM),
        lambda candidate: candidate.spec.auth.ttl == 40 * 10**9 and len(candidate.spec.fault) > 0,
        never,
    )
    assert small.spec.fleet.agents == 1
    assert set(small.tree.raw) == {"name", "seed", "duration", "fleet", "auth", "fault"}
    assert small.spec.duration > 20 * 10**9  # or the fault would be after the end, which is refused
    assert small.spec.duration < 23 * 10**9


def test_agents_go_as_far_as_they_may() -> None:
    small = shrunk(scenario(STORM), lambda candidate: candidate.spec.fleet.agents >= 7, never)
    assert small.spec.fleet.agents == 7


def test_nothing_is_tried_when_the_time_is_over() -> None:
    tried: list[Scenario] = []

    def still(candidate: Scenario) -> bool:
        tried.append(candidate)
        return True

    small = shrunk(scenario(STORM), still, lambda: len(tried) >= 3)
    assert len(tried) == 3
    assert small == tried[-1]


def test_seed_is_that_of_the_run() -> None:
    nothing_goes: Callable[[Scenario], bool] = lambda candidate: False  # noqa: E731
    assert shrunk(scenario(STORM), nothing_goes, never, seed=9).spec.seed == 9
