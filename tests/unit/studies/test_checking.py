from pathlib import Path

import pytest

from tests.unit.studies.cases import QUEUE, STORM, scenario
from wavetank.errors import ScenarioError
from wavetank.studies.checking import NOT_JUDGED, check
from wavetank.studies.finding import Level


def test_says_first_that_it_is_valid_and_last_what_it_does_not_judge() -> None:
    findings = check(scenario(STORM))
    assert findings[0].text == "20 agents in 1 class, 1 node with 2 cores each, 1 min with 1 fault."
    assert (findings[-1].key, findings[-1].text) == ("design", NOT_JUDGED)
    assert findings.problems == ()


def test_problems_come_after_warnings() -> None:
    levels = [
        finding.level
        for finding in check(
            scenario(QUEUE, "fleet.agents=150", "heartbeat={period='1s', offline_after='1500ms'}")
        )
    ]
    assert levels.index(Level.WARNING) < levels.index(Level.PROBLEM)
    assert levels[-1] == Level.FACT


def test_fleet_without_events_is_noticed() -> None:
    findings = check(scenario(QUEUE, "fleet.class.desk.stateless.rate=0/s"))
    assert "fleet.class" in {finding.key for finding in findings if finding.level == Level.WARNING}


def test_takes_a_path_and_refuses_what_is_not_valid(tmp_path: Path) -> None:
    file = tmp_path / "queue.toml"
    file.write_text(QUEUE)
    assert check(file) == check(scenario())
    file.write_text("duration = 3")
    with pytest.raises(ScenarioError):
        check(str(file))
