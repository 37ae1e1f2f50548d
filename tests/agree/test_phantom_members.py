"""One more member in an enumeration changes no figure, or the module that chooses refuses to be imported."""

import json
import subprocess
import sys

import pytest

pytest.importorskip("numba")

MEANINGLESS = {"Purpose", "Cause", "DropCause", "TokenEvent", "ExchangeEvent"}
"""Enumerations that are counted or looked up in tables: a new member has its place there, and nothing happens
to it until somebody uses it. All others are chosen by."""


def said(*words: str) -> dict[str, dict[str, float | None]]:
    command = [sys.executable, "-m", "tests.agree.phantom", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    answer: dict[str, dict[str, float | None]] = json.loads(done.stdout)
    return answer


def test_a_member_without_a_branch_is_refused() -> None:
    command = [sys.executable, "-m", "tests.agree.phantom", "imports"]
    refusals = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert len(refusals) > 25
    for phantom, refusal in refusals.items():
        name = phantom.partition(":")[2]
        if name in MEANINGLESS:
            assert refusal == "", phantom
        else:
            assert refusal.startswith("MissingBranch: wavetank."), phantom
            assert refusal.endswith(f"has no branch for {name}.PHANTOM"), phantom


def test_a_member_that_is_only_counted_changes_no_figure() -> None:
    from tests.agree.phantom import counted, enumerations

    phantoms = [name for name in enumerations() if name.partition(":")[2] in MEANINGLESS]
    assert len(phantoms) == len(MEANINGLESS)
    plain, with_phantoms = json.loads(json.dumps(counted([]))), said("runs", *phantoms)
    assert plain.keys() == with_phantoms.keys()
    for run, metrics in plain.items():
        assert metrics == {name: with_phantoms[run][name] for name in metrics}, run
        assert metrics["requests_total"]
