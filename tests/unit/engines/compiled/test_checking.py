"""Complaints of a checked build about memory that is lost, or given back twice."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numba")

pytestmark = pytest.mark.xdist_group("checked")

RUN = """
from ctypes import c_int64
from tests.unit.studies.cases import STORM, resolved
from wavetank.engines import compiled
from wavetank.engines.compiled import _loaded, checking
running, _ = _loaded()
case = resolved(STORM)
with running(case, (), 0, False) as run:
    run.begin(case.duration_ns)
    run.advance(case.duration_ns)
    build = run.build
    {spoil}
    run.finish()
"""
USE_A_FREE_ONE = """
    first, size = build.get("attempts.free"), build.get("attempts.size")
    second = c_int64.from_address(first + 8).value
    c_int64.from_address(second + size - 8).value = checking.USED
"""


def said(spoil: str, checked: str = "1") -> str:
    """The last line of what a run says whose memory is spoilt just before its end."""
    done = subprocess.run(
        [sys.executable, "-c", RUN.format(spoil=spoil.strip())],
        cwd=Path(__file__).parents[4],
        env=os.environ | {"WAVETANK_CHECKED": checked},
        capture_output=True,
        text=True,
    )
    assert (done.returncode == 0) == (done.stderr == ""), done.stderr
    return (done.stderr.splitlines() or [""])[-1]


def test_a_run_keeps_its_memory_in_order() -> None:
    assert said("") == ""


def test_an_attempt_that_nothing_leads_to_is_lost() -> None:
    assert said(USE_A_FREE_ONE).endswith("MemoryMistake: 1 attempts lost without being given back")


@pytest.mark.long  # compiles kernels of its own; those of runs are checked in each test run
def test_mistakes_of_a_pool_are_told() -> None:
    spoil = 'build.set("jobs.mistakes", 2)'
    assert said(spoil).endswith("MemoryMistake: 2 jobs given back twice, or used afterwards")
    assert said(spoil, checked="0") == ""
