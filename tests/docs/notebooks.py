"""Execute the notebooks and store their outputs: `make notebooks`. Tests fail when these have drifted.

A notebook is `NAME.py`, to edit, and `NAME.ipynb`, the same cells with their outputs, to read.
"""

import os
import re
import sys
from pathlib import Path
from typing import Any

import jupytext
from nbclient import NotebookClient

import wavetank

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "notebooks"
TIMEOUT_S = 900
RUNS = re.compile(r"^RUNS = \d+", re.MULTILINE)
"""The parameter of a notebook that says how often each of its designs is run."""


def sources() -> list[Path]:
    """The notebooks as Python: every file that says so in its first lines."""
    return [path for path in sorted(FOLDER.glob("*.py")) if path.read_text("utf-8").startswith("# ---\n")]


def environment() -> dict[str, str]:
    """The kernel draws into the notebook, and imports the wavetank that we do, whatever folder it is in.

    It shows no progress: that depends on the time of day, and outputs are compared.
    """
    ours = str(Path(wavetank.__file__).resolve().parents[1])
    paths = filter(None, (ours, os.environ.get("PYTHONPATH")))
    inline = "module://matplotlib_inline.backend_inline"
    ours_only = {"PYTHONPATH": os.pathsep.join(paths), "MPLBACKEND": inline, "WAVETANK_PROGRESS": "0"}
    return {**os.environ, **ours_only}


def executed(source: Path, runs: int | None = None) -> Any:
    """The notebook, its cells executed in their order. Raises nbclient's CellExecutionError.

    `runs` takes the place of the number that its parameter RUNS has: few are soon done.
    """
    notebook = jupytext.read(source)
    if runs is not None:
        for cell in notebook.cells:
            cell["source"] = RUNS.sub(f"RUNS = {runs}", cell["source"])
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:02}"
    NotebookClient(
        notebook,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],
        timeout=TIMEOUT_S,
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(source.parent)}},
    ).execute(env=environment())
    # which Python it was is no part of the notebook
    notebook.metadata.pop("language_info", None)
    return notebook


def write(notebook: Any, target: Path) -> None:
    """Store it whole or not at all."""
    made = target.with_suffix(".tmp")
    made.write_text(jupytext.writes(notebook, fmt="ipynb"), encoding="utf-8")
    os.replace(made, target)


def main(names: list[str]) -> None:
    """Execute and store the notebooks of these names, or all."""
    for source in sources():
        if not names or source.stem in names:
            write(executed(source), source.with_suffix(".ipynb"))
            print(f"wrote {source.with_suffix('.ipynb').relative_to(ROOT)}")


if __name__ == "__main__":
    main(sys.argv[1:])
