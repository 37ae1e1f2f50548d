from collections.abc import Iterator

import pytest

from tests.unit.real.server.parts import Registered, Running, running
from wavetank.real.transports.server.limits import Limits


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    # A shorter farewell: many tests here are hung up on, and wait for it.
    limits = Limits(linger_s=0.2)
    with running(tmp_path_factory.mktemp("server") / "data", limits=limits) as started:
        yield started


@pytest.fixture
def agent(server: Running) -> Registered:
    return server.register()
