"""The built-in server is started and measured; the figures are those of a busy machine and say nothing."""

import json
from pathlib import Path

import pytest

from wavetank.scenario import load
from wavetank.validation.calibration.cost_card import card_text, lines_of, origin_now
from wavetank.validation.calibration.measuring import Calibration, Plan, calibrate, enough
from wavetank.validation.calibration.operations import Operation
from wavetank.validation.calibration.own_server import own_server
from wavetank.validation.calibration.readings import MachineTooBusy, Slice

QUICK = Plan(repetitions=1, tries=1, slice_s=0.01, agents=2, connections=4, most_noise=1e9, ahead=False)


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    with own_server() as running:
        return calibrate(running.target, running.ca, running.pid, QUICK)


def test_every_operation_is_measured_on_both_sides(calibration: Calibration) -> None:
    assert len(calibration.slices) == 14
    for operation, slices in calibration.slices.items():
        assert slices[0].requests >= 2, operation
        assert slices[0].server_us > 0, operation
        assert slices[0].client_us > 0, operation
    assert calibration.resumes
    assert len(lines_of(calibration)) == 14


def test_a_handshake_has_the_bytes_of_one(calibration: Calibration) -> None:
    sizes = calibration.bytes
    # A certificate chain, a key share and tickets come down; a resumed one brings no certificate.
    assert 800 < sizes.handshake_down < 4000
    assert sizes.resumed_down < sizes.handshake_down
    # A bearer token of ES256 and the headers go up.
    assert 300 < sizes.request < 1000


def test_the_card_is_one_a_scenario_takes(calibration: Calibration, tmp_path: Path) -> None:
    (tmp_path / "card.toml").write_text(card_text(calibration, origin_now(0.5)))
    scenario = load("quickstart", [f"server.card={json.dumps(str(tmp_path / 'card.toml'))}"])
    assert scenario.spec.server.service.handshake is not None
    text = (tmp_path / "card.toml").read_text()
    assert "Load average 0.50 before" in text
    assert text.count("measured: ") >= 12


def slice_of(noise: float) -> Slice:
    return Slice(10, 1000, 1000, 100, 100, round(1000 * noise), 0, 0)


def test_void_slices_do_not_count_and_too_few_are_no_answer() -> None:
    plan = Plan(repetitions=2)
    calm, loud = slice_of(0.02), slice_of(0.03)
    counted, void = enough({Operation("parse"): [calm, loud, calm]}, plan)
    assert (counted[Operation("parse")], void) == ((calm, calm), 1)
    with pytest.raises(MachineTooBusy) as caught:
        enough({Operation("parse"): [calm, loud, loud]}, plan)
    assert (caught.value.what, caught.value.waited) == ("parse", 0.03)
