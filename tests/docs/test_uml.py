"""The diagrams of `uml/` are what the code says now, and show what they should."""

import re

import pytest

from tests.docs.draw import FOLDER
from wavetank.face.uml.gallery import committed, contents
from wavetank.face.uml.machines import word
from wavetank.face.uml.plantuml import texts_of, version_of
from wavetank.protocol.tables import (
    EXCHANGE_ROWS,
    TOKEN_ROWS,
    ExchangeState,
    TokenState,
)

AGAIN = "run `make uml` and look at what has changed"
PAGES = {
    "state-token": [word(state) for state in TokenState],
    "state-exchange": [word(state) for state in ExchangeState],
    "sequence-registration": [
        "agent",
        "management API",
        "POST /agents",
        "201, new",
        "200, known",
        "409, conflict",
    ],
    "sequence-login": ["agent 0", "server", "POST /login", "200, token"],
    "sequence-expired-token": ["401", "POST /login", "200, token", "attempt 2"],
    "sequence-stateless-batch": ["loop", "27 times", "POST /stateless, 4 to 17 events"],
    "sequence-stateful-replay": ["node-restart, 0:10", "reset", "attempt 3"],
    "sequence-commands-long-poll": ["GET /commands", "200, no command", "200, 1 command"],
    "sequence-commands-piggyback": ["POST /heartbeat", "200, 1 command"],
    "sequence-restart-storm": ["cold-start, 0:30", "POST /login, attempt 2", "408", "200, token"],
    "timing-token": ["token 1", "token 2", "accepted", "renewing"],
    "component": ["10,000 agents", "token", "stateless outbox", "balancer", "3 nodes", "work", "admission"],
    "deployment": ["workstation", "7,000 agents", "office", "20 ms each way", "node 0", "node 1", "node 2"],
    "packages": ["cli", "face", "studies", "engines", "results", "protocol", "scenario", "policy", "units"],
}
TEXTS = (
    r"^title (.*)", r"^caption (.*)", r"^note left: (.*)", r"^loop (.*)", r"^\.\.\.(.*)\.\.\.$",
    r"^== (.*) ==$",
    r'^(?!skinparam)[^"]*"([^"]*)"', r"[-<>]\S* \w+ : (.*)",
)  # fmt: skip
WIDEST_PX, HIGHEST_PX = 1500, 1700


def read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def labels_in(source: str) -> set[str]:
    """Every text that a PlantUML source wants to be seen, one line each."""
    labels: list[str] = []
    for line in source.splitlines():
        for pattern in TEXTS:
            if match := re.search(pattern, line):
                labels += match[1].split(r"\n")
                break
    texts = [re.sub(r"<U\+([0-9A-F]+)>", lambda match: chr(int(match[1], 16)), text) for text in labels]
    return {text.removeprefix("**").removesuffix("**") for text in texts} - {"", "{hidden}"}


def test_committed_diagrams_are_what_the_code_says() -> None:
    """Pictures byte for byte, wherever the same PlantUML drew them; which one did is written in them."""
    files = contents(committed())
    assert {path.name for path in FOLDER.iterdir()} == set(files), AGAIN
    alike = {name for name in files if version_of(read(name)) == version_of(files[name])}
    assert alike >= {name for name in files if name.endswith(".puml")}
    assert [name for name in sorted(alike) if read(name) != files[name]] == [], AGAIN


def test_every_diagram_is_looked_at_here() -> None:
    names = {path.name for path in FOLDER.iterdir()}
    assert names == {f"{name}{ending}" for name in PAGES for ending in (".puml", ".svg")}
    assert all(version_of(read(f"{name}.svg")) for name in PAGES)


def test_labels_are_found_in_a_source() -> None:
    source = r"""@startuml
skinparam x "y"
title A<U+0021> b
participant "server\nnodes 0, 1" as S
folder "**cli**\nmain" as cli
A -[#0072B2]>x S : POST /x, 2 events
note left: 0:01.000
loop 3 times in 2 s
...9 s later...
== restart, 0:10 ==
one --> two : go / stop\nwait
one --> two
A has "valid" as S3
C is "0:00"
A is S3
T1 is {hidden}
caption \nbelow
@enduml"""
    assert labels_in(source) == {
        "A! b", "server", "nodes 0, 1", "cli", "main", "POST /x, 2 events", "0:01.000", "3 times in 2 s",
        "9 s later", "restart, 0:10", "go / stop", "wait", "valid", "0:00", "below",
    }  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_every_label_of_a_source_is_in_its_picture(name: str) -> None:
    shown = [" ".join(text.split()) for text in texts_of(read(f"{name}.svg"))]
    wanted = labels_in(read(f"{name}.puml"))
    assert len(wanted) > 5
    assert [label for label in wanted if not any(label in text for text in shown)] == []


@pytest.mark.parametrize("name", PAGES)
def test_a_picture_shows_what_it_is_for(name: str) -> None:
    shown = texts_of(read(f"{name}.svg"))
    for label in PAGES[name]:
        assert any(label in text for text in shown), label
    assert not any("Syntax Error" in text or "dot executable" in text.lower() for text in shown)


@pytest.mark.parametrize(
    ("name", "rows"),
    [("state-token", TOKEN_ROWS), ("state-exchange", EXCHANGE_ROWS)],
    ids=["token", "exchange"],
)
def test_every_transition_is_in_its_picture(name: str, rows: tuple[tuple[object, ...], ...]) -> None:
    shown = texts_of(read(f"{name}.svg"))
    wanted = [
        word(event) + (f" / {word(action)}" if action else "")  # type: ignore[arg-type]
        for _, event, _, action in rows
    ]
    for text in set(wanted):
        assert shown.count(text) == wanted.count(text), text


@pytest.mark.parametrize("name", PAGES)
def test_a_picture_fits_on_a_page(name: str) -> None:
    width, height = (
        int(re.findall(rf'{size}="(\d+)px"', read(f"{name}.svg"))[0]) for size in ("width", "height")
    )
    assert width <= WIDEST_PX
    assert height <= HIGHEST_PX
