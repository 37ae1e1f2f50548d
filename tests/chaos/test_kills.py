"""SIGKILL of agents and server, at named points and at random times: nothing is lost, nothing doubled.

A bounded share of `make chaos`, which makes more of the same.
"""

from pathlib import Path

import pytest

from tests.chaos.storm import POINTS, restarts, storm

SEED = 20261123
RANDOM = 2


@pytest.mark.parametrize("stops", ["agent", "server"])
def test_killed_at_every_point_and_at_random(tmp_path: Path, stops: str) -> None:
    points = tuple(point for point in POINTS if point.stops == stops)
    verdict, done = storm(tmp_path, SEED, points, RANDOM, 1_000, print)
    assert verdict.good, verdict
    assert verdict.accepted >= 1_000
    assert sum(done.values()) == len(points) + RANDOM + restarts(RANDOM)
    assert verdict.repeats > 0, "nothing was sent again, so that nothing was put to the test"
