"""Remarks of an engine about a run stay with its result."""

from dataclasses import replace
from pathlib import Path

from tests.unit.studies.cases import QUEUE
from wavetank.results.statistics import replicated
from wavetank.results.store import load, save
from wavetank.scenario import loads
from wavetank.studies import fates, replications


def test_what_is_said_is_saved_and_shown(tmp_path: Path) -> None:
    plain = replications.run(loads(QUEUE).but("duration=4s"), engine="reference")
    assert plain.said == ()
    assert "said" not in plain.to_json()
    result = replace(plain, said=("It rained.", "It was loud."))
    assert load(save(result, tmp_path / "x")).said == result.said
    assert fates.sentence(result) == f"{fates.sentence(plain)} It rained. It was loud."
    assert result.to_json()["said"] == ["It rained.", "It was loud."]


def test_what_is_said_of_other_replications_is_not_lost() -> None:
    result = replications.run(loads(QUEUE).but("duration=4s"), engine="reference")
    parts = [replace(result, said=("Dry.", "Calm.")), replace(result, said=("Dry.", "Storm."))]
    assert replicated(parts).said == ("Dry.", "Calm.", "Of run 2: Storm.")
