import pytest

from wavetank.scenario import load
from wavetank.studies.sizing.conditions import CONDITIONS, conditions_of
from wavetank.studies.sizing.screening import bisected, lowest
from wavetank.studies.sizing.shapes import Shapes
from wavetank.studies.sizing.sought import Sought, sought_of
from wavetank.studies.sizing.usage import fits, usages


def start(find: str, *sets: str, through: tuple[str, ...] = CONDITIONS) -> int:
    base = load("restart-storm", ["slo.recovery=480s", *sets])
    sought = sought_of(find, base)
    if sought.word == "agents":
        sought = sought._replace(step=100)
    conditions = conditions_of(base.resolve(), through)
    shapes = Shapes(base, sought, conditions.duration_ns)
    rank = lowest(shapes, sought, conditions)
    below = shapes.full(rank - 1).resolved
    assert fits(usages(shapes.full(rank).resolved, 480.0, through))
    assert not fits(usages(below, 480.0, through))
    return sought.value(rank)


def test_bisection() -> None:
    asked: list[int] = []

    def holds(rank: int) -> bool:
        asked.append(rank)
        return rank >= 37

    assert bisected(0, 100, holds) == 37
    assert len(asked) <= 7


@pytest.mark.parametrize(
    ("through", "nodes"),
    [
        # 3.8 erlangs on 2 cores: 2 nodes; one lost: 3; with 10,000 logins of 77 ms in 480 s: 5.4 cores, 3
        (("day",), 2),
        (("node",), 3),
        (("faults",), 3),
    ],
)
def test_closed_forms_say_where_to_begin(through: tuple[str, ...], nodes: int) -> None:
    assert start("nodes", through=through) == nodes


def test_most_agents_and_cores() -> None:
    assert start("agents", through=("day",)) == 15_700
    assert start("cores", through=("day",)) == 2


def test_a_bisection_of_neighbours_asks_nothing() -> None:
    assert bisected(3, 4, lambda _: pytest.fail("asked")) == 4
    assert Sought("nodes", "server.nodes").fewest
