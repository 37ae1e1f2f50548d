import asyncio
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from tests.unit.real.agent.wire_server import Handler, WireServer, serving
from wavetank.policy.codes import Strategy, Tls
from wavetank.protocol.wire import Request
from wavetank.real.loops import loop_factory
from wavetank.real.transports.agent import http1
from wavetank.real.transports.agent.http1 import (
    DEFAULT,
    INTERIM_MOST,
    SESSION_AGAIN_S,
    BadAddress,
    Http1,
    address_of,
    ask_once,
)
from wavetank.real.transports.agent.messages import Answer, Lost, Unreachable

PING = Request("POST", "/ping", b"hello", {"Content-Type": "text/plain"})


@pytest.fixture
def server() -> Iterator[WireServer]:
    with serving() as started:
        started.script = lambda handler: handler.say(200, {"got": handler.body.decode()}, X_Said="Yes")
        yield started


@pytest.fixture
def ca(server: WireServer, tmp_path: Path) -> Path:
    (tmp_path / "ca.pem").write_text(server.pem)
    return tmp_path / "ca.pem"


async def asked(transport: Http1, *lanes: int) -> list[Answer]:
    try:
        return [await transport.ask(lane, PING) for lane in lanes]
    finally:
        await transport.close()


def test_request_and_answer(server: WireServer, ca: Path) -> None:
    (answer,) = asyncio.run(asked(Http1(server.url, ca), 1))
    assert (answer.status, answer.body, answer.headers["x-said"]) == (200, b'{"got": "hello"}', "Yes")


def test_each_lane_keeps_a_connection(server: WireServer, ca: Path) -> None:
    asyncio.run(asked(Http1(server.url, ca), 1, 2, 1, 2, 1))
    assert server.connections == 2


def test_a_new_connection_each_time_where_asked_for(server: WireServer, ca: Path) -> None:
    plan = DEFAULT._replace(strategy=int(Strategy.PER_REQUEST))
    asyncio.run(asked(Http1(server.url, ca, plan), 1, 1, 1))
    assert server.connections == 3


@pytest.mark.parametrize("tls", [Tls.V1_2, Tls.V1_3])
@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("loop", [asyncio.new_event_loop, loop_factory()], ids=["asyncio", "agent"])
def test_sessions_are_resumed_or_not(
    server: WireServer, ca: Path, resume: bool, tls: Tls, loop: Callable[[], asyncio.AbstractEventLoop] | None
) -> None:
    """As the connections themselves say (`session_reused`), in asyncio's loop and in the agent's."""
    plan = DEFAULT._replace(strategy=int(Strategy.PER_REQUEST), resume=resume, tls=int(tls))
    transport = Http1(server.url, ca, plan)
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(asked(transport, 1, 1, 1))
    assert (transport.connects, transport.resumed) == (3, 2 if resume else 0)


def test_session_is_asked_for_once_while_it_is_taken(
    server: WireServer, ca: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python keeps a copy for good each time; one that is not taken any more is replaced, but not at once."""
    asked_for, now_s = [], [1e6]

    def session(tls: ssl.SSLObject) -> ssl.SSLSession | None:
        asked_for.append(now_s[0])
        return tls._sslobj.session  # type: ignore[attr-defined, no-any-return]

    monkeypatch.setattr(ssl.SSLObject, "session", property(session))
    monkeypatch.setattr(http1, "monotonic", lambda: now_s[0])
    transport = Http1(server.url, ca, DEFAULT._replace(strategy=int(Strategy.PER_REQUEST), resume=True))

    async def asks() -> None:
        for _ in range(6):
            await transport.ask(1, PING)
        assert (len(asked_for), transport.resumed) == (1, 5)
        server.context.options |= ssl.OP_NO_TICKET  # sessions are kept in the server, and taken once
        server.context.num_tickets = 0
        transport._context.latest = None
        for _ in range(6):
            await transport.ask(1, PING)
        assert len(asked_for) <= 3
        now_s[0] += SESSION_AGAIN_S
        for _ in range(3):
            await transport.ask(1, PING)
        assert len(asked_for) <= 5
        await transport.close()

    asyncio.run(asks())


def test_certificates_are_replaced_though_sessions_are_resumed(ca: Path) -> None:
    """A session of before belongs to another context."""
    plan = DEFAULT._replace(strategy=int(Strategy.PER_REQUEST), resume=True)

    async def asks(transport: Http1) -> None:
        await transport.ask(1, PING)
        await transport.ask(1, PING)

    async def replaced() -> None:
        with serving() as first:
            port = first.server_address[1]
            ca.write_text(first.pem)
            transport = Http1(first.url, ca, plan)
            await asyncio.to_thread(lambda: None)
            await asks(transport)
        with serving(port) as second:
            ca.write_text(second.pem)
            with pytest.raises(Lost, match="not trusted"):
                await transport.ask(1, PING)
            await asks(transport)
            await transport.close()

    asyncio.run(replaced())


def test_connection_that_is_idle_too_long_is_closed(server: WireServer, ca: Path) -> None:
    async def idles() -> None:
        transport = Http1(server.url, ca, DEFAULT._replace(idle_ns=1))
        await transport.ask(1, PING)
        await asyncio.sleep(0.05)
        await transport.ask(1, PING)
        await transport.close()

    asyncio.run(idles())
    assert server.connections == 2


def test_connection_that_the_server_closed_is_not_used_again(server: WireServer, ca: Path) -> None:
    async def closed() -> None:
        transport = Http1(server.url, ca)
        await transport.ask(1, PING)
        server.cut()
        await asyncio.sleep(0.2)
        await transport.ask(1, PING)
        await transport.close()

    asyncio.run(closed())
    assert server.connections == 2


def test_cut_connection_is_lost(server: WireServer, ca: Path) -> None:
    server.script = lambda handler: handler.hang_up()
    with pytest.raises(Lost):
        asyncio.run(asked(Http1(server.url, ca), 1))


def test_nobody_there_is_lost(ca: Path) -> None:
    with pytest.raises(Lost, match="refused"):
        asyncio.run(asked(Http1("https://127.0.0.1:1", ca), 1))


BROKEN = {
    "nonsense": b"nonsense\r\n\r\n",
    "another HTTP": b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    "two ends": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_broken_answers_are_lost(server: WireServer, ca: Path, broken: bytes) -> None:
    server.script = lambda handler: bool(handler.wfile.write(broken))
    with pytest.raises(Lost):
        asyncio.run(asked(Http1(server.url, ca), 1))


@pytest.mark.parametrize(("interim", "taken"), [(1, True), (INTERIM_MOST, True), (INTERIM_MOST + 1, False)])
def test_interim_answers_are_skipped_but_not_without_end(
    server: WireServer, ca: Path, interim: int, taken: bool
) -> None:
    sent = b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" * interim + b"HTTP/1.1 204 No\r\n\r\n"
    server.script = lambda handler: bool(handler.wfile.write(sent))
    if taken:
        assert asyncio.run(asked(Http1(server.url, ca), 1))[0].status == 204
    else:
        with pytest.raises(Lost, match="interim"):
            asyncio.run(asked(Http1(server.url, ca), 1))


@pytest.mark.parametrize("at_once", [True, False])
def test_answer_for_which_nobody_asked_is_not_taken(server: WireServer, ca: Path, at_once: bool) -> None:
    """It would be taken for the answer to the next request, and events for stored that are not."""
    more = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nold"
    sent = (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew", more)

    def script(handler: Handler) -> bool:
        for piece in (b"".join(sent),) if at_once else sent:
            handler.wfile.write(piece)
            time.sleep(0.1)
        return True

    async def asks() -> None:
        transport = Http1(server.url, ca)
        for _ in range(3):
            assert (await transport.ask(1, PING)).body == b"new"
            await asyncio.sleep(0.2)
        await transport.close()

    server.script = script
    asyncio.run(asks())
    assert server.connections == 3


def test_other_certificates_are_not_trusted_until_the_file_is_replaced(server: WireServer, ca: Path) -> None:
    ca.write_bytes(trustme.CA().cert_pem.bytes())

    async def replaced() -> None:
        transport = Http1(server.url, ca)
        with pytest.raises(Lost, match="not trusted"):
            await transport.ask(1, PING)
        assert server.seen == []
        ca.write_text(server.pem)
        with pytest.raises(Lost, match="not trusted"):
            await transport.ask(1, PING)
        assert (await transport.ask(1, PING)).status == 200
        await transport.close()

    asyncio.run(replaced())


def test_given_up_request_leaves_no_connection(server: WireServer, ca: Path) -> None:
    server.script = lambda handler: handler.path == "/slow" and not __import__("time").sleep(0.5)

    async def given_up() -> None:
        transport = Http1(server.url, ca)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await transport.ask(1, PING._replace(path="/slow"))
        assert transport._kept == {}
        await transport.close()

    asyncio.run(given_up())


def test_server_that_says_no_goodbye_keeps_no_file_open(
    server: WireServer, ca: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python would wait for it for 30 s, and make a connection for each request meanwhile."""
    monkeypatch.setattr(http1, "GOODBYE_S", 0.1)
    plan = DEFAULT._replace(strategy=int(Strategy.PER_REQUEST))

    def stays(handler: Handler) -> bool:
        handler.say(200, {})
        time.sleep(2)
        return True

    async def talk() -> int:
        transport = Http1(server.url, ca, plan)
        for _ in range(5):
            await transport.ask(1, PING)
        await asyncio.sleep(0.3)
        left = len(transport._ending)
        await transport.close()
        return left

    server.script = stays
    assert asyncio.run(talk()) == 0


def test_once_says_who_could_not_be_reached(ca: Path) -> None:
    with pytest.raises(Unreachable, match=r"https://127\.0\.0\.1:1: "):
        asyncio.run(ask_once("https://127.0.0.1:1", ca, PING, 5))


@pytest.mark.parametrize(
    "url", ["", "x", "http://h:1", "https://h", "https://h:x", "https://h:1/p", "https://:1"]
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(BadAddress):
        address_of(url)


@pytest.mark.parametrize("text", ["", "no certificate"])
def test_file_without_certificates_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "ca").write_text(text)
    with pytest.raises(BadAddress, match="no certificates"):
        Http1("https://h:1", tmp_path / "ca")
