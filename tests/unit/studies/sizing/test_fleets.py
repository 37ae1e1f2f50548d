import pytest

from tests.unit.studies.sizing.conftest import P
from wavetank.scenario import Scenario
from wavetank.studies.sequential import Decision
from wavetank.studies.sizing import BadSize, FleetSizes, size
from wavetank.studies.sizing.fleets import counts_of


def test_numbers_of_agents() -> None:
    assert counts_of("1k,5k,1.5M, 500") == (1_000, 5_000, 1_500_000, 500)
    assert counts_of([10, 20]) == (10, 20)
    for text in ("1k,1000", "", "5x", "0"):
        with pytest.raises(BadSize):
            counts_of(text)


def test_a_table_over_fleets(base: Scenario) -> None:
    table = size(base, agents="20,60", probability=P, through=["day"], workers=1)
    assert isinstance(table, FleetSizes)
    assert [each.agents for each in table.sizes] == [20, 60]
    assert table.decision is Decision.HOLDS
    frame = table.to_frame()
    assert list(frame.columns[:2]) == ["fleet", "nodes"]
    assert set(frame.fleet) == {20, 60}
    assert len(list(table.rows())) == 2
    assert table._repr_html_().count("<tr>") == 3
    assert [each["agents"] for each in table.to_json()["fleets"]] == [20, 60]
