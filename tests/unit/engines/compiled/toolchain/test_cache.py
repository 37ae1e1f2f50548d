"""The cache of kernels: what was edited, in whatever file, is compiled anew; nothing else is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import wavetank

pytest.importorskip("numba")

PACKAGE = Path(wavetank.__file__).parent
SAY = """
import sys
from wavetank.engines.registry import ENGINES
from wavetank.scenario import loads
resolved = loads(sys.stdin.read()).resolve()
for name in ("reference", "compiled"):
    engine = next(engine for engine in ENGINES if engine.name == name)
    tally = engine.run(resolved)
    print(name, tally.event_latency[0][0].sum_ns, tally.timed_out)
"""
SCENARIO = """
name = "late"
duration = "20s"
[fleet]
agents = 3
[[fleet.class]]
name = "desk"
network = "far"
stateless = { rate = "2/s" }
[network.far]
delay = "50ms"
[batching.stateless]
age = "1s"
"""


def said(folder: Path) -> list[str]:
    """The counts of both engines of the package in `folder`."""
    done = subprocess.run(
        [sys.executable, "-c", SAY],
        input=SCENARIO,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    reference, compiled = done.stdout.splitlines()
    assert reference.removeprefix("reference") == compiled.removeprefix("compiled")
    return [reference, compiled]


def test_edited_policy_is_compiled_anew(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "wavetank", ignore=shutil.ignore_patterns("__pycache__"))
    models = Path(os.environ.get("WAVETANK_MODELS", PACKAGE.parents[1] / "models"))
    shutil.copytree(models, tmp_path / "wavetank" / "_models")
    before = said(tmp_path)
    edited = tmp_path / "wavetank" / "policy" / "flush.py"
    text = edited.read_text(encoding="utf-8")
    assert text.count("aged = first_ns + age_ns") == 1
    edited.write_text(
        text.replace("aged = first_ns + age_ns", "aged = first_ns + 2 * age_ns"), encoding="utf-8"
    )
    assert said(tmp_path) != before


def test_what_a_function_reaches_is_in_its_fingerprint() -> None:
    from wavetank.engines.compiled.containers import calendar
    from wavetank.engines.compiled.model import streams
    from wavetank.engines.compiled.toolchain import cache
    from wavetank.policy import flush, laws

    due = streams.due.py_func  # type: ignore[attr-defined]
    reached = list(cache._reached(due, set()))
    assert any(flush.due_ns.__code__.co_code.hex() in line for line in reached)
    assert not any(laws.sample.__code__.co_code.hex() in line for line in reached)
    assert cache.fingerprint(due) != cache.fingerprint(calendar.put.py_func)  # type: ignore[attr-defined]


HOLD = """
import sys
from wavetank.engines.compiled.toolchain.cache import alone
with alone(sys.argv[1], wait=True) as held:
    print(held, flush=True)
    sys.stdin.read()
"""


def test_a_bundle_is_compiled_by_one_process_at_a_time() -> None:
    """The other one goes on with what nobody holds, and a process that is killed lets go."""
    from wavetank.engines.compiled.toolchain.cache import alone

    name, other = "0123456789abcdef01234567", "1123456789abcdef01234567"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "True\n"
    with alone(name, wait=False) as held:
        assert not held
    with alone(other, wait=False) as held:
        assert held
    holder.kill()
    holder.communicate()
    with alone(name, wait=True) as held:
        assert held


def test_where_nothing_can_be_kept_nobody_waits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from wavetank.engines.compiled.toolchain.cache import alone, keep, kept

    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with alone("0123456789abcdef01234567", wait=True) as held:
        assert held
    keep("0123456789abcdef01234567", b"code")
    assert kept("0123456789abcdef01234567") is None


def test_what_another_process_kept_meanwhile_is_not_compiled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from wavetank.engines.compiled.toolchain import compiling, prepare

    def fail(several: object) -> bytes:
        raise AssertionError("compiled again")

    monkeypatch.setattr(prepare, "kept", lambda name: b"kept by another process")
    monkeypatch.setattr(compiling, "compiled", fail)
    assert prepare.compile_bundle([], wait=False) == b"kept by another process"
