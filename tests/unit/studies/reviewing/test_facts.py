import pytest

from tests.unit.studies.cases import STORM, scenario
from wavetank.scenario import load
from wavetank.scenario.schema.leaf import Misfit
from wavetank.studies.checking import check
from wavetank.studies.reviewing.facts import CHECK, scenario_fact


def test_keys_are_read_in_their_unit() -> None:
    storm = scenario(STORM)
    assert scenario_fact("auth.ttl", storm)[:2] == (40.0, "duration")
    assert scenario_fact("fleet.agents", storm)[:2] == (20.0, "number")
    assert scenario_fact("server.cores", storm)[:2] == (2.0, "number")


def test_what_check_warns_of_is_counted() -> None:
    storm = load("restart-storm")
    wrong = [finding for finding in check(storm) if finding.level != "fact"]
    assert wrong
    assert scenario_fact(CHECK, storm)[:2] == (float(len(wrong)), "number")


def test_a_key_that_is_not_in_force_is_no_zero() -> None:
    with pytest.raises(Misfit, match="is not in this scenario, so there is nothing to read"):
        scenario_fact("auth.ttl", scenario(STORM, "auth={scheme='self-token'}", "fault=[]"))
