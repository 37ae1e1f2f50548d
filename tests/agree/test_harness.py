"""The harness itself: it knows every feature, can do without any, and sees what is wrong."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.agree.comparing import assert_equal, reference_of
from tests.agree.engines import beside
from tests.agree.reach import HAPPENINGS, Reach, happened
from tests.agree.test_scenarios import CHECKS, honoured
from tests.property.engine_scenarios import Tree, trees
from tests.unit.studies.cases import STORM, scenario
from wavetank.engines.features import FEATURES, features
from wavetank.engines.registry import EVERYTHING, Engine

ABLE = Engine("able", "nowhere", "", EVERYTHING)


@settings(max_examples=60, suppress_health_check=CHECKS)
@given(trees(), st.sets(st.sampled_from(FEATURES)))
def test_every_feature_is_known_and_can_be_left_out(tree: Tree, missing: set[str]) -> None:
    _, resolved = honoured(tree, ABLE)
    assert set(features(resolved)) <= set(FEATURES)
    poor = Engine("poor", "nowhere", "", frozenset(FEATURES) - missing)
    _, less = honoured(tree, poor)
    assert set(features(less)) <= set(FEATURES) - missing


def test_reach_is_counted_and_what_is_missed_is_named() -> None:
    resolved = scenario(STORM).resolve()
    tally = reference_of(resolved)
    reach = Reach()
    reach.add(resolved, tally)
    assert set(happened(resolved, tally)) <= set(HAPPENINGS)
    assert reach.missed(("connection.tls", "heartbeat", "stateless lost", "offline alarm")) == [
        "heartbeat", "offline alarm",
    ]  # fmt: skip
    assert "1  fault.kind = node-restart" in str(reach)


@pytest.mark.parametrize("name", ["late", "miscounting"])
def test_wrong_engine_is_seen(name: str) -> None:
    resolved = scenario(STORM).resolve()
    with pytest.raises(AssertionError, match=f"{name}: [0-9]+ of 824 requests equal"):
        assert_equal(resolved, reference_of(resolved), beside(name)[1], "")
