"""Many events in one instant, more than are kept in order: engines agree on those, too."""

import pytest

from tests.agree.comparing import OTHERS, assert_equal, reference_of
from wavetank.engines.registry import Engine
from wavetank.scenario import load
from wavetank.scenario.written import written_out

AGENTS = 1_000


@pytest.mark.parametrize("engine", OTHERS, ids=lambda engine: engine.name)
def test_fleet_that_begins_in_one_instant(engine: Engine) -> None:
    """All begin at 0, are gone at once when the only node is restarted, and come back."""
    restart = "fault=[{ kind='node-restart', node=0, at='6s', down='2s' }]"
    scenario = load("quickstart", (f"fleet.agents={AGENTS}", "duration=15s", "fleet.start=cold", restart))
    resolved = scenario.resolve()
    tally = reference_of(resolved)
    assert sum(tally.issued) > AGENTS
    assert_equal(resolved, tally, engine, written_out(scenario))
