"""Which kernels a scenario needs."""

from tests.unit.studies.cases import QUEUE, STORM, resolved
from wavetank.engines.compiled.toolchain.groups import needed


def test_simple_scenarios_need_few_groups() -> None:
    assert needed(resolved(QUEUE), False) == {"always", "core", "laws", "steady", "arrivals"}
    assert {"token", "trace", "deadlines"} <= needed(resolved(STORM), True)
