"""A frontier of which it is known that there is none: the gap between two rotations of the signing key.

The share of lost fleets swings with a period of about a minute of the gap: logins that are tried again meet
the second rotation, or miss it. A tool that printed a band here would be wrong wherever it looked closely.
"""

import pytest

from tests.benchmarks.study_rows import ROTATIONS
from wavetank.scenario import load
from wavetank.studies.frontiers.bands import Frontier
from wavetank.studies.frontiers.frontier import frontier


@pytest.mark.long
def test_the_gap_between_two_rotations_has_no_frontier() -> None:
    answer = frontier(load("restart-storm", ROTATIONS), ["fault.1.at=2.5min..6min"], runs=160)
    assert isinstance(answer, Frontier)
    assert not answer.is_monotone
    assert answer.text.startswith("Not monotone: no value of fault.1.at parts what is fatal")
