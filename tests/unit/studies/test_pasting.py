import tomllib

import pytest

from tests.unit.studies.cases import QUEUE, STORM, resolved, scenario
from wavetank.studies.pasting import at_least, at_most, line, nodes, restart


@pytest.mark.parametrize(
    ("key", "value", "read"),
    [
        ("a.b", "60s", "60s"),
        ("a.b", 4, 4),
        ("a.b", "false", False),
        ("a.b", '{ law = "fixed" }', {"law": "fixed"}),
    ],
)
def test_lines_are_toml(key: str, value: str | int, read: object) -> None:
    assert tomllib.loads(line(key, value)) == {"a": {"b": read}}


def test_durations_are_rounded_to_the_safe_side() -> None:
    assert (at_least(1.2), at_least(3.0), at_least(0.0004)) == ("2s", "3s", "1ms")
    assert (at_most(9.9), at_most(1.9), at_most(0.0004)) == ("9s", "1900ms", "1ms")


def test_nodes_have_the_cores_that_they_have() -> None:
    assert nodes(resolved(QUEUE, "server.cores=4"), 9.0) == "server.nodes = 3"
    assert nodes(resolved(QUEUE, "server.cores=4", "server.workers=2"), 9.0) == "server.nodes = 5"


def test_restart_takes_every_node_away_in_a_run_that_is_long_enough() -> None:
    sets = restart(resolved(STORM, "server.nodes=2"), 30.0)
    changed = scenario(STORM, "server.nodes=2", *sets).resolve()
    assert [fault.node for fault in changed.faults] == [0, 1]
    assert changed.duration_ns == 102 * 10**9
