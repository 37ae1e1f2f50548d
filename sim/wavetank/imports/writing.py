"""Writes the scenario and its data: all files, or none."""

import os
import tempfile
from pathlib import Path

from wavetank.imports.findings import Findings
from wavetank.imports.fragment import MARK, fragment
from wavetank.imports.problems import ImportProblem


def write(findings: Findings, name: Path) -> Path:
    """Write NAME.toml and its data, and return the path. Raises ImportProblem; then nothing changed."""
    scenario = name if name.suffix == ".toml" else name.with_name(name.name + ".toml")
    made = fragment(findings, scenario.stem)
    check_free(scenario)
    files = {scenario.with_name(scenario.stem + data.suffix): data.text() for data in made.data}
    for path in files:
        if path.exists() and not scenario.exists():
            raise ImportProblem(
                f"{path}: is there already and would be replaced; move it, or take another --out"
            )
    files[scenario] = made.text
    ready: list[tuple[Path, Path]] = []
    try:
        for target, text in files.items():
            handle, made_at = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
            ready.append((Path(made_at), target))
            with open(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
            os.chmod(made_at, 0o644)
        for source, target in ready:
            os.replace(source, target)
    except OSError as error:
        for source, _ in ready:
            source.unlink(missing_ok=True)
        raise ImportProblem(f"{scenario}: cannot be written ({error.strerror or error})") from None
    return scenario


def check_free(scenario: Path) -> None:
    """Make sure that the scenario is not there, or that an import wrote it. Raises ImportProblem."""
    try:
        if not scenario.exists():
            return
        with scenario.open(encoding="utf-8", errors="replace") as stream:
            if stream.readline().startswith(MARK):
                return
    except OSError as error:
        raise ImportProblem(f"{scenario}: cannot be written ({error.strerror or error})") from None
    raise ImportProblem(f"{scenario}: is there already, and no import wrote it; take another --out")
