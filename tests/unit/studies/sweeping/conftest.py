import pytest

from tests.unit.studies.cases import STORM, scenario
from wavetank.studies.sweeping import Sweep, sweep


@pytest.fixture(scope="session")
def storms() -> Sweep:
    """Two keys, six runs each, judged by an objective that some runs miss."""
    base = scenario(STORM, 'slo.event_latency_max="4.5s"')
    return sweep(base, ["server.cores=1,2", "fault.0.down=3s,12s"], replications=6, workers=1)


@pytest.fixture(scope="session")
def plain() -> Sweep:
    """One key, one run each, without objectives."""
    return sweep(scenario(), ["fleet.agents=10,20,40"], workers=1)
