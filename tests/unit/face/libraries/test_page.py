import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.unit.libraries.records import card, whole
from tests.unit.libraries.scene import TEXT, decision
from wavetank.errors import MissingExtra
from wavetank.face.libraries import FILE, write_libraries
from wavetank.face.libraries.answers import UNKNOWN, answers
from wavetank.face.libraries.charts import charts
from wavetank.face.libraries.fleets import fleets
from wavetank.face.libraries.gaps import gaps
from wavetank.face.report import writing
from wavetank.libraries import Library, find_library, list_libraries
from wavetank.libraries.costs import uses
from wavetank.libraries.decision import find_decision
from wavetank.libraries.matrix import totals
from wavetank.libraries.measured import Spread
from wavetank.scenario import load, loads

NASTY = "<img src=x onerror=alert(1)> </script> {{ 7 * 7 }}"
MOST_BYTES = 1_500_000


class Elements(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = [("", {})]
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        if self.found[-1][0] not in ("script", "style"):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("page")
    path = write_libraries(load("wazuh-50-jwt"), find_decision(), folder)
    assert path == folder / FILE
    return path.read_text(encoding="utf-8")


def test_one_file_that_names_nothing_outside(written: str) -> None:
    assert len(written.encode()) < MOST_BYTES
    for _, attributes in Elements(written).found:
        for name in ("src", "href", "srcset", "action"):
            assert attributes.get(name, "#").startswith(("data:", "#"))
    assert "default-src 'none'" in written


def test_every_cell_of_every_card_is_there_with_its_source(written: str) -> None:
    text = Elements(written).text
    for library in list_libraries():
        for cell in library.card.cells.values():
            assert " ".join(cell.source.split()) in text
        assert library.card.licence[0].spdx in text


def test_what_the_script_weighs_is_what_was_worked_out(written: str) -> None:
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', written)
    data = json.loads(text)
    asked = fleets(load("wazuh-50-jwt"), find_decision(), list_libraries())
    assert [fleet["id"] for fleet in data["fleets"]] == [fleet.id for fleet in asked]
    weights = data["weights"]
    for shown, fleet in zip(data["fleets"], asked, strict=True):
        name, score = totals(fleet.found.matrix, weights)[0]
        (line,) = [line for line in shown["lines"] if line["name"] == name]
        mid = sum(weight * worth[1] for weight, worth in zip(weights, line["worths"], strict=True))
        assert mid / sum(weights) == pytest.approx(score.mid, abs=1e-4)


def test_every_weight_can_be_changed_and_is_labelled(written: str) -> None:
    page = Elements(written).found
    ranges = [attributes for tag, attributes in page if attributes.get("type") == "range"]
    assert [int(criterion["value"]) for criterion in ranges] == [
        criterion.weight for criterion in find_decision().criterion
    ]
    labels = {attributes["for"] for tag, attributes in page if tag == "label" and "for" in attributes}
    assert {slider["id"] for slider in ranges} <= labels


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalogue with one measured library, its name full of markup."""
    models = tmp_path_factory.mktemp("catalogue")
    folder = models / "libraries" / "one"
    (folder / "measured").mkdir(parents=True)
    (folder / "library.toml").write_text(card("one").replace('name = "one"', f"name = '{NASTY}'"))
    (folder / "measured" / "a.json").write_text(json.dumps(whole(skipped=["the wire: no namespace"])))
    return models


def test_a_measured_library_with_markup_in_its_name(models: Path, tmp_path: Path) -> None:
    path = write_libraries(loads(TEXT, (), models), decision(), tmp_path / "out", models)
    text = path.read_text(encoding="utf-8")
    outside = re.sub(r"<(style|script).*?</\1>", "", text, flags=re.DOTALL)
    assert "onerror=" not in "".join(re.findall(r"<[^>]*>", outside))
    shown = Elements(text).text
    assert NASTY in shown
    assert "Measured by wavetank: " in shown
    assert "the wire: no namespace" in shown
    assert "Boost.Asio: not measured" in shown or find_library("boost-asio").measurement is not None


def test_without_extras_one_message(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def missing() -> None:
        raise MissingExtra("vl_convert", "report")

    monkeypatch.setattr(writing, "_needs", missing)
    with pytest.raises(MissingExtra, match=r"the extra report: "):
        write_libraries(loads(TEXT), decision(), tmp_path)
    assert list(tmp_path.iterdir()) == []


# ---- the answers -----------------------------------------------------------------------------


def test_answers_come_from_the_cards(models: Path) -> None:
    library = find_library("one", models)
    asked = fleets(loads(TEXT, (), models), decision(), list_libraries(models))
    answered = {answer.id: answer for answer in answers([library], asked)}
    assert answered["everything"].short == "Yes."  # the test's card says yes in every cell
    partial = read_without(library, "websocket")
    assert {answer.id: answer for answer in answers([partial], asked)}["everything"].short == "No."
    assert answered["tls"].short == "500 us to 500 us of server CPU a request."


def read_without(library: Library, protocol: str) -> Library:
    """The library without one protocol."""
    assert library.card.protocols is not None
    table = library.card.protocols.model_copy(
        update={protocol: library.card.protocols.tcp.model_copy(update={"answer": "no"})}
    )
    return replace(library, card=library.card.model_copy(update={"protocols": table}))


def test_what_nothing_is_known_of_is_not_answered(models: Path) -> None:
    library = replace(find_library("one", models), measurement=None)
    asked = fleets(loads(TEXT, (), models), decision(), list_libraries(models))
    bare = [fleet._replace(found=replace(fleet.found, spent=())) for fleet in asked]
    answered = {answer.id: answer.short for answer in answers([library], tuple(bare))}
    assert (answered["sharing"], answered["tls"], answered["which"]) == (UNKNOWN, UNKNOWN, UNKNOWN)


def test_charts_only_of_what_there_are_figures_of(models: Path) -> None:
    fleet = fleets(loads(TEXT, (), models), decision(), list_libraries(models))[-1]
    drawn = charts(uses(find_library("one", models)), fleet)
    assert {chart.id for chart in drawn} >= {"kept", "tax", "wire", "idle", "batch"}
    kept = next(chart for chart in drawn if chart.id == "kept")
    assert "Server: 140 (one HTTP/1.1)." in kept.caption
    empty = fleet._replace(found=replace(fleet.found, spent=()))
    assert charts([], empty) == ()


def test_the_least_and_the_greatest_are_told_by_their_medians(models: Path) -> None:
    """A wide range with a low end below all others does not make its median the least."""
    library = find_library("one", models)
    record = library.measurement
    assert record is not None
    wide = Spread(median=2000, low=100, high=3000)
    rows = [
        row.model_copy(update={"server_cpu_us": wide} if row.connection == "new" else {})
        for row in record.rows
    ]
    renamed = [row.model_copy(update={"client": "wide", "server": "wide"}) for row in rows]
    measured = record.model_copy(update={"rows": tuple(renamed), "library": "wide"})
    two = replace(library, card=library.card.model_copy(update={"id": "wide"}), measurement=measured)
    asked = fleets(loads(TEXT, (), models), decision(), list_libraries(models))
    answered = {answer.id: answer for answer in answers([library, two], asked)}
    assert answered["tls"].short == "500 us to 1,860 us of server CPU a request."


def test_sharing_is_only_a_gain_beyond_the_uncertainty(models: Path) -> None:
    asked = fleets(loads(TEXT, (), models), decision(pairs=["one+boost-beast"]), list_libraries(models))
    answered = {answer.id: answer for answer in answers(list_libraries(models), asked)}
    assert "each end pays for its own library" in answered["sharing"].why
    assert re.fullmatch(
        r"\d+ % of the CPU at both ends\.|No CPU beyond the uncertainty\.", answered["sharing"].short
    )


def test_library_that_was_to_be_measured_and_was_not_is_listed(models: Path) -> None:
    """With third-party figures, the list says that these stand in."""
    library = replace(find_library("one", models), measurement=None)
    cited = find_library("boost-beast").card.third_party
    assert cited
    others = replace(library, card=library.card.model_copy(update={"third_party": cited}))
    (fleet, *_) = fleets(loads(TEXT, (), models), decision(), list_libraries(models))
    listed = list(gaps([library, others], fleet.found))
    missing = f"{library.card.name}: not measured"
    assert listed[:2] == [missing, f"{missing}; third-party figures stand in"]
