"""The diagrams of `uml/` are what the code says now, and show what they should."""

import re
from pathlib import Path

import pytest

from tests.docs.draw import FOLDER
from wavetank.face.uml.gallery import committed, contents, unsaid
from wavetank.face.uml.machines import word
from wavetank.face.uml.page import Drawing
from wavetank.face.uml.plantuml import texts_of, version_of
from wavetank.protocol.tables import (
    EXCHANGE_ROWS,
    TOKEN_ROWS,
    ExchangeState,
    TokenState,
)

pytestmark = pytest.mark.xdist_group("uml")

AGAIN = "run `make uml` and look at what has changed"
PAGES = {
    "state-token": [word(state) for state in TokenState],
    "state-exchange": [word(state) for state in ExchangeState],
    "sequence-login": ["agent 0", "server", "POST /login", "200, token"],
    "sequence-expired-token": ["401", "POST /login", "200, token", "attempt 2"],
    "sequence-stateless-batch": ["loop", "27 times", "POST /stateless, 4 to 19 events"],
    "sequence-stateful-replay": ["node-restart, 0:10", "reset", "attempt 3"],
    "sequence-commands-long-poll": ["GET /commands", "200, no command", "200, 1 command"],
    "sequence-commands-piggyback": ["POST /heartbeat", "200, 1 command"],
    "sequence-restart-storm": ["cold-start, 0:30", "POST /login, attempt 2", "408", "200, token"],
    "timing-token": ["token 1", "token 2", "accepted", "renewing"],
    "component": ["10,000 agents", "token", "stateless outbox", "balancer", "3 nodes", "work", "admission"],
    "deployment": ["workstation", "7,000 agents", "office", "20 ms each way", "node 0", "node 1", "node 2"],
    "packages": ["cli", "face", "studies", "engines", "results", "protocol", "scenario", "policy", "units"],
}
WIDEST_PX, HIGHEST_PX = 1500, 1700


@pytest.fixture(scope="module")
def drawings() -> list[Drawing]:
    return committed()


@pytest.fixture(scope="module")
def files(drawings: list[Drawing]) -> dict[str, str]:
    return contents(drawings)


def read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def test_the_folder_holds_the_diagrams_and_nothing_else(files: dict[str, str]) -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(files)
    assert {Path(name).stem for name in files} == set(PAGES)


def test_sources_are_what_the_code_says(files: dict[str, str]) -> None:
    stale = [name for name in files if name.endswith(".puml") and read(name) != files[name]]
    assert not stale, AGAIN


def test_pictures_are_what_the_code_says(files: dict[str, str]) -> None:
    """Byte for byte, wherever the same PlantUML drew them; which one did is written in them."""
    svgs = [name for name in files if name.endswith(".svg")]
    assert all(version_of(read(name)) for name in svgs)
    stale = [
        name
        for name in svgs
        if version_of(read(name)) == version_of(files[name]) and read(name) != files[name]
    ]
    assert not stale, AGAIN


def test_every_committed_picture_holds_its_labels(drawings: list[Drawing]) -> None:
    found = {drawing.name: unsaid(drawing, read(f"{drawing.name}.svg")) for drawing in drawings}
    assert found == {name: [] for name in PAGES}


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
