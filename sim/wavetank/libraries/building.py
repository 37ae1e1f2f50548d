"""Building the probes in C++, and what building costs.

Programs are kept in the user's cache under a hash of their sources, so that each is compiled once.
"""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from wavetank.libraries.measured import Build
from wavetank.libraries.needs import include_folder
from wavetank.libraries.probes import Probe, ProbeProblem

_FIGURES = "build.json"
_ASIDE = "build-"
SHARED = "shared"
_CODE = (".cpp", ".hpp", ".proto")
_SUFFIXES = (*_CODE, ".txt")
_INCLUDED = re.compile(r'^#include "([\w.]+)"', re.MULTILINE)
_LOADED = re.compile(r"(?:=> )?(/\S+) \(0x")


def cache() -> Path:
    """Where built probes are kept: $XDG_CACHE_HOME or ~/.cache, in wavetank/probes."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "wavetank" / "probes"


class Program(NamedTuple):
    """A probe that can be started: its words, and what building it cost (None in Python)."""

    id: str
    words: tuple[str, ...]
    figures: Build | None


def build(probe: Probe) -> Program:
    """Build a probe unless it is built. Raises ProbeProblem."""
    if probe.language == "python":
        shared = probe.folder.parent / SHARED
        words = ("env", f"PYTHONPATH={shared}", sys.executable, str(probe.folder / "probe.py"))
        return Program(probe.id, words, None)
    place = cache() / f"{probe.id}-{_hash(probe)}"
    if not (place / _FIGURES).is_file():
        _make(probe, place)
    figures = Build(**json.loads((place / _FIGURES).read_text(encoding="utf-8")))
    return Program(probe.id, (str(place / "probe"),), figures)


def _sources(probe: Probe) -> list[Path]:
    """List the sources of a probe: its folder's, and those of the shared files that they include."""
    sources = [path for path in sorted(probe.folder.glob("*")) if path.suffix in _SUFFIXES]
    shared = probe.folder.parent / SHARED
    sources.append(shared / "probe.cmake")
    for path in sources:
        named = [shared / name for name in _INCLUDED.findall(path.read_text(encoding="utf-8"))]
        sources += [each for each in named if each.is_file() and each not in sources]
    return sources


def _hash(probe: Probe) -> str:
    digest = hashlib.sha256(include_folder(probe).encode())
    for path in _sources(probe):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _make(probe: Probe, place: Path) -> None:
    """Build aside, then rename: a build that was interrupted, or done twice at once, leaves no half."""
    place.parent.mkdir(parents=True, exist_ok=True)
    _clear(place.parent)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=f"{_ASIDE}{os.getpid()}-") as folder:
        work, ready = Path(folder) / "work", Path(folder) / "ready"
        where = include_folder(probe)
        _run(probe, ["cmake", "-S", str(probe.folder), "-B", str(work), f"-DPROBE_INCLUDE={where}"], folder)
        before = os.times()
        _run(probe, ["cmake", "--build", str(work)], folder)
        after = os.times()
        ready.mkdir()
        shutil.copy2(work / "probe", ready / "probe")
        cpu_s = after.children_user + after.children_system - before.children_user - before.children_system
        loaded = _loaded(ready / "probe")
        figures = {
            "what": f"{_lines(probe)} lines of probe beside what all share; C++17, -O2, stripped",
            "compile_s": round(cpu_s, 1),
            "binary_bytes": (ready / "probe").stat().st_size,
            "shared_libraries": len(loaded),
            "shared_bytes": sum(path.stat().st_size for path in loaded),
        }
        (ready / _FIGURES).write_text(json.dumps(figures), encoding="utf-8")
        try:
            ready.rename(place)
        except OSError:
            if not (place / _FIGURES).is_file():
                raise


def _clear(place: Path) -> None:
    """Remove what builds left whose process was killed outright."""
    for folder in place.glob(f"{_ASIDE}*"):
        pid = folder.name.removeprefix(_ASIDE).partition("-")[0]
        if not Path("/proc", pid).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _lines(probe: Probe) -> int:
    """Lines of a probe that are not empty."""
    texts = [path.read_text(encoding="utf-8") for path in probe.folder.glob("*") if path.suffix in _CODE]
    return sum(bool(line.strip()) for text in texts for line in text.splitlines())


def _run(probe: Probe, words: list[str], folder: str) -> None:
    """Run a command that keeps what is for the moment in a folder."""
    pipe, own = subprocess.PIPE, {**os.environ, "TMPDIR": folder}
    with subprocess.Popen(
        words, text=True, stdout=pipe, stderr=pipe, env=own, start_new_session=True
    ) as process:
        try:
            parts = process.communicate()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)  # the compilers that it started, too
            raise
    if process.returncode:
        lines = "".join(parts).splitlines()
        wrong = [line for line in lines if "rror" in line] or lines[-1:] or ["nothing said"]
        raise ProbeProblem(f"the probe of {probe.id} does not build: {wrong[0].strip()}")


def _loaded(program: Path) -> list[Path]:
    """The shared libraries that a program loads."""
    said = subprocess.run(["ldd", str(program)], text=True, capture_output=True, check=True).stdout
    return [Path(path).resolve() for path in _LOADED.findall(said)]
