"""The scenarios of the catalogue, scaled down, and the golden cases: every engine like the reference."""

import pytest

from tests.agree.comparing import OTHERS, assert_equal, reference_of
from tests.verify.golden.reading import Case, cases
from wavetank.engines.registry import Engine, refused
from wavetank.scenario import Scenario, list_entries, load
from wavetank.scenario.written import written_out
from wavetank.studies.scaling import SMALL_FLEET, scaled_down

each_engine = pytest.mark.parametrize("engine", OTHERS, ids=lambda engine: engine.name)
each_scenario = pytest.mark.parametrize("name", [entry.name for entry in list_entries("scenarios", None)])
each_case = pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
AGENTS = 20
SHORTER = {"mm4": ("duration=10d", "warmup=1d"), "two-core-bench": ("duration=8s",)}
"""Those with a hundred thousand requests, however few the agents."""


def compare(scenario: Scenario, engine: Engine) -> None:
    resolved = scenario.resolve()
    missing = refused(engine, resolved)
    if missing:
        pytest.skip(f"engine {engine.name} refuses {', '.join(missing)}")
    tally = reference_of(resolved)
    assert_equal(resolved, tally, engine, written_out(scenario))


@each_engine
@each_scenario
def test_catalogue_scaled_down(name: str, engine: Engine) -> None:
    compare(scaled_down(load(name, SHORTER.get(name, ())), AGENTS), engine)


@pytest.mark.long
@each_engine
@each_scenario
def test_catalogue(name: str, engine: Engine) -> None:
    compare(scaled_down(load(name), 3 * SMALL_FLEET), engine)


@each_engine
@each_case
def test_golden_cases(case: Case, engine: Engine) -> None:
    compare(load(case.scenario), engine)
