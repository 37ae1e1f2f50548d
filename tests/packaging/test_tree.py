"""Contents that no file of the tree may have, and promises of the texts about the Makefile."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.mutants.mutant import all_mutants
from tests.mutants.run import misfits

# Folders of one machine or one person; /usr, /proc and /dev are the same everywhere.
ABSOLUTE = re.compile(r"(?<![\w.~>-])(?:/(?:home|root|Users|work|opt|mnt|srv|tmp)/\w|[A-Z]:\\\w)")
REGISTRY = re.compile(
    r"pypi\.(?:org|python\.org)|pythonhosted\.org|npmjs\.(?:org|com)|deb\.debian\.org|security\.debian\.org"
    r"|--(?:extra-)?index-url|--(?:find-links|trusted-host)"
)
PIN = re.compile(r"[a-z0-9.-]+==[\w.]+( ; [a-z_]+ [^/@:]+)?")


def texts(root: Path) -> dict[str, str]:
    """Every text file that is, or would be, committed."""
    listing = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = subprocess.run(listing, cwd=root, capture_output=True, text=True, check=True).stdout.split("\0")
    read = {}
    for name in filter(None, names):
        try:
            read[name] = (root / name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
    return read


def offences(pattern: re.Pattern[str], sources: dict[str, str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()}"
        for name, text in sources.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


@pytest.mark.parametrize(
    ("pattern", "line", "offends"),
    [
        (ABSOLUTE, "at " + "/ho" + "me/ann/fleet.toml", True),
        (ABSOLUTE, 'open("' + "C:" + r"\fleet.toml" + '")', True),
        (ABSOLUTE, "#!/usr/bin/env bash", False),
        (ABSOLUTE, "see docs" + "/wo" + "rk/plan.md and ~" + "/tm" + "p/x", False),
        (REGISTRY, "https://py" + "pi.org/simple", True),
        (REGISTRY, "pip install --index" + "-url x", True),
        (REGISTRY, "pip install -c constraints.txt", False),
    ],
)
def test_patterns_find_what_they_are_for(pattern: re.Pattern[str], line: str, offends: bool) -> None:
    assert bool(offences(pattern, {"x": line})) is offends


def test_no_absolute_path_in_the_tree(root: Path) -> None:
    assert offences(ABSOLUTE, texts(root)) == []


def test_no_registry_address_in_the_tree(root: Path) -> None:
    assert offences(REGISTRY, texts(root)) == []


def test_constraints_are_pins_without_addresses(root: Path) -> None:
    lines = (root / "constraints.txt").read_text().splitlines()
    assert lines
    assert [line for line in lines if not PIN.fullmatch(line)] == []


def test_constraints_pin_every_dependency_within_its_bound(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    wanted = sum(project["optional-dependencies"].values(), start=project["dependencies"])
    pins: dict[str, list[tuple[int, ...]]] = {}
    for line in (root / "constraints.txt").read_text().splitlines():
        name, version = line.split(" ")[0].split("==")
        pins.setdefault(name, []).append(numbers(version))
    for requirement in wanted:
        name, bound = requirement.split(">=")
        assert name in pins, f"{name} is not pinned"
        assert min(pins[name]) >= numbers(bound), f"{name} is pinned below {bound}"


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def test_every_target_that_a_text_names_is_there(root: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(), flags=re.MULTILINE))
    command = re.compile(r"(?:`|^ *|; then |step )make ([a-z]+)", flags=re.MULTILINE)
    named = {
        (name, target)
        for name in ("README.md", "CONTRIBUTING.md", ".ci/run")
        for target in command.findall((root / name).read_text())
    }
    assert {target for _, target in named} >= {"demo", "test", "verify", "lint", "mutants"}
    assert {(name, target) for name, target in named if target not in targets} == set()


def test_every_mutant_fits_the_source_and_names_a_test_that_is_there(root: Path) -> None:
    mutants = all_mutants()
    assert misfits(mutants) == []
    for mutant in mutants:
        file, _, name = mutant.test.partition("::")
        assert (root / file).is_file(), mutant.name
        assert f"def {name.split('[')[0]}(" in (root / file).read_text(), mutant.name
