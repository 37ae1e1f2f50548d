"""The pages of reviews and of sizes in a real Chromium: readable for everybody, and nothing from outside."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.browser.test_report import WIDTHS, visited
from tests.unit.studies.cases import STORM, scenario
from tests.unit.studies.sizing.conftest import SETTINGS
from wavetank.face.review import write_review
from wavetank.face.sizing import write_size
from wavetank.studies.reviewing.review import review
from wavetank.studies.sizing.fleets import FleetSizes
from wavetank.studies.sizing.size import size
from wavetank.studies.sizing.sized import Size

NAMES = ("review", "size", "fleets")
HOW = (*map(str, WIDTHS), "print")


@pytest.fixture(scope="session")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], dict[str, Any]]:
    """Each page at every width, and printed."""
    sized = size(scenario(STORM, *SETTINGS), probability=0.5, through=["day", "faults"], workers=1)
    assert isinstance(sized, Size)
    both = FleetSizes((sized, replace(sized, agents=2 * sized.agents)))
    folder = tmp_path_factory.mktemp("pages")
    pages: dict[str, Path] = {
        "review": write_review(review(budget_s=1, workers=1), folder / "review"),
        "size": write_size(sized, folder / "size"),
        "fleets": write_size(both, folder / "fleets"),
    }
    asked: dict[tuple[str, str], dict[str, Any]] = {}
    for name, page in pages.items():
        asked |= {(name, str(width)): {"page": page.as_uri(), "width": width} for width in WIDTHS}
        asked[name, "print"] = {"page": page.as_uri(), "width": 720, "media": "print"}
    return dict(zip(asked, visited(*asked.values()), strict=True))


@pytest.mark.parametrize(("name", "how"), [(name, how) for name in NAMES for how in HOW])
def test_no_axe_violation_no_outside_request_nothing_sticks_out(
    seen: dict[tuple[str, str], dict[str, Any]], name: str, how: str
) -> None:
    page = seen[name, how]
    assert page["violations"] == []
    assert page["requests"] == page["complaints"] == []
    assert page["broken"] == 0
    assert page["overflow"] <= (how == "print")
    assert page["sticking"] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(seen: dict[tuple[str, str], dict[str, Any]], name: str) -> None:
    page = seen[name, "1400"]
    assert {link.removeprefix("#") for link in page["links"]} <= set(page["ids"])
