"""Every probe there is: built, tried in all it can do, and against the others."""

import json
import subprocess
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from tests.probes.tools import program
from tests.unit.real.server.parts import Running, running
from wavetank.libraries.cases import Pair
from wavetank.libraries.conversation import Line
from wavetank.libraries.keys import make_certificate, make_token_keys
from wavetank.libraries.measuring import about
from wavetank.libraries.probes import probes
from wavetank.libraries.tokens import start

TRANSPORTS = [name for name, probe in probes().items() if probe.kind == "transport"]
TOKENS = [name for name, probe in probes().items() if probe.kind == "token"]
HTTP_CLIENTS = ("boost-beast", "libcurl")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("keys")
    make_certificate(made)
    make_token_keys(made)
    return made


WAYS = [
    (name, http2) for name in TRANSPORTS for http2 in ((False, True) if probes()[name].http2 else (False,))
]


@pytest.mark.parametrize(("name", "http2"), WAYS)
def test_every_way_to_connect(name: str, http2: bool, folder: Path) -> None:
    client, server = (program(end) for end in probes()[name].ends[http2])
    pair = Pair(client, server, about(client, folder), about(server, folder), http2)
    assert pair.tls
    for tls in pair.tls:
        with Line(client, server, tls, (), folder, pair.words) as line:
            for case in pair.cases(tls):
                line.ask(case.connection, 3, case.events)
                answer = line.ask(case.connection, 5, case.events)
                assert tls != "resumed" or answer["resumed"] == 5
            line.ask("hold", 5, 1)
            assert len(line.ask("rate", 5, 10, 500)["latencies_us"]) == 5
            line.settle()


@pytest.mark.parametrize(("signing", "checking"), list(product(TOKENS, TOKENS)))
def test_tokens_cross_between_libraries(signing: str, checking: str, folder: Path) -> None:
    signer, checker = program(signing), program(checking)
    common = {*about(signer, folder)["algorithms"]} & {*about(checker, folder)["algorithms"]}
    assert common >= {"HS256", "RS256", "ES256"}
    with start(signer, folder) as maker, start(checker, folder) as other:
        for algorithm in sorted(common):
            token = maker.say(f"mint {algorithm}")["token"]
            assert other.say(f"check {algorithm} {token}") == {"valid": True}
            head, claims, signature = token.split(".")
            changed = claims[:-4] + ("AAAA" if claims[-4:] != "AAAA" else "BBBB")
            assert other.say(f"check {algorithm} {head}.{changed}.{signature}") == {"valid": False}
            for another in common - {algorithm}:
                assert other.say(f"check {another} {token}") == {"valid": False}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("server") / "data") as started:
        yield started


@pytest.mark.parametrize("name", HTTP_CLIENTS)
def test_it_is_an_agent_of_our_server(name: str, server: Running) -> None:
    built = program(name)
    agent = server.register()
    words = [
        "agent",
        "--tls",
        "full",
        "--port",
        str(server.agent_port),
        "--id",
        agent.uuid,
        "--events",
        "100",
    ]
    done = subprocess.run(
        [*built.words, *words, "--ca", str(server.data / "ca.pem")],
        input=agent.key + "\n", capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout) == {"login": 200, "stateless": 202, "stateful": 200, "repeated": 200}
    server.eventually(lambda: len(server.events(agent)) >= 200)
    stored = server.events(agent)
    numbers = [event.get("sequence") for event in stored]
    assert sorted(number for number in numbers if number is not None) == list(range(100))
    assert numbers.count(None) == 100
