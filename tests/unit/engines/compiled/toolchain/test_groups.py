"""Which kernels a scenario needs."""

import pytest

from tests.unit.studies.cases import QUEUE, STORM, resolved
from wavetank.engines import compiled
from wavetank.engines.compiled.toolchain import groups, kernels
from wavetank.engines.compiled.toolchain.groups import needed


def test_simple_scenarios_need_few_groups() -> None:
    assert needed(resolved(QUEUE), False) == {"always", "core", "laws", "steady", "arrivals"}
    assert {"token", "trace", "deadlines"} <= needed(resolved(STORM), True)


def test_each_group_is_asked_for_by_a_feature() -> None:
    """A group of kernels that nothing asks for would never be compiled; one without kernels costs nothing."""
    pytest.importorskip("numba")
    compiled._loaded()
    asked = resolved(QUEUE)
    parts = (groups._fleet, groups._requests, groups._servers, groups._events)
    known = {name for part in parts for name in part(asked)} | {"core", "always", "trace", "judged"}
    assert {entry.group for entry in kernels.entries} == known | {"fast", kernels.TRAP}
