from pathlib import Path

import pytest

from tests.unit.studies.cases import QUEUE, STORM, scenario
from wavetank.errors import ScenarioError
from wavetank.scenario import load
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


@pytest.mark.parametrize(
    "asked",
    [
        ("native-agent",),
        ("mm4",),
        ("model-m",),
        # the margin of Wazuh 6.0 is shorter than its logins may take, and quickstart has its timers
        ("quickstart", "auth.margin=2min"),
    ],
)
def test_sound_scenarios_have_no_warning(asked: tuple[str, ...]) -> None:
    checked = check(load(asked[0], asked[1:]))
    assert (checked.warnings, checked.problems) == ((), ())


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("wazuh-60", {"auth.margin"}),
        ("wazuh-50-mac", {"server.route_timeout.stateless", "server.route_timeout.heartbeat"}),
        ("wazuh-50-jwt", {"server.route_timeout.stateless", "server.route_timeout.heartbeat"}),
        ("restart-storm", {"auth.margin", "auth.jitter", "retry.login.timeout", "retry.login.backoff"}),
        ("cold-start", {"auth.margin", "auth.jitter"}),
    ],
)
def test_real_designs_have_what_is_wrong_there(name: str, keys: set[str]) -> None:
    checked = check(name)
    assert {each.key for each in (*checked.warnings, *checked.problems)} == keys
    assert all(f"wavetank compare {name} " in each.command for each in checked.warnings)


def test_numbers_need_no_parsing() -> None:
    checked = check(scenario(QUEUE))
    assert checked.load.offered == pytest.approx(0.2)
    assert (checked.peak.cores, checked.capacity["cores"]) == (1, 1.0)
    frame = checked.to_frame()
    assert list(frame.columns) == ["level", "key", "figure", "value", "fix", "text"]
    assert frame.set_index("figure").value["utilisation"] == pytest.approx(0.2)


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
