"""Which diagrams there are: those committed in `uml/`, and those of any scenario; how they are written."""

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from wavetank.errors import WavetankError
from wavetank.face.uml.java import DrawingError
from wavetank.face.uml.machines import exchange_machine, token_machine
from wavetank.face.uml.packages import packages
from wavetank.face.uml.page import Drawing
from wavetank.face.uml.plantuml import render, texts_of
from wavetank.face.uml.registration import registration_drawing
from wavetank.face.uml.sequence import NothingToDraw, sequence_drawing
from wavetank.face.uml.stories import STORIES, timing
from wavetank.face.uml.timing import token_life
from wavetank.face.uml.topology import topology
from wavetank.policy.codes import AuthScheme
from wavetank.scenario import Scenario, load
from wavetank.studies.replications import run
from wavetank.studies.simulate import Watch
from wavetank.units import DAY, MILLISECOND

EXAMPLE = "restart-storm"
"""The scenario whose components and deployment are committed."""

BEFORE_S = 15.0
"""So much of what comes before a fault is shown."""

ENDINGS = (".puml", ".svg")


class FolderError(WavetankError):
    """Diagrams that cannot be written where they should be."""


def committed() -> list[Drawing]:
    """The diagrams of `uml/`: of the protocol, of the stories, of an example, of the code."""
    stories = [story.draw() for story in STORIES]
    return [
        token_machine(),
        exchange_machine(),
        registration_drawing(),
        *stories,
        timing(),
        *topology(load(EXAMPLE).resolve()),
        packages(),
    ]


def of_scenario(
    scenario: Scenario, agent: int = 0, watch: Watch | None = None
) -> tuple[list[Drawing], dict[str, str]]:
    """Run a scenario and draw what can be drawn of it; for the rest, say why not.

    `agent` is the one whose messages are shown: from before the first fault on, else from the beginning.
    """
    resolved = scenario.resolve()
    given_tokens = resolved.auth.scheme == AuthScheme.SERVER_TOKEN
    drawings = [*topology(resolved), *([token_machine()] if given_tokens else []), exchange_machine()]
    missing: dict[str, str] = {}
    result = run(scenario, trace_agents=[agent], watch=watch)
    begin_s = max(0.0, min((span.begin_s for span in result.faults), default=0.0) - BEFORE_S)
    try:
        title = f"Messages of agent {agent}: {scenario.name}"
        end_s = resolved.duration_ns / 1e9
        drawings.append(sequence_drawing(result, agent, begin_s, end_s, title=title))
    except NothingToDraw as nothing:
        missing["sequence"] = str(nothing)
    try:
        drawings.append(_life(scenario))
    except NothingToDraw as nothing:
        missing["timing-token"] = str(nothing)
    return drawings, missing


def _life(scenario: Scenario) -> Drawing:
    """A token's life, of one agent that has the servers to itself, for two lives of a token."""
    resolved = scenario.resolve()
    ttl_ns = resolved.auth.ttl_ns
    if resolved.auth.scheme != AuthScheme.SERVER_TOKEN:
        raise NothingToDraw("agents get no token from the server")
    if ttl_ns > DAY:
        raise NothingToDraw("a token lives longer than a day")
    length_ms = 1 + 22 * ttl_ns // (10 * MILLISECOND)
    alone = ("fleet.agents=1", "fleet.start=cold", "warmup=0s", "fault=[]", f"duration={length_ms}ms")
    calm = scenario.but(*alone)
    return token_life(calm.resolve(), run(calm, trace_agents=[0], workers=1), 0)


def pictures(drawings: Sequence[Drawing]) -> list[str]:
    """The SVG of each. Raises DrawingError where one does not say what it should."""
    images = render([drawing.source for drawing in drawings])
    for drawing, svg in zip(drawings, images, strict=True):
        for label in unsaid(drawing, svg):
            raise DrawingError(f'{drawing.name}: PlantUML left out "{label}"')
    return images


def unsaid(drawing: Drawing, svg: str) -> list[str]:
    """The labels of a drawing that its picture does not show."""
    shown = [" ".join(text.split()) for text in texts_of(svg)]
    return [label for label in drawing.labels if not any(label in text for text in shown)]


def contents(drawings: Sequence[Drawing]) -> dict[str, str]:
    """Name of each file -> what it must hold."""
    files = {}
    for drawing, svg in zip(drawings, pictures(drawings), strict=True):
        files[f"{drawing.name}.puml"] = drawing.source
        files[f"{drawing.name}.svg"] = svg
    return files


def check_folder(folder: Path) -> None:
    """See whether diagrams may be written there. Raises FolderError if it holds anything but diagrams."""
    if folder.exists() and (not folder.is_dir() or not all(_ours(path) for path in folder.iterdir())):
        raise FolderError(f"{folder}: there is something else already; name another folder")


def _ours(path: Path) -> bool:
    return path.is_file() and path.suffix in ENDINGS


def write(files: dict[str, str], folder: Path) -> None:
    """Make `folder` hold these files and no others, whole or not at all. Raises FolderError."""
    check_folder(folder)
    target = Path(os.path.abspath(folder))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise FolderError(f"{folder}: cannot be written: {error.strerror}") from error
    try:
        (made / "whole").mkdir()
        for name, text in files.items():
            (made / "whole" / name).write_text(text, encoding="utf-8")
        if target.exists():
            target.rename(made / "older")
        (made / "whole").rename(target)
    except OSError as error:
        if (made / "older").exists() and not target.exists():
            (made / "older").rename(target)
        raise FolderError(f"{folder}: cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)
