import re
from xml.etree import ElementTree

from tests.unit.studies.reviewing.test_madr import ROW
from wavetank.face.review.strip import strip


def test_the_strip_has_the_interval_and_what_is_asked() -> None:
    row = ROW.model_copy(update={"p_low": 0.8, "p_high": 1.0, "probability": 0.75})
    svg = strip(row)
    ElementTree.fromstring(svg)
    assert 'aria-label="20 of 20 runs meet the limit; interval 0.80 to 1.00; 0.75 is asked for"' in svg
    assert re.findall(r'x1="([\d.]+)" x2="([\d.]+)" y1="8" y2="8" class="span"', svg) == [("93.6", "116.0")]
    assert re.findall(r'x1="([\d.]+)"[^>]*class="asked"', svg) == ["88.0"]


def test_a_mean_and_a_claim_without_runs_have_none() -> None:
    assert strip(ROW.model_copy(update={"about": "mean"})) == ""
    assert strip(ROW.model_copy(update={"runs": 0, "p_low": 0.0, "p_high": 1.0})) == ""
