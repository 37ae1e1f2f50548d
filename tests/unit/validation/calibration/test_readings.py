import os
import time

import pytest

from wavetank.libraries.noise import cores
from wavetank.validation.calibration.readings import MachineTooBusy, Reading, between, others_ns, read


def test_a_slice_is_what_went_by() -> None:
    slice_ = between(Reading(0, 10, 20, 30, 40, 90), Reading(1000, 5010, 2020, 40, 45, 95), 5, 500)
    assert (slice_.wall_ns, slice_.server_us, slice_.client_us, slice_.rate_per_s) == (1000, 1.0, 0.4, 1e7)


@pytest.mark.parametrize(
    ("waited", "stolen", "others", "noise"),
    [(30, 0, 0, 0.03), (0, 30, 0, 0.03), (10, 20, 0, 0.02), (0, 1, 40, 0.04), (0, 0, -5, 0), (2000, 0, 0, 1)],
)
def test_noise_is_the_largest_share(waited: int, stolen: int, others: int, noise: float) -> None:
    after = Reading(1000, 0, 0, waited, stolen * cores(), others * cores())
    slice_ = between(Reading(0, 0, 0, 0, 0, 0), after, 1, 1)
    assert slice_.noise == pytest.approx(noise)


def test_clocks_of_this_process() -> None:
    before = read(os.getpid())
    until = time.process_time() + 0.02
    while time.process_time() < until:
        pass
    slice_ = between(before, read(os.getpid()), 1, 1)
    # client and server are the same process here
    assert slice_.client_ns == pytest.approx(slice_.server_ns, rel=0.2)
    assert slice_.client_ns >= 0.02e9
    assert slice_.wall_ns >= slice_.client_ns * 0.9
    assert (read(0).server_ns, read(0).others_ns) == (0, 0)
    assert others_ns(set()) >= others_ns({os.getpid()})


def test_the_message_says_what_waited_and_what_to_do() -> None:
    said = str(MachineTooBusy("login", 0.25))
    assert "too busy to measure login" in said
    assert "25 %" in said
    assert "try again when it is quiet" in said
