"""The relay between two sockets, in a process of its own."""

import random
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from tests.unit.engines.live.cases import few
from wavetank.engines.live.proxy import Relays
from wavetank.policy.loss import retransmission_ns

DELAY_S = 0.05
pytestmark = pytest.mark.xdist_group("live")


@contextmanager
def relayed(
    delay: str = "50ms", loss: str = "0%", seed: int = 1
) -> Iterator[tuple[socket.socket, Relays, int]]:
    """A listening socket, a relay to it, and the port of the slow network."""
    resolved = few(f"network.near.delay={delay}", f"network.near.loss={loss}").resolve()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(30)
        port = listening.getsockname()[1]
        relays = Relays("127.0.0.1", port, resolved.networks, resolved.empirical, seed)
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
    """Bytes sent meanwhile vanish; bytes sent afterwards are answered by a reset."""
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


def test_what_is_lost_is_late_but_whole_and_in_order() -> None:
    """A chunk at a time, then twelve at once, of which the first would be overtaken by the second.

    By the seed SYN, SYN-ACK and ACK are 0, 200 and 0 ms late, the next six 400 ms in all.
    """
    seed = 15
    chance = random.Random(seed)
    late_s = [retransmission_ns(0.5, chance.getrandbits(64)) / 1e9 for _ in range(11)]
    assert sum(late_s[3:9]) == pytest.approx(0.4)
    assert late_s[9] > late_s[10]
    with relayed("5ms", "50%", seed) as (listening, _, port), connect(port) as agent:
        agent.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        agent.sendall(b"?")  # waits for the connection
        server, _ = listening.accept()
        with server:
            server.settimeout(30)
            assert server.recv(9) == b"?"
            began = time.monotonic()
            for n in range(6):
                sender, other = (agent, server) if n % 2 else (server, agent)
                sender.sendall(b"%d" % n)
                assert other.recv(9) == b"%d" % n
            assert time.monotonic() - began >= 0.4
            said = b""
            for n in range(12):
                said += b"%d," % n
                agent.sendall(b"%d," % n)
                time.sleep(0.01)
            agent.shutdown(socket.SHUT_WR)
            heard = b""
            while data := server.recv(65_536):
                heard += data
            assert heard == said
