"""Reports in a real Chromium: what people see, on a phone, on a screen, on paper, and by a screen reader."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.unit.face.report.cases import result
from wavetank.face.report import write_report
from wavetank.results.result import Result
from wavetank.studies import fates
from wavetank.studies.comparison import Comparison

HERE = Path(__file__).parent
NASTY = "<img src=x onerror=alert(1)> </script><script>alert(2)</script> \"' {{ 7 * 7 }} ${alert(3)}"
NAMES = ("stable", "back", "metastable", "overloaded", "comparison", "nasty")
WIDTHS = (400, 800, 1400)


def what(name: str) -> Result | Comparison:
    if name == "comparison":
        return Comparison(("as it is", "worse"), (result("back"), result("metastable")))
    if name == "nasty":
        return Comparison((NASTY, NASTY * 3), (result("back"), result("metastable")))
    return result(name)


def chromium() -> str:
    """The browser; its absence is a failure, for these tests are only asked for where it should be."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    assert browser, "there is no chromium; `make browser` says how to install it"
    assert (HERE / "node_modules").is_dir(), "tests/browser/node_modules is missing; `make browser` makes it"
    return browser


def visited(*visits: dict[str, Any]) -> list[dict[str, Any]]:
    """The findings of visit.mjs."""
    command = ["node", str(HERE / "visit.mjs"), chromium(), json.dumps(visits)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    parsed: list[dict[str, Any]] = json.loads(done.stdout)
    return parsed


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: write_report(what(name), tmp_path_factory.mktemp(name)) for name in NAMES}


@pytest.fixture(scope="session")
def seen(pages: dict[str, Path]) -> dict[tuple[str, str], dict[str, Any]]:
    """Every page at every width, and printed."""
    asked = {
        (name, str(width)): {"page": pages[name].as_uri(), "width": width}
        for name in NAMES
        for width in WIDTHS
    }
    asked |= {
        (name, "print"): {"page": pages[name].as_uri(), "width": 720, "media": "print"} for name in NAMES
    }
    return dict(zip(asked, visited(*asked.values()), strict=True))


HOW = [*map(str, WIDTHS), "print"]
every = pytest.mark.parametrize(("name", "how"), [(name, how) for name in NAMES for how in HOW])
Seen = dict[tuple[str, str], dict[str, Any]]


@every
def test_no_axe_violation(seen: Seen, name: str, how: str) -> None:
    assert seen[name, how]["violations"] == []


@every
def test_no_outside_request_and_no_complaint(seen: Seen, name: str, how: str) -> None:
    assert seen[name, how]["requests"] == []
    assert seen[name, how]["complaints"] == []
    assert seen[name, how]["broken"] == 0


@every
def test_nothing_sticks_out(seen: Seen, name: str, how: str) -> None:
    # paper is no whole number of pixels wide: one of its two widths is rounded up
    assert seen[name, how]["overflow"] <= (how == "print")
    assert seen[name, how]["sticking"] == []


@pytest.mark.parametrize("name", NAMES)
def test_charts_are_drawn_live_on_screens_and_still_on_paper(seen: Seen, name: str) -> None:
    for width in WIDTHS:
        page = seen[name, str(width)]
        assert len(page["charts"]) == len(page["stills"]) >= 8
        assert not any(page["stills"])
        assert all(250 < drawn < width for drawn in page["charts"])
    assert all(seen[name, "print"]["stills"])
    assert not any(seen[name, "print"]["charts"])


@pytest.mark.parametrize("name", NAMES)
def test_metrics_are_closed_on_screens_and_open_on_paper(seen: Seen, name: str) -> None:
    for width in WIDTHS:
        assert len(seen[name, str(width)]["topics"]) > 15
        assert not any(seen[name, str(width)]["topics"])
    assert all(seen[name, "print"]["topics"])


def test_a_link_into_the_metrics_opens_them(pages: dict[str, Path]) -> None:
    (page,) = visited({"page": f"{pages['stable'].as_uri()}#metric-events_dropped"})
    assert 0 < sum(page["topics"]) < len(page["topics"])


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(seen: Seen, name: str) -> None:
    page = seen[name, "1400"]
    assert page["links"]
    assert {link.removeprefix("#") for link in page["links"]} <= set(page["ids"])


def test_markup_in_titles_stays_text(seen: Seen) -> None:
    page, plain = seen["nasty", "1400"], seen["comparison", "1400"]
    assert page["scripts"] == plain["scripts"]
    assert NASTY in page["text"]


def test_each_verdict_is_told(seen: Seen) -> None:
    for name, words in {
        "stable": "The fleet is stable so far.",
        "back": "The fleet is back 3 s after the fault.",
        "metastable": f"The fleet {fates.fate(result('metastable'))}.",
        "overloaded": "The fleet is overloaded: ",
        "comparison": what("comparison").sentence,  # type: ignore[union-attr]
    }.items():
        assert words in seen[name, "400"]["text"]


def test_pointing_at_a_chart_tells_the_values(pages: dict[str, Path]) -> None:
    (page,) = visited({"page": pages["comparison"].as_uri(), "point": "#backlog .live svg"})
    assert {"time", "A", "B"} <= set(page["tooltip"].replace(":", " ").split())


def test_without_scripts_the_still_charts_are_there(pages: dict[str, Path]) -> None:
    (page,) = visited({"page": pages["stable"].as_uri(), "script": False})
    assert page["requests"] == page["complaints"] == []
    assert all(page["stills"])
    assert len(page["stills"]) == 8  # a fleet without tokens has no chart of logins
    assert all(page["topics"])
