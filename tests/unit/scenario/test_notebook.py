from wavetank.scenario import load
from wavetank.scenario.notebook import html_of


def test_the_page_is_found_by_its_name() -> None:
    storm = load("restart-storm")
    assert html_of("scenario", storm) == storm._repr_html_()
    assert "10,000 agents" in storm._repr_html_()
