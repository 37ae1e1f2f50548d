"""A share of these suites under the checked build: nothing is lost, given back twice, or used afterwards."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numba")

# Its kernels are compiled apart: one worker does that, for both files that need them.
pytestmark = pytest.mark.xdist_group("checked")

SHARE = (
    "tests/agree/test_scenarios.py::test_engines_are_equal",
    "tests/agree/test_stepped.py::test_samples_are_equal",
)


def test_random_scenarios_keep_their_memory_in_order() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *SHARE]
    done = subprocess.run(
        command,
        cwd=Path(__file__).parents[2],
        env=os.environ | {"WAVETANK_CHECKED": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert "passed" in done.stdout
