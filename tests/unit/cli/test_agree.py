from pathlib import Path

import pytest

from tests.agree.engines import REFERENCE, beside
from tests.unit.cli.conftest import Ask
from wavetank.engines.registry import Engine
from wavetank.scenario import list_entries
from wavetank.studies.engine_diff import agree
from wavetank.studies.scaling import SMALL_FLEET


def use(monkeypatch: pytest.MonkeyPatch, engines: tuple[Engine, ...]) -> None:
    """The engines that the command takes are those of the registry; these instead."""
    assert agree.__kwdefaults__ is not None
    monkeypatch.setitem(agree.__kwdefaults__, "among", engines)


def test_equal_engines(ask: Ask, storm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, beside("backwards"))
    said = ask("agree", storm, "--requests")
    assert (said.status, said.err) == (0, "")
    lines = said.out.splitlines()
    assert lines[1].split()[0] == "storm"
    assert lines[1].split()[-1] == "equal"
    assert lines[-1] == "reference and backwards agree: 824 of 824 requests equal, to the nanosecond."


def test_metrics_alone(ask: Ask, queue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, beside("backwards"))
    said = ask("agree", queue, "--seed", 3)
    assert said.status == 0
    assert "metrics equal" in said.out.splitlines()[-1]


def test_difference_is_shown_down_to_the_message(
    ask: Ask, storm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, beside("late"))
    said = ask("agree", storm, "--requests", "--set", "fleet.agents=5")
    assert (said.status, said.err) == (1, "")
    assert "DIFFERENT" in said.out
    assert "A small scenario in which they differ:" in said.out
    assert "The first message that differs" in said.out
    assert "1 only in reference, 2 only in late" in said.out
    assert said.out.splitlines()[-1] == "reference and late differ in 1 of 1 scenarios: storm."


def test_failure_is_shown(ask: Ask, storm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, beside("failing"))
    said = ask("agree", storm)
    assert said.status == 1
    assert "IndexError: no such fault" in said.out
    assert "No message differs" not in said.out


def test_json_is_one_object(ask: Ask, queue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, beside("miscounting"))
    said = ask("agree", queue, "--requests", "--json")
    assert said.status == 1
    (scenario,) = said.json["scenarios"]
    assert list(scenario["counts"]["differing"]) == ["system_area_ns"]


def test_without_a_scenario_it_is_the_whole_catalogue_scaled_down(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, beside("backwards"))
    said = ask("agree", "--json", "--set", "duration=2s", "--set", "fault=[]", "--set", "warmup=0s")
    assert said.status == 0
    assert len(said.json["scenarios"]) == len(list_entries("scenarios", None))
    assert SMALL_FLEET <= 100


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("queue.toml", "--engines", "reference,fast"), "there is no engine fast"),
        (("queue.toml", "--engines", "reference"), "two are needed"),
        (("queue.toml", "--engines", ","), "two are needed"),
        (("nothing.toml",), "no such file"),
        (("queue.toml", "--set", "fleet.agnets=3"), "unknown key fleet.agnets"),
    ],
)
def test_bad_input(
    ask: Ask, queue: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(queue.parent)
    said = ask("agree", *words)
    assert (said.status, said.out) == (2, "")
    assert message in said.err
    assert said.err.count("\n") == 1


def test_one_engine_alone_is_bad_input(ask: Ask, queue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, (REFERENCE,))
    said = ask("agree", queue)
    assert said.status == 2
    assert "only engine reference is there" in said.err
