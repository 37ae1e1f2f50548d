"""Each import contract of pyproject.toml catches an import that it forbids."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("packaging")

LAYERS = "Layers"
ENGINES = "Engines are independent of one another"
COMPILED = "The compiled engine has layers"
TOOLCHAIN = "Only the toolchain knows numba and LLVM"
FACE = "What people look at has layers, too"
PURE = "Policy, scenario and protocol have no I/O, clock or chance"
CIRCLES = "No circles"
NUMBERS = "A policy is numbers in, numbers out"


def broken(checkout: Path) -> set[str]:
    """Names of the contracts that the copy breaks."""
    command = (Path(sys.executable).with_name("lint-imports"), "--no-cache", "--config", "pyproject.toml")
    environment = {**os.environ, "PYTHONPATH": str(checkout / "sim"), "COLUMNS": "200", "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, timeout=120)
    names = {line.partition(" BROKEN")[0] for line in done.stdout.splitlines() if " BROKEN" in line}
    assert bool(names) == bool(done.returncode), done.stdout + done.stderr
    return names


def test_the_sources_keep_every_contract(checkout: Path) -> None:
    assert broken(checkout) == set()


@pytest.mark.parametrize(
    ("module", "forbidden", "contract"),
    [
        ("scenario/x.py", "import wavetank.protocol", LAYERS),
        ("results/x.py", "import wavetank.engines", LAYERS),
        ("units.py", "import wavetank.policy", LAYERS),
        ("in_no_layer.py", "", LAYERS),
        ("engines/compiled/__init__.py", "import wavetank.engines.reference", ENGINES),
        ("engines/compiled/containers/pools.py", "import wavetank.engines.compiled.model.parts", COMPILED),
        ("engines/compiled/model/store.py", "import numba", TOOLCHAIN),
        ("face/uml/x.py", "import wavetank.face.report", FACE),
        ("face/wave.py", "import wavetank.face.uml", FACE),
        (
            "engines/reference/parts.py",
            "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    import wavetank.engines.reference.world",
            CIRCLES,
        ),
        ("policy/x.py", "import random", PURE),
        ("scenario/x.py", "import time", PURE),
        ("protocol/x.py", "def ask() -> None:\n    import asyncio", PURE),
        ("policy/x.py", "import numba", NUMBERS),
    ],
)
def test_a_forbidden_import_is_caught(module: str, forbidden: str, contract: str, checkout: Path) -> None:
    at = checkout / "sim" / "wavetank" / module
    at.parent.mkdir(exist_ok=True)
    with at.open("a") as source:
        source.write(f"\n{forbidden or 'NOTHING = 0'}\n")
    named = broken(checkout)
    assert contract in named
    # An import upwards closes a circle, too.
    assert named <= {contract, CIRCLES}
