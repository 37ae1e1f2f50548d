"""Bytes that no honest client sends, over real TLS: each is answered or hung up, none harms the next."""

import gzip
import re
import socket
import ssl
import time
import zlib
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from http.client import HTTPSConnection
from pathlib import Path

import pytest
import zstandard

from tests.unit.real.server.parts import HOST, Registered, Running, drain, running
from wavetank.real.transports.server.limits import Limits

LIMIT = 2**20


def status(got: bytes) -> int:
    assert got, "hung up without an answer"
    return int(got.split(b" ", 2)[1])


def post(*headers: str, body: bytes = b"", path: str = "/login", version: str = "1.1") -> bytes:
    lines = [f"POST {path} HTTP/{version}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


FORM = "Content-Type: application/x-www-form-urlencoded"
OK = b"grant_type=x"
FRAMING = {
    "length and chunked": (
        post("Host: h", "Content-Length: 3", "Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
        400,
    ),
    "two lengths": (post("Host: h", "Content-Length: 3", "Content-Length: 4", body=b"abcd"), 400),
    "lengths in a list": (post("Host: h", "Content-Length: 3, 4", body=b"abcd"), 400),
    "negative length": (post("Host: h", "Content-Length: -1"), 400),
    "signed length": (post("Host: h", "Content-Length: +3", body=b"abc"), 400),
    "length in hex": (post("Host: h", "Content-Length: 0x3", body=b"abc"), 400),
    "empty length": (post("Host: h", "Content-Length:"), 400),
    "endless length": (post("Host: h", "Content-Length: " + "9" * 40), 400),
    "unknown coding": (post("Host: h", "Transfer-Encoding: gzip", body=b"x"), 501),
    "coding in front": (post("Host: h", "Transfer-Encoding: gzip, chunked", body=b"x"), 501),
    "chunked twice": (post("Host: h", "Transfer-Encoding: chunked, chunked", body=b"0\r\n\r\n"), 501),
    "coding obscured": (post("Host: h", "Transfer-Encoding: xchunked", body=b"0\r\n\r\n"), 501),
    "two codings": (
        post("Host: h", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
        501,
    ),
    "coding in HTTP/1.0": (
        post("Host: h", "Transfer-Encoding: chunked", body=b"0\r\n\r\n", version="1.0"),
        400,
    ),
    "no host": (post("Content-Length: 0"), 400),
    "no host in HTTP/1.0": (post("Content-Length: 0", version="1.0"), 400),
    "two hosts": (post("Host: h", "Host: h"), 400),
    "host of two": (post("Host: h, g"), 400),
    "host with user": (post("Host: u@h"), 400),
    "space before colon": (post("Host: h", "X : y"), 400),
    "no colon": (post("Host: h", "nonsense"), 400),
    "empty name": (post("Host: h", ": y"), 400),
    "folded": (post("Host: h", "X: y", " z"), 400),
    "folded at once": (post(" X: y", "Host: h"), 400),
    "null": (post("Host: h", "X: a\0b"), 400),
    "control": (post("Host: h", "X: a\x01b"), 400),
    "bare line feed": (b"POST /login HTTP/1.1\nHost: h\n\n", 400),
    "one bare line feed": (b"POST /login HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", 400),
    "bare carriage return": (b"POST /login HTTP/1.1\r\nHost: h\rX: y\r\n\r\n", 400),
    "other version": (post("Host: h", version="2.0"), 400),
    "HTTP/0.9": (b"GET /\r\n\r\n", 400),
    "two spaces": (b"POST  /login HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "not HTTP": (b"\x16\x03\x01\x00\x05hello\r\n\r\n", 400),
    "fragment": (post("Host: h", path="/login#x"), 400),
    "other scheme": (post("Host: h", path="ftp://h/login"), 400),
    "bad bracket": (post("Host: h", path="http://[/login"), 400),
}
CHUNKS = {
    "not hex": b"zz\r\nab\r\n0\r\n\r\n",
    "signed": b"+2\r\nab\r\n0\r\n\r\n",
    "negative": b"-2\r\nab\r\n0\r\n\r\n",
    "prefixed": b"0x2\r\nab\r\n0\r\n\r\n",
    "empty": b"\r\nab\r\n0\r\n\r\n",
    "too long": b"2\r\nabc\r\n0\r\n\r\n",
    "too many digits": b"0" * 40 + b"2\r\nab\r\n0\r\n\r\n",
    "bare line feed": b"2\nab\n0\n\n",
    "endless extension": b"2;" + b"x" * 100_000,
    "space behind": b"2 \r\nab\r\n0\r\n\r\n",
    "carriage return in the extension": b"2;x\ry\r\nab\r\n0\r\n\r\n",
    "no line end behind the data": b"2\r\nabXX0\r\n\r\n",
    "line feed behind the data": b"2\r\nab\n0\r\n\r\n",
    "line feed at the end": b"2\r\nab\r\n0\r\n\n",
    "length in the trailer": b"2\r\nab\r\n0\r\nContent-Length: 2\r\n\r\n",
    "folded trailer": b"2\r\nab\r\n0\r\nX: y\r\n z\r\n\r\n",
    "null in the trailer": b"2\r\nab\r\n0\r\nX: \0\r\n\r\n",
    "bad trailer": b"2\r\nab\r\n0\r\nX : y\r\n\r\n",
}


@pytest.mark.parametrize(("sent", "wanted"), FRAMING.values(), ids=FRAMING)
def test_framing(server: Running, sent: bytes, wanted: int) -> None:
    got = server.raw(sent + b"GET /health HTTP/1.1\r\nHost: h\r\n\r\n")
    assert status(got) == wanted
    assert b"connection: close" in got.lower()
    assert got.count(b"HTTP/1.1 ") == 1, "what came behind was answered, too"


@pytest.mark.parametrize("chunks", CHUNKS.values(), ids=CHUNKS)
def test_chunks(server: Running, chunks: bytes) -> None:
    got = server.raw(post("Host: h", FORM, "Transfer-Encoding: chunked", body=chunks))
    assert status(got) == 400
    assert b"connection: close" in got.lower()


def test_chunk_that_is_too_large_is_not_waited_for(server: Running) -> None:
    sent = post("Host: h", FORM, "Transfer-Encoding: chunked", body=b"ffffffffffffffff\r\nx")
    assert status(server.raw(sent)) == 413


def test_chunks_in_pieces_and_what_follows(server: Running) -> None:
    """Wherever the body is cut, it is the same body, and the next request begins behind it."""
    body = b"8;x=y\r\ngrant_ty\r\n4;z\r\npe=x\r\n0\r\nX: y\r\n\r\n"
    last = b"GET /health HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
    with server.wire() as wire:
        wire.sendall(post("Host: h", FORM, "Transfer-Encoding: chunked"))
        for byte in body + last:
            wire.sendall(bytes([byte]))
        assert re.findall(rb"HTTP/1.1 (\d+)", drain(wire)) == [b"401", b"200"]


def test_chunked_body_is_read(server: Running) -> None:
    chunks = b"8;x=y\r\ngrant_ty\r\n4\r\npe=x\r\n0\r\nX: y\r\n\r\n"
    got = server.raw(post("Host: h", FORM, "Transfer-Encoding: chunked", "Connection: close", body=chunks))
    assert status(got) == 401
    assert b"invalid_client" in got


def test_header_in_pieces(server: Running) -> None:
    """Wherever a header is cut, it is the same header."""
    sent = b"GET /health HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
    with server.wire() as wire:
        for byte in sent:
            wire.sendall(bytes([byte]))
        assert status(drain(wire)) == 200


def test_whole_address_and_pipelining(server: Running) -> None:
    request = b"GET http://h/health HTTP/1.1\r\nHost: h\r\n\r\n"
    last = b"\r\nGET /health HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
    got = server.raw(request + request + last)
    assert re.findall(rb"HTTP/1.1 (\d+)", got) == [b"200"] * 3


def test_other_paths_and_methods(server: Running) -> None:
    assert server.ask("GET", "/nowhere").status == 404
    assert server.ask("GET", "/events").status == 404, "the management API is elsewhere"
    got = server.ask("PUT", "/stateless")
    assert (got.status, got.headers["Allow"]) == (405, "POST")
    assert server.ask("OPTIONS", "*").status == 404
    assert server.ask("CONNECT", "h:1").status in (400, 405)
    head = server.raw(b"HEAD /health HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert status(head) == 200
    assert head.endswith(b"\r\n\r\n")


# ---- sizes ----------------------------------------------------------------------------------


def test_large_headers(server: Running) -> None:
    assert status(server.raw(post("Host: h", "X: " + "y" * 40_000))) == 431
    assert status(server.raw(b"GET /" + b"x" * 40_000)) == 431
    assert status(server.raw(post("Host: h", *(f"X{n}: y" for n in range(5_000))))) == 431
    almost = post("Host: h", "X: " + "y" * 32_000, "Content-Length: 0", "Connection: close", path="/x")
    assert status(server.raw(almost)) == 404


def test_many_lines_and_empty_lines(server: Running) -> None:
    assert status(server.raw(post("Host: h", *(f"X{n}: y" for n in range(200))))) == 431
    assert status(server.raw(b"\r\n" * 8 + post("Host: h", "Content-Length: 0", "Connection: close"))) == 415
    assert status(server.raw(b"\r\n" * 9 + post("Host: h", "Content-Length: 0", "Connection: close"))) == 400


def test_login_is_no_place_for_large_bodies(server: Running) -> None:
    """Before anybody has shown credentials: unpacked or not, from its length or in chunks."""
    large = b"client_id=" + b"x" * 40_000
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert server.ask("POST", "/login", large, kind).status == 413
    assert (
        server.ask("POST", "/login", gzip.compress(large), kind | {"Content-Encoding": "gzip"}).status == 413
    )
    chunks = b"1000\r\n" + b"x" * 4096 + b"\r\n"
    assert status(server.raw(post("Host: h", FORM, "Transfer-Encoding: chunked", body=chunks * 10))) == 413


@pytest.mark.parametrize("port", ["agent_port", "management_port"])
def test_tiny_chunks(server: Running, port: str) -> None:
    tiny = post("Host: h", FORM, "Transfer-Encoding: chunked", body=b"1\r\nx\r\n" * 20_000 + b"0\r\n\r\n")
    assert status(server.raw(tiny, getattr(server, port))) in (404, 413)


@pytest.mark.parametrize("path", ["/login", "/stateless", "/stateful"])
def test_large_bodies(server: Running, agent: Registered, path: str) -> None:
    kind = FORM if path == "/login" else "Content-Type: application/json"
    known = ("Host: h", kind, f"Authorization: Bearer {server.token(agent)}")
    announced = post(*known, f"Content-Length: {LIMIT + 1}", path=path)
    assert status(server.raw(announced)) == 413, "from its length alone"
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    chunks = post(*known, "Transfer-Encoding: chunked", path=path, body=chunk * 17)
    assert status(server.raw(chunks)) == 413


def test_large_body_to_the_management_api(server: Running) -> None:
    assert server.manage("POST", "/agents", {"uuid": "x" * LIMIT}).status == 413


def test_largest_body(server: Running, agent: Registered) -> None:
    body = b'{"events":[{"data":"%b"}]}'
    body %= b"x" * (LIMIT - len(body) + 2)
    token = server.token(agent)
    assert len(body) == LIMIT
    assert server.send("/stateless", body, token).status == 202
    assert server.send("/stateless", body + b" ", token).status == 413


def memory_bytes(name: str) -> int:
    """VmRSS, the memory of this process (the server runs in it), or VmHWM, the most it was."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) * 1024  # type: ignore[index]


def bomb(coding: str) -> bytes:
    """200 MiB of zeros, as little as they become."""
    if coding == "gzip":
        packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
        piece = bytes(2**20)
        return b"".join(packer.compress(piece) for _ in range(200)) + packer.flush()
    compress = zstandard.ZstdCompressor(level=19).compressobj()
    return b"".join(compress.compress(bytes(2**20)) for _ in range(200)) + compress.flush()


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_bombs(server: Running, agent: Registered, coding: str) -> None:
    token, packed = server.token(agent), bomb(coding)
    assert server.send("/stateful", packed, token, Content_Encoding=coding).status == 413
    # The most of memory counts from here on.
    Path("/proc/self/clear_refs").write_text("5")
    before = memory_bytes("VmRSS")
    for _ in range(5):
        assert server.send("/stateful", packed, token, Content_Encoding=coding).status == 413
    assert memory_bytes("VmHWM") - before < 16 * 2**20


def test_bomb_just_over_the_limit(server: Running, agent: Registered) -> None:
    token = server.token(agent)
    for pack, coding in ((gzip.compress, "gzip"), (zstandard.compress, "zstd")):
        just = b'{"events":[]}' + b" " * (LIMIT - 13)
        assert server.send("/stateless", pack(just), token, Content_Encoding=coding).status == 202
        assert server.send("/stateless", pack(just + b" "), token, Content_Encoding=coding).status == 413


def test_continue_is_said_only_for_what_will_be_read(server: Running, agent: Registered) -> None:
    known = ("Host: h", "Content-Type: application/json", "Expect: 100-continue", "Content-Length: 13")
    with server.wire() as wire:
        wire.sendall(post(*known, f"Authorization: Bearer {server.token(agent)}", path="/stateless"))
        assert wire.recv(1_000).startswith(b"HTTP/1.1 100 ")
        wire.sendall(b'{"events":[]}')
        assert status(wire.recv(1_000)) == 202
    assert status(server.raw(post(*known, path="/stateless"))) == 401


# ---- deadlines ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with short deadlines."""
    limits = Limits(handshake_s=0.5, header_s=0.5, body_s=0.5, idle_s=1.0, ping_s=0.2)
    with running(tmp_path_factory.mktemp("hasty") / "data", limits=limits) as started:
        yield started


def test_deadlines_by_default() -> None:
    limits = Limits()
    assert (limits.handshake_s, limits.header_s, limits.body_s, limits.idle_s) == (10, 10, 10, 75)
    assert (limits.header_bytes, limits.body_bytes) == (32_768, 1_048_576)


def test_slow_handshake_is_hung_up(hasty: Running) -> None:
    with socket.create_connection((HOST, hasty.server.agent_port), 30) as plain:
        plain.sendall(b"\x16\x03\x01")
        assert drain(plain) == b""


def test_slow_header(hasty: Running) -> None:
    with hasty.wire() as wire:
        wire.sendall(b"POST /login HTTP/1.1\r\nHost: h\r\n")
        wire.settimeout(0.1)
        got = b""
        for _ in range(200):
            try:
                wire.sendall(b"X: y\r\n")
                piece = wire.recv(1_000)
            except TimeoutError:
                continue
            except OSError:
                break
            if not piece:
                break
            got += piece
        assert status(got) == 408


def test_silence_after_the_handshake(hasty: Running) -> None:
    assert hasty.raw(b"") == b""


def test_slow_body(hasty: Running) -> None:
    """Bytes keep trickling: the deadline is for the whole body, not for each read."""
    with hasty.wire() as wire:
        wire.sendall(post("Host: h", FORM, "Content-Length: 1000"))
        wire.settimeout(0.1)
        got = b""
        for _ in range(200):
            try:
                wire.sendall(b"x")
                piece = wire.recv(1_000)
            except TimeoutError:
                continue
            except OSError:
                break
            if not piece:
                break
            got += piece
        assert status(got) == 408


def test_slow_body_that_nobody_reads(hasty: Running) -> None:
    """Refused before its body is read: the rest does not hold the connection open."""
    got = hasty.raw(post("Host: h", "Content-Length: 1000", path="/nowhere"))
    assert status(got) == 404


def test_kept_connection_may_be_idle_then_is_closed(hasty: Running) -> None:
    with hasty.wire() as wire:
        request = b"GET /health HTTP/1.1\r\nHost: h\r\n\r\n"
        wire.sendall(request)
        assert status(wire.recv(10_000)) == 200
        time.sleep(0.7)
        wire.sendall(request)
        assert status(wire.recv(10_000)) == 200, "longer than the header's deadline"
        assert wire.recv(1) == b""


def test_held_polls_are_exempt(hasty: Running) -> None:
    agent = hasty.register()
    assert hasty.poll(hasty.token(agent), 2).json == {"commands": []}


def test_honest_slow_body_passes(tmp_path: Path) -> None:
    with running(tmp_path, limits=replace(Limits(), idle_s=1.0)) as server, server.wire() as wire:
        wire.sendall(post("Host: h", FORM, "Content-Length: 12", "Connection: close"))
        for byte in (OK[:6], OK[6:]):
            time.sleep(1.0)
            wire.sendall(byte)
        assert status(drain(wire)) == 401


# ---- connections ----------------------------------------------------------------------------


def test_strangers_connections_are_bounded(tmp_path: Path) -> None:
    """Before their handshake; those of agents and operators who have shown credentials do not count."""
    most = 4
    with running(tmp_path, limits=Limits(strangers=most, linger_s=0.2)) as server, ExitStack() as stack:
        token = server.token(server.register())
        operator = stack.enter_context(closing(server.connect(server.management_port)))

        def asked(connection: HTTPSConnection, method: str, path: str, **headers: str) -> bytes:
            body = b'{"events":[]}' if method == "POST" else None
            connection.request(method, path, body, headers | {"Content-Type": "application/json"})
            return connection.getresponse().read()

        def admitted() -> int:
            match = re.search(rb"\nwavetank_connections_admitted (\d+)", asked(operator, "GET", "/metrics"))
            return int(match[1]) if match else -1

        said = b64encode(f"admin:{server.password}".encode()).decode()
        assert b"agents" in asked(operator, "GET", "/agents", Authorization=f"Basic {said}")
        for _ in range(2 * most):
            connection = stack.enter_context(closing(server.connect()))
            assert b"accepted" in asked(connection, "POST", "/stateless", Authorization=f"Bearer {token}")
        assert admitted() == 1 + 2 * most
        silent = [socket.create_connection((HOST, server.agent_port), 30) for _ in range(most)]
        server.eventually(lambda: admitted() == 1 + 3 * most)
        for port in (server.agent_port, server.management_port):
            with socket.create_connection((HOST, port), 30) as late:
                assert drain(late) == b""
        for stranger in silent:
            stranger.close()
        server.eventually(lambda: admitted() == 1 + 2 * most)
        assert server.ask("GET", "/health").status == 200
        assert server.metric('wavetank_refusals_total{cause="connections"}') == 2


# ---- TLS ------------------------------------------------------------------------------------


def test_plain_text_is_hung_up(server: Running) -> None:
    with socket.create_connection((HOST, server.agent_port), 30) as plain:
        plain.sendall(b"GET /health HTTP/1.1\r\nHost: h\r\n\r\n")
        assert b"HTTP" not in drain(plain)


@pytest.mark.parametrize("version", ["TLSv1", "TLSv1_1"])
def test_old_tls_is_refused(server: Running, version: str) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="deprecated"):
        old.minimum_version = old.maximum_version = getattr(ssl.TLSVersion, version)
    plain = socket.create_connection((HOST, server.agent_port), 30)
    with plain, pytest.raises((ssl.SSLError, ConnectionError)):
        old.wrap_socket(plain)


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
@pytest.mark.parametrize("resumption", [True, False])
def test_resumption_can_be_turned_off(version: str, resumption: bool, tmp_path: Path) -> None:
    with running(tmp_path, tls_resumption=resumption) as server:
        server.tls.minimum_version = server.tls.maximum_version = getattr(ssl.TLSVersion, version)
        with server.wire() as wire:
            wire.sendall(b"GET /health HTTP/1.1\r\nHost: h\r\n\r\n")
            wire.recv(10_000)
            session = wire.session
        plain = socket.create_connection((HOST, server.agent_port), 30)
        with plain, server.tls.wrap_socket(plain, server_hostname=HOST, session=session) as again:
            again.sendall(b"GET /health HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            again.recv(10_000)
            assert again.session_reused == resumption


def test_certificate_replaced_while_running(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        with server.wire() as wire:
            before = wire.getpeercert(True)
        from wavetank.real.server import certificates

        (tmp_path / "server.pem").unlink()
        assert certificates.ensure_certificates(server.server.folder, HOST, time.time_ns())

        def certificate() -> bytes | None:
            with server.wire() as wire:
                return wire.getpeercert(True)

        server.eventually(lambda: certificate() != before)
        (tmp_path / "server.pem").write_text("broken")
        time.sleep(1.5)
        assert server.ask("GET", "/health").status == 200


def test_after_all_this_the_server_works(server: Running, agent: Registered) -> None:
    assert server.send("/stateless", {"events": []}, server.token(agent)).status == 202
    text = server.ask("GET", "/metrics", port=server.management_port).body.decode()
    assert 'cause="defect"' not in text
