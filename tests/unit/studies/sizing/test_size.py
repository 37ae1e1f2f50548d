import json
import pickle
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.unit.studies.sizing.conftest import P
from wavetank.scenario import Scenario, load
from wavetank.studies.cells import CellStore, making
from wavetank.studies.sequential import Decision
from wavetank.studies.simulate import Share
from wavetank.studies.sizing import BadSize, Size, size
from wavetank.studies.sizing.asked import decision_of
from wavetank.studies.sizing.conditions import CONDITIONS
from wavetank.studies.sizing.shapes import Shapes
from wavetank.studies.sizing.trials import Trials


def test_the_answer_holds_and_one_less_does_not(answer: Size) -> None:
    assert answer.rank is not None
    assert answer.decision is Decision.HOLDS
    assert decision_of(answer.of(answer.rank)) is Decision.HOLDS
    assert {each.condition for each in answer.of(answer.rank)} == set(CONDITIONS)
    below = answer.of(answer.rank - 1)
    assert decision_of(below) is Decision.FAILS
    assert all(each.few for each in answer.of(answer.rank + 1))


def test_other_seeds_say_the_same(base: Scenario, answer: Size) -> None:
    """A share of the exhaustive search that `make verify` makes over stored scenarios."""
    assert answer.rank is not None
    shapes = Shapes(base, answer.sought, answer.conditions.duration_ns)
    trials = Trials(answer.conditions, None, 12_345, 1, None, None)

    def worst(rank: int) -> float:
        runs = [trials.of(shapes.full(rank), name, range(8)) for name in answer.conditions.with_faults]
        return min(sum(trial.held is True for trial in each) / 8 for each in runs)

    assert worst(answer.rank - 1) < P <= worst(answer.rank)


def test_any_number_of_workers_gives_the_same_answer(base: Scenario, answer: Size) -> None:
    assert size(base, probability=P, workers=2).to_json() == answer.to_json()


def test_a_second_sizing_in_the_same_folder_simulates_nothing(
    base: Scenario, answer: Size, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = size(base, probability=P, workers=1, out=tmp_path, through=["day", "faults"])
    assert CellStore(tmp_path).keys()
    monkeypatch.setattr(making, "make", None)
    assert size(base, probability=P, workers=1, out=tmp_path, through=["faults", "day"]) == first


def test_it_tells_how_far_it_is(base: Scenario) -> None:
    told: list[Share] = []

    def watch(shares: Sequence[Share]) -> None:
        told.extend(shares)

    size(base, probability=P, through=["day"], workers=1, progress=watch)
    assert any(re.fullmatch(r"1 node: \d+ of \d+ runs", share.title) for share in told)


def test_it_pickles_and_shows_itself(answer: Size) -> None:
    assert pickle.loads(pickle.dumps(answer)) == answer
    assert repr(answer) == f"<Size: storm: {answer.sought.text(answer.rank or 0)}>"
    html = answer._repr_html_()
    assert html.startswith("<p><b>")
    assert len(html) < 20_000
    json.dumps(answer.to_json(), allow_nan=False)


def test_known_cores_by_erlangs_formula() -> None:
    """The fewest cores for P_wait: the table of the closed form."""
    known = {
        10: (13, 14, 16, 17, 19),
        100: (109, 111, 115, 119, 125),
        1000: (1027, 1034, 1046, 1056, 1077),
    }
    for offered, cores in known.items():
        for bound, fewest in zip((30, 20, 10, 5, 1), cores, strict=True):
            rate = f"fleet.class.arrivals.stateless.rate={offered / 10:g}/min"
            sized = size(load("mm4", [rate, f"slo.server_wait_probability={bound}%"]), find="cores")
            assert (sized.answer, sized.runs) == (fewest, 0)


def test_the_most_agents_by_erlangs_formula() -> None:
    sized = size(load("mm4", ["slo.server_wait_probability=80%", "server.cores=100"]), find="agents")
    assert sized.answer == 28  # a = 98 of 100 cores
    assert size(load("mm4", ["slo.server_wait_probability=80%"]), find="cores").answer == 4


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"find": "racks"}, "no such thing to find as 'racks'; take nodes, cores, connections, agents"),
        ({"probability": 1.0}, "a probability of 1.0; take 0.5 to 0.999"),
        ({"through": ["night"]}, "there is no condition 'night'; take some of day, node, faults"),
        ({"through": []}, "there is no condition none"),
        ({"away": "0s"}, "a lost node stays away for some time"),
        ({"agents": "1k,1000.5"}, 'agents "1000.5": write whole numbers from 1 on'),
        ({"agents": "5k", "find": "agents"}, "the agents are either found or given"),
        ({"engine": "live"}, "a sizing takes simulated runs"),
    ],
)
def test_mistakes(base: Scenario, more: dict[str, object], message: str) -> None:
    with pytest.raises(BadSize, match=re.escape(message)):
        size(base, **more)  # type: ignore[call-overload]


def test_what_no_number_of_nodes_helps_is_said(base: Scenario) -> None:
    slow = base.but('store={parallelism=1,latency="1s"}')
    with pytest.raises(BadSize, match="no number of nodes helps: with 10,000 nodes store would be used to"):
        size(slow)


def test_one_node_is_not_lost(base: Scenario) -> None:
    sized = size(base, find="cores", probability=0.5, workers=1)
    assert "node" not in {each.condition for each in sized.asked}
    assert any("its loss is not asked" in note for note in sized.notes)
