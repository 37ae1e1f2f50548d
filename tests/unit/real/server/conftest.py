from collections.abc import Iterator

import pytest

from tests.unit.real.server.parts import Registered, Running, running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("server") / "data") as started:
        yield started


@pytest.fixture
def agent(server: Running) -> Registered:
    return server.register()
