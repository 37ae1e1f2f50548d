"""The set-up of the Makefile, where a machine lacks something: one clear sentence, and no half-made venv."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def script(at: Path, text: str) -> Path:
    at.parent.mkdir(exist_ok=True)
    at.write_text(f"#!/bin/sh\n{text}\n")
    at.chmod(0o755)
    return at


def make(checkout: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run make in the copy, as somebody who is not root."""
    script(checkout / "as" / "id", "echo 1000")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    environment["PATH"] = f"{checkout / 'as'}:{environment['PATH']}"
    return subprocess.run(
        ("make", *words), cwd=checkout, env=environment, capture_output=True, text=True, timeout=120
    )


def test_no_python_that_is_new_enough(checkout: Path) -> None:
    old = script(checkout / "as" / "python3.9", f'exec {sys.executable} -c "raise SystemExit(1)"')
    done = make(checkout, "test", f"PYTHON={old} no-such-python")
    assert done.returncode == 2
    assert "wavetank needs Python 3.11 or newer and found none" in done.stderr
    assert not (checkout / ".venv").exists()


def test_no_venv_module_and_not_root(checkout: Path) -> None:
    bare = script(
        checkout / "as" / "python-without-venv",
        f'case "$*" in *ensurepip*) exit 1;; *) exec {sys.executable} "$@";; esac',
    )
    done = make(checkout, "demo", f"PYTHON={bare}")
    assert done.returncode == 2
    assert "apt-get install python3-venv" in done.stderr
    assert not (checkout / ".venv").exists()


def test_the_first_python_that_is_new_enough_is_taken_once(checkout: Path) -> None:
    python = f"PYTHON=no-such-python {sys.executable}"
    first = make(checkout, ".venv/made", python)
    second = make(checkout, ".venv/made", python)
    assert "Making .venv with Python 3" in first.stdout
    assert (checkout / ".venv" / "bin" / "python").exists()
    assert "Making" not in second.stdout


def test_a_moved_checkout_makes_its_venv_anew(checkout: Path) -> None:
    make(checkout, ".venv/made", f"PYTHON={sys.executable}")
    leftover = checkout / ".venv" / "leftover"
    leftover.touch()
    moved = checkout.rename(checkout.parent / "moved")
    done = make(moved, ".venv/made", f"PYTHON={sys.executable}")
    assert "Making .venv" in done.stdout
    assert not (moved / ".venv" / "leftover").exists()
    assert (moved / ".venv" / "made").read_text().strip() == str(moved)


def test_help_is_what_plain_make_says(checkout: Path) -> None:
    done = make(checkout)
    for target in (
        "demo",
        "remedies",
        "test",
        "browser",
        "verify",
        "lint",
        "bench",
        "mutants",
        "docs",
        "clean",
    ):
        assert f"\n  {target} " in done.stdout


@pytest.mark.parametrize("suite", ["unit", "packaging"])
def test_test_leaves_the_long_suite_to_verify(suite: str, checkout: Path) -> None:
    (checkout / "tests" / suite).mkdir(parents=True, exist_ok=True)
    assert f"tests/{suite}" in make(checkout, "-n", "test", f"PYTHON={sys.executable}").stdout
    assert "-m long" in make(checkout, "-n", "verify", f"PYTHON={sys.executable}").stdout
    assert "-m long" not in make(checkout, "-n", "test", f"PYTHON={sys.executable}").stdout


@pytest.mark.parametrize(
    ("present", "asked_for"),
    [((), "chromium nodejs npm"), (("npm",), "chromium"), (("chromium",), "nodejs npm")],
)
def test_only_what_is_missing_is_asked_for(checkout: Path, present: tuple[str, ...], asked_for: str) -> None:
    bare = checkout / "bare"
    bare.mkdir()
    for tool in ("sh", "cat"):
        path = shutil.which(tool)
        assert path
        (bare / tool).symlink_to(path)
    for tool in present:
        script(bare / tool, "exit 1")
    script(bare / "id", "echo 1000")
    program = shutil.which("make")
    assert program
    done = subprocess.run(
        (program, "tests/browser/node_modules"), cwd=checkout, env={"PATH": str(bare)}, capture_output=True,
        text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 2
    assert f"need Chromium and npm. On Debian, as root: apt-get install {asked_for}\n" in done.stderr
    assert not (checkout / "tests" / "browser" / "node_modules").exists()
