"""The machinery of the tier against the real server; its figures are those of a busy machine."""

import json
from pathlib import Path

import pytest

from wavetank.validation.calibration import measuring
from wavetank.validation.calibration.measuring import Plan
from wavetank.validation.calibration.operations import BATCHES
from wavetank.validation.calibration.own_server import own_server
from wavetank.validation.calibration.readings import Slice
from wavetank.validation.tiers import cost
from wavetank.validation.tiers.cost import CostTier, Figure, held_out, validate_cost
from wavetank.validation.tiers.sealed import Seal, is_intact
from wavetank.validation.tiers.telling import headline, lines_of, markdown, plain

QUICK = Plan(repetitions=1, tries=1, slice_s=0.01, agents=2, connections=0, most_noise=1e9, ahead=False)


def test_held_out_batches_are_none_of_the_calibrating_and_follow_from_the_seed() -> None:
    batches = held_out(7)
    assert batches == held_out(7) != held_out(8)
    assert {batch.stateful for batch in batches} == {False, True}
    assert not {(batch.events, batch.size_bytes) for batch in batches} & set(BATCHES)


def test_predicted_sealed_and_then_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[Path] = []
    measure = measuring.measure

    def watched(*arguments: object) -> object:
        measured.extend(tmp_path.glob("seal.txt"))
        return measure(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(cost, "measure", watched)
    with own_server() as running:
        answer = validate_cost(running, tmp_path, QUICK, 3, 0.5)
    assert measured == [tmp_path / "seal.txt"], "the predictions are written before anything is measured"
    assert is_intact(answer.seal)
    predictions = json.loads((tmp_path / "predictions.json").read_text())
    assert set(predictions["predictions"]) == {batch.name for batch in held_out(3)}
    assert len(answer.figures) == 2 * len(held_out(3))
    for figure in answer.figures:
        assert figure.predicted > 0
        assert figure.measured > 0


def tier(tmp_path: Path, predicted: float) -> CostTier:
    figures = (
        Figure("a, CPU", predicted, 1000, 990, 1010, "us", 0.15),
        Figure("a, throughput", 100, 101, 99, 103, "/s", 0.03),
    )
    return CostTier(Seal(tmp_path, "ab12"), figures, 0.01, 3)


def test_what_is_told(tmp_path: Path) -> None:
    near, far = tier(tmp_path, 1150), tier(tmp_path, 800)
    assert (near.holds, far.holds) == (True, False)
    assert headline(far) == (
        "1 of 2 figures within the error aimed at; void slices: 3; costs drifted by +1.0 % meanwhile."
    )
    assert lines_of(far)[0] == (
        "a, CPU", "800 us", "1,000 us", "990 us", "1,010 us", "-20.0 %", "15 %", "OUTSIDE",
    )  # fmt: skip
    assert "SHA-256 ab12" in markdown(near)
    assert plain(near)["figures"][1]["met"]


def test_throughput_is_that_of_a_server_that_never_rests() -> None:
    """Two figures of one slice: 10 requests in 5 ms that cost 4 ms."""
    slice_ = Slice(10, 5_000_000, 6_000_000, 4_000_000, 1_000_000, 0, 0, 0)
    cpu, rate = cost._figures("x", {"server_us": 400.0, "rate_per_s": 2500.0}, (slice_,))
    assert (cpu.measured, rate.measured) == (400, 2000)
    assert (cpu.met, rate.met) == (True, False)
