import json
import pickle
import re

import pytest

from tests.unit.studies.cases import STORM, scenario
from tests.unit.studies.sizing.conftest import SETTINGS
from wavetank.scenario import Scenario
from wavetank.studies.sequential import Decision
from wavetank.studies.sizing import BadSize, UncertainSize, size
from wavetank.studies.sizing.uncertain import choosing, learning, points

AGENTS = 'fleet.agents={law="uniform",low=40,high=90}'
P = 0.8


@pytest.fixture(scope="module")
def chosen() -> UncertainSize:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(points, "POINTS", 16)
        patch.setattr(learning, "FIRST", 6)
        patch.setattr(learning, "BATCH", 4)
        patch.setattr(learning, "LEAST_RUNS", 12)
        patch.setattr(choosing, "VERIFIED", 10)
        storm = scenario(STORM, *SETTINGS, "server.cores=1", 'server.service.login="60ms"')
        return size(storm, uncertain=[AGENTS], through=["faults"], probability=P, workers=1)


def test_the_choice_has_its_probability_and_its_neighbours(chosen: UncertainSize) -> None:
    assert chosen.rank is not None
    by_rank = {option.rank: option for option in chosen.options}
    assert chosen.decision in (Decision.HOLDS, Decision.UNDECIDED)
    assert by_rank[chosen.rank].runs == 10
    assert by_rank[chosen.rank].predicted >= P
    below = by_rank.get(chosen.rank - 1)
    assert below is None or below.predicted < P
    assert f"{chosen.answer} node" in chosen.text
    assert f"Uncertain: {AGENTS}." in chosen.text


def test_it_is_frozen_pickles_and_shows_itself(chosen: UncertainSize) -> None:
    assert pickle.loads(pickle.dumps(chosen)) == chosen
    with pytest.raises(AttributeError):
        chosen.rank = 1  # type: ignore[misc]
    html = chosen._repr_html_()
    assert html.startswith("<p><b>")
    assert len(html) < 20_000
    assert json.loads(json.dumps(chosen.to_json(), allow_nan=False))["answer"] == chosen.answer
    frame = chosen.to_frame()
    assert list(frame["nodes"]) == [option.rank for option in chosen.options]
    assert frame["is_answer"].sum() == 1


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"find": "agents"}, "uncertain inputs go with nodes and cores"),
        ({"agents": "1k,2k"}, "uncertain inputs go with one fleet"),
        ({"uncertain": ['server.nodes={law="uniform",low=1,high=3}']}, "it cannot be uncertain"),
    ],
)
def test_mistakes(base: Scenario, more: dict[str, object], message: str) -> None:
    with pytest.raises(BadSize, match=re.escape(message)):
        size(base, **({"uncertain": [AGENTS]} | more))  # type: ignore[call-overload]
