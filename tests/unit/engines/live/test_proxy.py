"""The relay between two sockets, in a process of its own."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from tests.unit.engines.live.cases import few
from wavetank.engines.live.proxy import Relays

DELAY_S = 0.05
pytestmark = pytest.mark.xdist_group("live")


@contextmanager
def relayed(delay: str = "50ms") -> Iterator[tuple[socket.socket, Relays, int]]:
    """A listening socket, a relay to it, and the port of the slow network."""
    resolved = few(f"network.near.delay={delay}").resolve()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(30)
        relays = Relays("127.0.0.1", listening.getsockname()[1], resolved.networks, resolved.empirical, 1)
        try:
            near = next(n for n, network in enumerate(resolved.networks) if network.name == "near")
            yield listening, relays, urlsplit(relays.urls[near]).port or 0
        finally:
            relays.stop()


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=30)


def test_each_way_takes_the_delay_and_to_connect_a_round_trip_more() -> None:
    """Delays have a lower bound; an upper one would measure the machine."""
    with relayed() as (listening, relays, port):
        assert len(relays.urls) == 2
        began = time.monotonic()
        with connect(port) as agent:
            agent.sendall(b"hello")
            server, _ = listening.accept()
            with server:
                assert server.recv(9) == b"hello"
                assert time.monotonic() - began >= 3 * DELAY_S
                server.sendall(b"yes")
                assert agent.recv(9) == b"yes"
                assert time.monotonic() - began >= 4 * DELAY_S
                agent.shutdown(socket.SHUT_WR)
                assert server.recv(9) == b""
                server.sendall(b"x" * 1_000_000)
                server.close()
            got = b""
            while data := agent.recv(65_536):
                got += data
            assert len(got) == 1_000_000


def test_nobody_there_is_a_reset() -> None:
    with relayed() as (listening, _, port):
        listening.close()
        with connect(port) as agent, pytest.raises(ConnectionResetError):
            agent.recv(9)


def test_silent_machine_forgets_its_connections() -> None:
    """What is sent meanwhile vanishes; what is sent afterwards is answered by a reset."""
    with relayed("1ms") as (listening, relays, port), connect(port) as agent:
        agent.sendall(b"a")
        server, _ = listening.accept()
        assert server.recv(9) == b"a"
        relays.silence(True)
        server.close()
        agent.sendall(b"b")
        agent.settimeout(0.2)
        with pytest.raises(TimeoutError):
            agent.recv(9)
        relays.silence(False)
        agent.settimeout(30)
        agent.sendall(b"c")
        with pytest.raises(ConnectionResetError):
            agent.recv(9)


def test_who_connects_to_a_silent_machine_is_heard_when_its_syn_is_repeated() -> None:
    with relayed("1ms") as (listening, relays, port):
        relays.silence(True)
        began = time.monotonic()
        with connect(port) as agent:
            agent.sendall(b"a")
            time.sleep(0.2)  # until the relay has tried
            relays.silence(False)
            server, _ = listening.accept()
            with server:
                assert server.recv(9) == b"a"
                assert time.monotonic() - began >= 1
