"""A connection that says nothing costs next to nothing, and what connections cost is given back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.waiting import KIB, Cost, hello
from tests.chaos.world import Server

COUNT = 600
MIB = 2**20


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    try:
        server.start("", 1, "--connections-per-address", "10000")
        server.await_ready()
        yield server
    finally:
        server.close()


def test_connections_before_their_handshake_cost_less_than_8_kib(server: Server) -> None:
    whole = hello(server)
    # The first ones bring what the server needs once.
    Cost(server, 10, b"", MIB)
    assert Cost(server, COUNT, b"", 2**30).each < 8 * KIB
    assert Cost(server, COUNT, whole[:100], 2**30).each < 8 * KIB


def test_memory_of_handshakes_is_given_back(server: Server) -> None:
    cost = Cost(server, COUNT, hello(server), 10 * MIB)
    assert cost.each > 20 * KIB, "so much that it can be seen to go"
    assert cost.left < 10 * MIB
