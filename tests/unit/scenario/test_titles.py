"""The size in a title is that of the fleet that is simulated."""

import re

import pytest

import wavetank as wt
from wavetank.scenario import list_entries, load, loads

SIZE = re.compile(r"\d[\d,_. ]*(?:agents|endpoints|hosts|machines|clients)")


@pytest.mark.parametrize("name", [entry.name for entry in list_entries("scenarios")])
def test_no_title_of_the_catalogue_names_another_size(name: str) -> None:
    title = load(name, ["fleet.agents=1234"]).name
    assert set(SIZE.findall(title)) <= {"1,234 agents"}


def test_title_follows_the_fleet() -> None:
    storm = load("restart-storm")
    assert storm.name == "Everything restarts at once: 10,000 agents log in together"
    assert storm.but("fleet.agents=5000").name == "Everything restarts at once: 5,000 agents log in together"
    assert loads('name = "{agents} and {nodes}"').name == "1,000 and {nodes}"


def test_title_reaches_results_and_designs() -> None:
    small = load("restart-storm", ["fleet.agents=60", "duration=3min"])
    assert wt.run(small).scenario == "Everything restarts at once: 60 agents log in together"
    compared = wt.compare(small, small.but("fleet.agents=30"))
    assert compared.titles == ("Everything restarts at once: 60 agents log in together", "fleet.agents=30")
