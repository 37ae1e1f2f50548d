import pytest

from tests.unit.studies.cases import STORM, scenario
from wavetank.scenario import Scenario
from wavetank.studies.sizing import Size, size

SETTINGS = (
    "fleet.agents=60",
    'balancer={policy="random",health_check="1s"}',
    'slo.recovery="8s"',
    'slo.event_latency_p99="6s"',
)
P = 0.5


@pytest.fixture(scope="session")
def base() -> Scenario:
    """A small fleet of which a node restarts, with objectives."""
    return scenario(STORM, *SETTINGS, "server.cores=1", 'server.service.login="60ms"')


@pytest.fixture(scope="session")
def answer(base: Scenario) -> Size:
    """Its sizing by nodes."""
    return size(base, probability=P, workers=1)
