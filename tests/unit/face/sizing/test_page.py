import re
from pathlib import Path

import pytest

from tests.unit.studies.cases import STORM, scenario
from tests.unit.studies.sizing.conftest import SETTINGS
from wavetank.face.sizing import write_size
from wavetank.face.sizing.page import page
from wavetank.studies.sizing import FleetSizes, Size, size


@pytest.fixture(scope="module")
def sized() -> Size:
    return size(scenario(STORM, *SETTINGS), probability=0.5, through=["day", "faults"], workers=1)


def test_the_page_has_the_answer_the_table_and_a_chart(sized: Size, tmp_path: Path) -> None:
    text = write_size(sized, tmp_path).read_text(encoding="utf-8")
    assert sized.text.splitlines()[0] in text
    assert text.count("<tr class=") == len(sized.asked)
    assert 'id="margins-0"' in text
    assert not re.findall(r'(?:src|href)="(?!data:)', text)


def test_several_fleets_have_a_table_of_their_own(sized: Size) -> None:
    text = page(FleetSizes((sized, sized)))
    assert '<h2 id="fleets">' in text
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(set(ids)) == len(ids)
