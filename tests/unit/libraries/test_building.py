"""Builds that are cut short: neither folders in the cache nor compilers stay behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.unit.libraries.test_measuring import started
from wavetank.libraries.building import build
from wavetank.libraries.needs import missing
from wavetank.libraries.probes import Probe, ProbeProblem


@pytest.fixture
def probe(tmp_path: Path) -> Iterator[Probe]:
    """A probe whose compiler runs until it is ended: it reads a pipe that nobody writes to."""
    probe = Probe("slow", tmp_path / "models" / "slow", "c++")
    if missing(probe).commands():
        pytest.skip("there is no compiler")
    probe.folder.mkdir(parents=True)
    shared = probe.folder.parent / "shared"
    shared.mkdir()
    (shared / "probe.cmake").write_text("")
    os.mkfifo(probe.folder / "endless.inc")
    (probe.folder / "probe.cpp").write_text('#include "endless.inc"\n')
    (probe.folder / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.18)\nproject(slow CXX)\nadd_executable(probe probe.cpp)\n"
    )
    yield probe
    with suppress(OSError):  # whoever reads still has its end
        os.close(os.open(probe.folder / "endless.inc", os.O_WRONLY | os.O_NONBLOCK))


BUILDING = """
import signal, sys
from pathlib import Path
from wavetank.libraries.building import build
from wavetank.libraries.probes import Probe
signal.signal(signal.SIGTERM, signal.default_int_handler)
build(Probe("slow", Path(sys.argv[1]), "c++"))
"""


def begun(probe: Probe, mark: str, cache: Path) -> "subprocess.Popen[bytes]":
    """A process that builds it, its compiler at work."""
    running = subprocess.Popen(
        [sys.executable, "-c", BUILDING, str(probe.folder)],
        env={**os.environ, "WAVETANK_MARK": mark, "XDG_CACHE_HOME": str(cache), "TMPDIR": str(cache.parent)},
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while not any("cc1plus" in line and "probe.cpp" in line for line in started(mark)):
        assert running.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return running


def gone(mark: str) -> bool:
    deadline = time.monotonic() + 20
    while started(mark) and time.monotonic() < deadline:
        time.sleep(0.05)
    return started(mark) == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_build_leaves_nothing(how: signal.Signals, probe: Probe, tmp_path: Path) -> None:
    mark = f"build-{tmp_path}"
    running = begun(probe, mark, tmp_path / "cache")
    running.send_signal(how)
    running.wait(20)
    assert gone(mark)
    assert list((tmp_path / "cache" / "wavetank" / "probes").iterdir()) == []
    assert {path.name for path in tmp_path.iterdir()} == {"cache", "models"}


def test_what_a_killed_build_left_goes_with_the_next(
    probe: Probe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = f"build-{tmp_path}"
    running = begun(probe, mark, tmp_path / "cache")
    place = tmp_path / "cache" / "wavetank" / "probes"
    running.kill()
    running.wait(20)
    (left,) = place.iterdir()
    assert left.name.startswith("build-")
    endless = probe.folder / "endless.inc"
    endless.write_text("")  # the compiler that was left reads this, and ends
    assert gone(mark)
    endless.unlink()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(ProbeProblem, match="does not build"):
        build(probe)
    assert list(place.iterdir()) == []
