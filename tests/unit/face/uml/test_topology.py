import re

import pytest

from tests.unit.studies.cases import QUEUE, STORM, resolved
from wavetank.face.uml.page import Drawing
from wavetank.face.uml.topology import MOST_BOXES, components, deployment, topology
from wavetank.scenario import load
from wavetank.scenario.resolved import Resolved

BUSY = (
    "server.nodes=3", "server.cores=2", "server.workers=4", "server.blocking=true",
    "balancer={policy='round-robin', health_check='2s'}",
    "server.limits={connections=512, in_flight={value=20, answer='429'}, body='1MB', bandwidth='1Gbit/s',"
    " login_rate={rate='15/s', burst=40}}",
    "store={parallelism=4, latency='5ms', window='100ms'}",
    "commands={channel='long-poll', rate='4/day', hold='11min'}",
    "network.office.bandwidth='100Mbit/s'",
)  # fmt: skip


def arrows(drawing: Drawing) -> set[tuple[str, str]]:
    matches = re.findall(r"^(\w+) --> (\w+)", drawing.source, re.MULTILINE)
    return {(start, end) for start, end in matches}


def boxes(drawing: Drawing) -> dict[str, str]:
    """Alias -> text."""
    return {alias: text for text, alias in re.findall(r'"([^"]*)" as (\w+)', drawing.source)}


def many(classes: int) -> Resolved:
    """A fleet of several classes, each on a network of its own."""
    text = QUEUE.partition("[[fleet.class]]")[0].replace("agents = 20", "agents = 700")
    for number in range(classes):
        share = 'share = "10%"\n' if number + 1 < classes else ""
        text += f'[[fleet.class]]\nname = "kind-{number}"\nnetwork = "net-{number}"\n{share}'
        text += 'stateless = { rate = "1/min" }\n'
    text += "".join(f'[network.net-{number}]\ndelay = "{number + 1}ms"\n' for number in range(classes))
    return resolved(text)


def test_bare_queue_has_what_it_has_and_no_more() -> None:
    drawing = components(resolved(QUEUE))
    assert boxes(drawing) == {
        "STATELESS": r"**stateless outbox**\nsent each event at once\nagain at once",
        "OUT": r"**connections**\na new one per request\nwithout TLS",
        "GATE": r"**admission**\nno limits",
        "WORK": r"**work**\n1 core, 1 worker\nstateless 10 ms",
    }
    assert arrows(drawing) == {("STATELESS", "OUT"), ("OUT", "GATE"), ("GATE", "WORK")}
    assert boxes(deployment(resolved(QUEUE))) == {
        "CLASS0": r"**desk**\n20 agents\nstateless: 1/s",
        "NETWORK0": r"**network**\nno delay",
        "NODE0": r"**node 0**\n1 core, 1 worker",
    }


def test_components_of_a_busy_scenario() -> None:
    drawing = components(resolved(STORM, *BUSY))
    assert arrows(drawing) == {
        ("LOGIN", "OUT"), ("STATELESS", "OUT"), ("COMMANDS", "OUT"), ("OUT", "BALANCER"),
        ("BALANCER", "GATE"), ("GATE", "WORK"), ("WORK", "BOARD"), ("WORK", "STORE"),
    }  # fmt: skip
    assert {
        "20 agents", "3 nodes", "lives 40 s", "timeout 5 s", "again after 1 s (fixed)", "sent after 1 s",
        "round robin", "health check every 2 s", "512 connections, else silence",
        "20 requests in flight, else 429", "1MB a request, else 413", "1 Gbit/s",
        "logins 15/s, burst 40, else 429", "2 cores, 4 workers, held while waiting", "login 10 ms",
        "handshake 2 ms", "TLS 1.3, full handshakes", "4/day per agent", "long poll", "held by: agent 11 min",
        "4 at a time", "5 ms each", "gathered for 100 ms", "POST /login", "POST /stateless", "GET /commands",
    } <= set(drawing.labels)  # fmt: skip


def test_deployment_of_a_busy_scenario() -> None:
    drawing = deployment(resolved(STORM, *BUSY))
    assert arrows(drawing) == {
        ("CLASS0", "NETWORK0"), ("NETWORK0", "ENTRY"),
        *(("ENTRY", f"NODE{node}") for node in range(3)), *((f"NODE{node}", "STORE") for node in range(3)),
    }  # fmt: skip
    assert boxes(drawing)["NETWORK0"] == r"**office**\n20 ms each way\n100 Mbit/s"
    assert boxes(drawing)["ENTRY"] == r"**balancer**\nround robin\nhealth check every 2 s"


def test_nodes_without_a_balancer_say_who_uses_which() -> None:
    drawing = deployment(resolved(QUEUE, "server.nodes=2"))
    assert boxes(drawing)["ENTRY"] == r"**no balancer**\nagent i uses node i modulo 2"


def test_of_many_the_rest_is_one_box() -> None:
    scenario = many(7)
    scenario = scenario._replace(server=scenario.server._replace(nodes=900))
    drawn = boxes(deployment(scenario))
    for kind in ("CLASS", "NETWORK", "NODE"):
        assert sum(alias.startswith(kind) for alias in drawn) == MOST_BOXES
    assert drawn["CLASS4"] == r"**3 more classes**\n420 agents"
    assert drawn["NETWORK4"] == "**3 more networks**"
    assert drawn["NODE4"] == r"**896 more nodes**\nthe same"


def test_every_class_reaches_its_network() -> None:
    for classes in (1, MOST_BOXES, MOST_BOXES + 1, 9):
        drawing = deployment(many(classes))
        shown = min(classes, MOST_BOXES)
        assert {(f"CLASS{at}", f"NETWORK{at}") for at in range(shown)} <= arrows(drawing)


@pytest.mark.parametrize(
    ("sets", "label"),
    [
        (("auth.renew=on-rejection",), "renewed when it is rejected"),
        (("auth.renew=before-expiry", "auth.margin=2s", "auth.jitter=3s"), "renewed 2 s to 5 s before"),
        (("auth={scheme='per-request-mac'}",), "a MAC on every request"),
        (("connection={strategy='keep-alive', tls={version='1.2', resume=true}}",), "TLS 1.2, resumed"),
        (("connection={strategy='keep-alive', idle_timeout='9s'}",), "kept alive, at most 9 s idle"),
        (("heartbeat.period=10s", "heartbeat.jitter=1s"), "every 10 s + up to 1 s"),
        (("commands={channel='poll', period='30s'}",), "asks every 30 s"),
        (("retry.login.backoff={law='full-jitter', base='1s', cap='60s'}",), "1 s to 1 min (full jitter)"),
        (("retry.stateless.attempts=4",), "at most 4 attempts"),
        (("batching.stateless={count=50, age='2s'}",), "sent after 2 s or at 50 events"),
        (("server.service.per_byte='2ns'",), "per byte 2 ns"),
        (("network.office.delay={law='exponential', mean='5ms'}",), "5 ms (exponential) each way"),
        (("fleet.class.desk.credentials=invalid",), "invalid credentials"),
    ],
)  # fmt: skip
def test_choices_in_words(sets: tuple[str, ...], label: str) -> None:
    drawn = topology(resolved(STORM, *sets))
    assert any(label in text for drawing in drawn for text in drawing.labels)


def test_piggyback_has_a_board_but_no_polls() -> None:
    drawing = components(load("wazuh-50-mac").resolve())
    assert "BOARD" in boxes(drawing)
    assert "COMMANDS" not in boxes(drawing)
    assert "HEARTBEAT" in boxes(drawing)
