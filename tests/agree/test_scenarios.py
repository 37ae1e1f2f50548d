"""Random scenarios over all features: every engine counts what the reference engine counts."""

import os

import pytest
from hypothesis import HealthCheck, assume, given, settings

from tests.agree.comparing import OTHERS, assert_equal, reference_of
from tests.agree.reach import HAPPENINGS, Reach
from tests.property.engine_scenarios import Tree, toml, trees, without
from wavetank.engines.features import FEATURES
from wavetank.engines.honoured import honoured as honours
from wavetank.engines.registry import Engine, refused
from wavetank.errors import Livelock, ScenarioError
from wavetank.scenario import loads
from wavetank.scenario.resolved import Resolved

CHECKED = os.environ.get("WAVETANK_CHECKED") == "1"
FEW, MANY = 20 if CHECKED else 50, 1_500
"""The checked build runs a share of what the other has run: it looks for lost memory, not for counts."""
CHECKS = [HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large]


def honoured(tree: Tree, engine: Engine) -> tuple[str, Resolved]:
    """The scenario without what the engine refuses, as text and resolved."""
    while True:
        text = toml(tree)
        try:
            resolved = loads(text).resolve()
        except ScenarioError:
            assume(False)
            raise
        too_much = refused(engine, resolved)
        if not too_much:
            return text, resolved
        tree = without(tree, too_much[0])


def compare(tree: Tree, engine: Engine, reach: Reach) -> None:
    text, resolved = honoured(tree, engine)
    try:
        tally = reference_of(resolved)
    except Livelock:
        with pytest.raises(Livelock):
            engine.run(resolved)
        return
    reach.add(resolved, tally)
    assert_equal(resolved, tally, engine, text)


@pytest.mark.parametrize("engine", OTHERS, ids=lambda engine: engine.name)
@settings(max_examples=FEW, suppress_health_check=CHECKS)
@given(trees())
def test_engines_are_equal(engine: Engine, tree: Tree) -> None:
    compare(tree, engine, Reach())


@pytest.mark.long
@pytest.mark.parametrize("engine", OTHERS, ids=lambda engine: engine.name)
def test_engines_are_equal_and_everything_is_reached(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    reach = Reach()

    @settings(max_examples=MANY, suppress_health_check=CHECKS)
    @given(trees())
    def run(tree: Tree) -> None:
        compare(tree, engine, reach)

    run()
    with capsys.disabled():
        print(f"\n{engine.name} and reference, {reach}")
    wanted = tuple(feature for feature in FEATURES if honours(engine, feature))
    assert not reach.missed((*wanted, *HAPPENINGS))
