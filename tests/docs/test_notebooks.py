"""The notebooks: they run, what is stored is what comes out, and what their prose says is what they print."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jupytext
import pytest

from notebooks import full_size
from tests.docs.notebooks import FOLDER, executed, sources
from wavetank.results.provenance import MODEL_VERSION
from wavetank.scenario import digest, load

SOURCES = sources()
each = pytest.mark.parametrize("source", SOURCES, ids=[path.stem for path in SOURCES])
CAPACITY_PLANNING = FOLDER / "capacity_planning.py"
FULL: dict[str, Any] = json.loads(full_size.STORE.read_text(encoding="utf-8"))


@cache
def stored(source: Path) -> Any:
    return jupytext.read(source.with_suffix(".ipynb"))


def shown(cell: Any) -> list[tuple[str, Any]]:
    """The outputs of a cell: (kind, text), of pictures the kind only."""
    outputs: list[tuple[str, Any]] = []
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            outputs.append((output.name, output.text))
        for kind, content in sorted(output.get("data", {}).items()):
            outputs.append((kind, None if kind.startswith("image/") else content))
    return outputs


def texts(notebook: Any) -> str:
    """All text that the cells put out."""
    return "\n".join(text for cell in notebook.cells for _, text in shown(cell) if isinstance(text, str))


def test_there_is_a_notebook_and_every_one_is_stored() -> None:
    assert "capacity_planning" in {source.stem for source in SOURCES}
    assert {path.stem for path in FOLDER.glob("*.ipynb")} == {source.stem for source in SOURCES}


@each
def test_python_and_stored_notebook_are_the_same_cells(source: Path) -> None:
    pairs = [
        [(cell.cell_type, cell.source) for cell in notebook.cells]
        for notebook in (jupytext.read(source), stored(source))
    ]
    assert pairs[0] == pairs[1]


@each
def test_all_of_it_is_stored(source: Path) -> None:
    """Every code cell was executed, in order; the pictures are there, and nothing that changes by itself."""
    notebook = stored(source)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert "image/png" in {kind for cell in code for kind, _ in shown(cell)}
    assert "stderr" not in {kind for cell in code for kind, _ in shown(cell)}
    assert not re.search(r"\bat 0x[0-9a-f]+", texts(notebook))


@each
def test_only_the_public_names_are_used(source: Path) -> None:
    text = source.read_text(encoding="utf-8")
    assert re.findall(r"^[ \t]*(?:from|import) wavetank.*", text, re.MULTILINE) == ["import wavetank as wt"]


@each
def test_what_the_prose_says_in_bold_is_printed(source: Path) -> None:
    """Every number in bold in the text is a number that some cell puts out."""
    notebook = stored(source)
    printed = set(re.findall(r"\d[\d,.]*\d|\d", texts(notebook)))
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    bold = re.findall(r"\*\*(.+?)\*\*", prose, re.DOTALL)
    said = {number for words in bold for number in re.findall(r"\d[\d,.]*\d|\d", words)}
    assert said
    assert said <= printed


def test_the_capacity_planning_runs_with_two_runs_of_each_design() -> None:
    """In a quarter of the time: the cells run, and show as much as they did. `make verify` has all runs."""
    again = executed(CAPACITY_PLANNING, runs=2)
    kinds = [
        [[kind for kind, _ in shown(cell)] for cell in each.cells]
        for each in (again, stored(CAPACITY_PLANNING))
    ]
    assert kinds[0] == kinds[1]
    first, second = (texts(each) for each in (again, stored(CAPACITY_PLANNING)))
    assert first.partition("storm |")[0] == second.partition("storm |")[0]


@pytest.mark.parametrize(
    "source",
    [pytest.param(path, id=path.stem, marks=pytest.mark.long if path == CAPACITY_PLANNING else ())
     for path in SOURCES],
)  # fmt: skip
def test_stored_outputs_are_what_comes_out(source: Path) -> None:
    again = executed(source)
    assert [shown(cell) for cell in again.cells] == [shown(cell) for cell in stored(source).cells]


# ---- the runs at full size ------------------------------------------------------------------


@pytest.mark.parametrize("design", full_size.DESIGNS)
def test_full_size_was_run_as_it_would_be_now(design: str) -> None:
    """The same scenario, resolved to the same numbers, by the same version of the model."""
    full = FULL[design]
    sets = (*full_size.SITE, *full_size.DESIGNS[design])
    assert full["sets"] == list(sets)
    assert full["model_version"] == MODEL_VERSION
    assert full["hash"] == digest(load(full["scenario"], sets).resolve())


def test_full_size_holds_the_designs_and_no_other() -> None:
    assert list(FULL) == list(full_size.DESIGNS)


@pytest.mark.long
@pytest.mark.parametrize("design", full_size.DESIGNS)
def test_full_size_is_what_comes_out(design: str) -> None:
    assert full_size.answer(design) == FULL[design]
