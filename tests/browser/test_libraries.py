"""The page of the libraries in a real Chromium: readable, self-contained, and weighed anew by keys alone."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.browser.test_report import WIDTHS, visited
from wavetank.face.libraries import write_libraries
from wavetank.libraries.decision import find_decision
from wavetank.scenario import load

ROOT = Path(__file__).parents[2]
Found = dict[str, Any]


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("libraries")
    return write_libraries(load("wazuh-50-jwt"), find_decision(), folder).as_uri()


@pytest.fixture(scope="session")
def seen(page: str) -> dict[str, Found]:
    asked: dict[str, Found] = {str(width): {"page": page, "width": width} for width in WIDTHS}
    asked["print"] = {"page": page, "width": 720, "media": "print"}
    asked["no script"] = {"page": page, "script": False}
    asked["weighed"] = {"page": page, "press": [["#weight-encryption", "Home"], ["#weight-money", "End"]]}
    asked["nothing"] = {
        "page": page,
        "press": [[f"#weight-{criterion.id}", "Home"] for criterion in find_decision().criterion],
    }
    asked["large"] = {"page": page, "press": [["input[name=fleet]:checked", "ArrowDown"]] * 2}
    asked["reset"] = {"page": page, "press": [*asked["weighed"]["press"], ["button[type=reset]", "Enter"]]}
    return dict(zip(asked, visited(*asked.values()), strict=True))


HOW = [*map(str, WIDTHS), "print", "weighed", "nothing"]


@pytest.mark.parametrize("how", HOW)
def test_no_axe_violation_no_outside_request_nothing_sticks_out(seen: dict[str, Found], how: str) -> None:
    page = seen[how]
    assert page["violations"] == []
    assert page["requests"] == page["complaints"] == []
    assert (page["broken"], page["overflow"], page["sticking"]) == (0, 0, [])


def test_the_four_answers_are_on_the_first_screen(seen: dict[str, Found]) -> None:
    text = seen["1400"]["text"]
    for question in (
        "Is there one library that has everything?",
        "What does one technology at agent and server gain?",
        "What does TLS per request cost each?",
        "Which for 1,000, which for 100,000 agents?",
    ):
        assert question in text[:2500]


def test_every_link_leads_somewhere(seen: dict[str, Found]) -> None:
    page = seen["1400"]
    inner = {link.removeprefix("#") for link in page["links"] if link.startswith("#")}
    assert len(inner) > 150
    assert inner <= set(page["ids"])


def order(page: Found) -> list[str]:
    """The first column of the matrix."""
    return [row[0] for row in page["rows"]]


def test_changed_weights_change_the_scores(seen: dict[str, Found]) -> None:
    """The winner may stay: that is for what was measured to say."""
    before, after = seen["1400"], seen["weighed"]
    assert before["rows"] != after["rows"]
    assert sorted(order(before)) == sorted(order(after))
    assert order(after)[0].removesuffix(" *") in after["status"]
    sums = [float(row[1].split()[0]) for row in after["rows"]]
    assert sums == sorted(sums, reverse=True)


def test_the_script_weighs_as_the_command_does(seen: dict[str, Found]) -> None:
    """Without scripts the page shows what Python worked out; with them, what JavaScript did."""
    plain, live = seen["no script"], seen["1400"]
    assert plain["rows"] == live["rows"]
    assert plain["status"] == live["status"]
    # a bound between two figures may be rounded to either
    figure = re.compile(r"\d+\.\d+")
    assert [figure.sub("#", reach) for reach in plain["reaches"]] == [
        figure.sub("#", reach) for reach in live["reaches"]
    ]
    bounds = [
        [float(number) for reach in answer["reaches"] for number in figure.findall(reach)]
        for answer in (plain, live)
    ]
    assert bounds[0] == pytest.approx(bounds[1], abs=0.0101)
    assert re.search(r"stays ahead from .* to ", live["reaches"][0])


def test_no_weight_at_all_is_told(seen: dict[str, Found]) -> None:
    assert seen["nothing"]["rows"] == []
    assert "give one criterion a weight" in seen["nothing"]["status"]


def test_another_fleet_is_weighed_by_key(seen: dict[str, Found]) -> None:
    assert seen["1400"]["status"].startswith("1,000 agents")
    assert seen["large"]["status"].startswith("100,000 agents")
    assert seen["large"]["rows"] != seen["1400"]["rows"]


def test_reset_brings_the_first_weights_back(seen: dict[str, Found]) -> None:
    assert seen["reset"]["rows"] == seen["1400"]["rows"]
