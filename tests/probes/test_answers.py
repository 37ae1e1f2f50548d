"""Every yes of the cards tried: by the library's probe, or by a small trial here."""

import json
import shutil
import subprocess
from contextlib import nullcontext
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

import pytest

from tests.probes.message_trials import MESSAGES
from tests.probes.serving import echo, http
from tests.probes.tools import program
from tests.probes.trying import EVENTS, need, soon, trusting
from tests.probes.web_trials import WEB
from wavetank.libraries import list_libraries
from wavetank.libraries.keys import make_certificate
from wavetank.libraries.measuring import about
from wavetank.libraries.probes import probes

ANSWERS = Path(__file__).parent / "answers"
CARDS = {library.id: library.card for library in list_libraries()}

TRIALS = {**WEB, **MESSAGES}
COMPILED = {
    ("asio", "udp"), ("asio", "unix_sockets"),
    ("boost-asio", "udp"), ("boost-asio", "unix_sockets"),
    ("boost-beast", "tcp"), ("boost-beast", "unix_sockets"),
    ("libcurl", "tcp"), ("libcurl", "unix_sockets"),
    ("zeromq", "tcp"), ("zeromq", "unix_sockets"), ("zeromq", "request_reply"),
    ("zeromq", "publish_subscribe"), ("zeromq", "push_pull"),
    ("grpc", "unix_sockets"),
    ("cpp-httplib", "http1"), ("cpp-httplib", "request_reply"), ("cpp-httplib", "tls"),
    ("nghttp2", "http2"), ("nghttp2", "request_reply"), ("nghttp2", "streaming"),
}  # fmt: skip
"""Tried by answers/LIBRARY.cpp, which is told the cell."""
SERVED = {("restinio", cell) for cell in ("http1", "request_reply", "websocket", "streaming", "tls")}
"""Tried by answers/restinio.cpp as a server."""

FLAGS = {
    "asio": ["-DASIO_STANDALONE"],
    "libcurl": ["-lcurl"],
    "zeromq": ["-lzmq"],
    "cpp-httplib": ["-lcpp-httplib", "-lssl", "-lcrypto"],
    "restinio": ["-lhttp_parser", "-lfmt", "-lssl", "-lcrypto"],
    "nghttp2": ["-lnghttp2"],
}
SHOWN = {
    "tcp": {"tcp"},
    "http1": {"http1", "request_reply"},
    "http2": {"http2"},
    "websocket": {"websocket", "streaming"},
    "grpc": {"request_reply", "streaming"},
    "zmtp": {"streaming"},
}
"""Answers that a probe has shown its library to give; gRPC's stream is one of its own."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("answers")
    make_certificate(made)
    return made


def cells(name: str) -> set[str]:
    """The cells of a card that say yes."""
    card = CARDS[name]
    answers = card.protocols or card.algorithms
    assert answers
    return {cell for cell, answer in answers if answer.answer == "yes"}


def by_probe(name: str, folder: Path) -> set[str]:
    """The cells that a probe tries (test_probes.py runs all it can do)."""
    said = about(program(name), folder)
    if "algorithms" in said:
        kept = {"key_kept"} if "cached" in said["keys"] else set()
        return {algorithm.lower() for algorithm in said["algorithms"]} | kept
    spoken = {said["protocol"], said.get("stream_protocol", ""), "http2" if probes()[name].http2 else ""}
    shown = {cell for library in spoken for cell in SHOWN.get(library, ())}
    return shown | ({"tls"} if "full" in said["tls"] else set())


@pytest.mark.parametrize("name", sorted(CARDS))
def test_every_yes_is_tried(name: str, folder: Path) -> None:
    here = {cell for tried, cell in (*TRIALS, *COMPILED, *SERVED) if tried == name}
    assert here <= cells(name)
    if left := cells(name) - here:
        assert left <= by_probe(name, folder)


@pytest.mark.parametrize(("name", "cell"), sorted(TRIALS))
def test_in_python(name: str, cell: str, tmp_path: Path) -> None:
    make_certificate(tmp_path)
    TRIALS[name, cell](tmp_path)


@pytest.fixture(scope="module")
def compiled() -> dict[str, Path]:
    """The trials that are built."""
    return {}


def built(name: str, done: dict[str, Path], folder: Path) -> Path:
    """The trial of a library as a program; skips where the library is missing."""
    if name not in done:
        source = ANSWERS / ("asio.cpp" if name == "boost-asio" else f"{name}.cpp")
        flags = FLAGS.get(name, [])
        if name == "grpc":
            said = subprocess.run(
                ["pkg-config", "--libs", "grpc++"], capture_output=True, text=True, check=False
            )
            flags = said.stdout.split()
        if not shutil.which("c++"):
            pytest.skip("there is no compiler")
        words = ["c++", "-std=c++17", "-Wall", "-Wextra", str(source), "-o", str(folder / name), "-pthread"]
        made = subprocess.run([*words, *flags], capture_output=True, text=True, check=False)
        if "No such file" in made.stderr:
            pytest.skip(f"{name} is not installed: {made.stderr.splitlines()[0]}")
        assert made.returncode == 0, made.stderr
        done[name] = folder / name
    return done[name]


@pytest.mark.parametrize(("name", "cell"), sorted(COMPILED))
def test_in_cpp(name: str, cell: str, folder: Path, compiled: dict[str, Path], tmp_path: Path) -> None:
    trial = built(name, compiled, folder)
    path = tmp_path / "socket"
    other = {("libcurl", "unix_sockets"): http(path), ("libcurl", "tcp"): echo(), ("zeromq", "tcp"): echo()}
    with other.get((name, cell), nullcontext(0)) as port:
        more = {"tcp": [str(port)], "tls": [str(folder / "server.pem"), str(folder / "ca.pem")]}
        words = [str(trial), cell, *more.get(cell, [str(path)])]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("name", "cell"), sorted(SERVED))
def test_as_a_server_in_cpp(name: str, cell: str, folder: Path, compiled: dict[str, Path]) -> None:
    tls = [str(folder / "server.pem")] if cell == "tls" else []
    pipe = subprocess.PIPE
    with subprocess.Popen([built(name, compiled, folder), cell, *tls], stdin=pipe, stdout=pipe) as running:
        try:
            assert running.stdout
            port = json.loads(running.stdout.readline())
            if cell in ("websocket", "streaming"):
                talk(port)
            else:
                secure = HTTPSConnection("localhost", port, timeout=20, context=trusting(folder))
                client = secure if tls else HTTPConnection("127.0.0.1", port, timeout=20)
                client.request("POST", "/", EVENTS)
                assert client.getresponse().read() == EVENTS + b" pong"
                client.close()
        finally:
            running.kill()


def talk(port: int) -> None:
    """Messages both ways on a WebSocket."""
    client = need("websockets.asyncio.client")

    async def trial() -> None:
        async with client.connect(f"ws://127.0.0.1:{port}/", proxy=None) as socket:
            for message in ("one", "two"):
                await socket.send(message)
                assert await socket.recv() == message

    soon(trial())
