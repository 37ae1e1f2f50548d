from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.real.agent.lives import World
from tests.unit.real.agent.running import registered
from tests.unit.real.agent.wire_server import WireServer, serving


@pytest.fixture
def server() -> Iterator[WireServer]:
    with serving() as started:
        yield started


@pytest.fixture
def folder(server: WireServer, tmp_path: Path) -> Path:
    """A registered agent's folder."""
    return registered(server, tmp_path / "agent")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A log that rotates, and an agent that follows it."""
    return World(tmp_path)
