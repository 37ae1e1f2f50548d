"""Wheel, source archive and editable install, built and installed for real, each into a venv of its own."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

# Building twice at once on two cores gains nothing.
pytestmark = pytest.mark.xdist_group("packaging")

FOREIGN = ("PYTHON", "WAVETANK")
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}


def run(*words: str | Path, cwd: Path) -> str:
    done = subprocess.run(words, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def build(checkout: Path, *arguments: str) -> Path:
    """Build `what` (nothing: the source archive, and the wheel from it) and return the wheel."""
    into = checkout.parent / "built"
    command = (sys.executable, "-m", "build", "--no-isolation", "--outdir")
    run(*command, into, *arguments, checkout, cwd=checkout.parent)
    (wheel,) = into.glob("*.whl")
    return wheel


def fresh_venv(at: Path) -> Path:
    """A venv with the dependencies of the tests' own venv, but not its wavetank; return its bin folder."""
    run(sys.executable, "-m", "venv", "--without-pip", at, cwd=at.parent)
    # A .pth inside a folder that a .pth names is not read, so the editable install there stays unseen.
    (packages,) = (at / "lib").glob("python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return at / "bin"


def install(binaries: Path, *packages: str | Path) -> None:
    options = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-index", "--no-build-isolation")
    pip = (sys.executable, "-m", "pip", "--python", binaries / "python", "install", *options)
    run(*pip, *packages, cwd=binaries.parent)


def contents(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def scenarios(checkout: Path) -> set[str]:
    return {path.stem for path in (checkout / "models" / "scenarios").glob("*.toml")}


def test_wheel_holds_the_sources_the_catalogue_and_the_licence(checkout: Path) -> None:
    held = contents(build(checkout, "--wheel"))
    sources = {f"wavetank/{name}" for name in files_below(checkout / "sim" / "wavetank")}
    models = {f"wavetank/_models/{name}" for name in files_below(checkout / "models")}
    information = {name for name in held if name.startswith("wavetank-")}
    assert "wavetank/py.typed" in sources
    assert "wavetank/_models/scenarios/quickstart.toml" in models
    assert held == sources | models | information
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in information)


def test_source_archive_builds_the_same_wheel(checkout: Path) -> None:
    direct = contents(build(checkout, "--wheel"))
    shutil.rmtree(checkout.parent / "built")
    through_archive = contents(build(checkout))
    (archive,) = (checkout.parent / "built").glob("*.tar.gz")
    with tarfile.open(archive) as members:
        names = {name.partition("/")[2] for name in members.getnames()}
    assert through_archive == direct
    assert {"LICENSE", "README.md", "pyproject.toml", "tests/conftest.py"} <= names
    # What README, docs and tests look at, all of it.
    assert files_below(checkout) - {".gitignore"} <= names


def test_wheel_install_runs_on_its_own_catalogue(checkout: Path, tmp_path: Path) -> None:
    binaries = fresh_venv(tmp_path / "venv")
    install(binaries, build(checkout, "--wheel"))
    known = scenarios(checkout)
    shutil.rmtree(checkout)
    listed = set(run(binaries / "wavetank", "models", "list", cwd=tmp_path).split())
    assert "quickstart" in known
    assert known <= listed


def test_editable_install_runs_on_the_catalogue_of_the_checkout(checkout: Path, tmp_path: Path) -> None:
    binaries = fresh_venv(tmp_path / "venv")
    install(binaries, "--editable", checkout)
    folder = checkout / "models" / "scenarios"
    shutil.copy(folder / "quickstart.toml", folder / "added-after-install.toml")
    listed = set(run(binaries / "wavetank", "models", "list", cwd=tmp_path).split())
    assert scenarios(checkout) <= listed


@pytest.mark.parametrize("mode", ["wheel", "editable"])
def test_install_gives_one_top_level_name_and_the_version(mode: str, checkout: Path, tmp_path: Path) -> None:
    binaries = fresh_venv(tmp_path / "venv")
    if mode == "wheel":
        install(binaries, build(checkout, "--wheel"))
    else:
        install(binaries, "--editable", checkout)
    ask = (
        "import importlib.metadata as m, importlib.util as u;"
        "print(m.version('wavetank'), *[n for n in ('wavetank', 'sim', 'models', 'tests') if u.find_spec(n)])"
    )
    version = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]["version"]
    assert run(binaries / "python", "-c", ask, cwd=tmp_path).split() == [version, "wavetank"]
