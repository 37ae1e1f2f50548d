"""Results as folders of JSON and Parquet: written whole or not at all, read without running anything.

result.json  histograms.json  series.parquet  [trace.parquet]  [states.parquet]  [scenario.toml]

The folder is made beside its place and moved there. A file that is damaged or of a newer format is named in a
ResultError.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from wavetank.errors import WavetankError
from wavetank.results.histogram import Histogram
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.judge.verdict import Verdict, from_plain, to_plain
from wavetank.results.older import COARSE, coarse_histogram
from wavetank.results.provenance import MODEL_VERSION, Provenance
from wavetank.results.result import FaultSpan, Result, json_intervals
from wavetank.results.summary import Distribution
from wavetank.results.trace import TRACE_COLUMNS, TraceRow
from wavetank.scenario.resolved import Objective

T = TypeVar("T")

FORMAT = 4
"""Version of the folder's layout. Format 3 is read as well: its histograms are coarser, and its results are
of model version 1, whose verdicts followed other rules.
"""

RESULT, HISTOGRAMS, SCENARIO = "result.json", "histograms.json", "scenario.toml"
SERIES, TRACE, STATES = "series.parquet", "trace.parquet", "states.parquet"
FILES = {RESULT, HISTOGRAMS, SERIES, TRACE, STATES, SCENARIO}
COMPARISON = "comparison.json"
REPORT = "report.html"
"""The page made of a result; it may be in the same folder."""


class ResultError(WavetankError):
    """A result cannot be written or read; the text names the file and says what is wrong with it.

    Examples
    --------
    >>> import wavetank as wt
    >>> from pathlib import Path
    >>> Path("taken").touch()
    >>> small = wt.load("quickstart", ["fleet.agents=20", "duration=2min"])
    >>> try:
    ...     wt.run(small, engine="reference", out="taken")
    ... except wt.ResultError as error:
    ...     print(error)
    taken: there is something else already; name another folder
    """


def save(result: Result, folder: Path | str) -> Path:
    """Write a result as `folder` and return it; a result that is there already is replaced.

    Raises ResultError if there is something else, or if it cannot be written; then nothing has changed.
    """
    check_folder(folder)
    target = Path(os.path.realpath(folder))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise ResultError(f"{folder}: cannot be written: {error.strerror}") from error
    try:
        _write(result, made)
        made.chmod(0o755)
        _put(made, target)
    except OSError as error:
        raise ResultError(f"{folder}: cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return Path(folder)


def check_folder(folder: Path | str) -> None:
    """Raises ResultError if nothing may be saved as `folder`: something else is there, or no way to write.

    What may be replaced is an empty folder, a result, or a comparison (a folder of results).
    """
    try:
        target = Path(os.path.realpath(folder))
        if target.exists() and not (target.is_dir() and (not any(target.iterdir()) or _is_ours(target))):
            raise ResultError(f"{folder}: there is something else already; name another folder")
        there = next(parent for parent in target.parents if parent.exists())
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no folder can be called that"
        raise ResultError(f"{_shown(folder)}: cannot be written: {reason}") from error
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise ResultError(f"{folder}: cannot be written: {there} is no folder that may be written to")


def _is_ours(target: Path) -> bool:
    """Whether a folder holds a result or a comparison and not one file more."""
    names = {path.name for path in target.iterdir()} - {REPORT}
    if COMPARISON in names:
        inner = [target / name for name in names - {COMPARISON}]
        return _says(target / COMPARISON, "designs") and all(_is_result(path) for path in inner)
    return _is_result(target)


def _is_result(target: Path) -> bool:
    if not target.is_dir() or target.is_symlink():
        return False
    return {path.name for path in target.iterdir()} <= FILES | {REPORT} and _says(target / RESULT, "format")


def _says(path: Path, key: str) -> bool:
    try:
        return key in read_json(path)
    except ResultError:
        return False


def _shown(folder: Path | str) -> str:
    text = str(folder).replace("\0", "?")
    return text if len(text) <= 200 else text[:200] + "..."


def _put(made: Path, target: Path) -> None:
    """Rename; an older result steps aside first and comes back if that fails."""
    if not target.exists():
        made.rename(target)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent))
    older = aside / target.name
    try:
        target.rename(older)
        try:
            made.rename(target)
        except OSError:
            older.rename(target)
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _write(result: Result, folder: Path) -> None:
    _write_json(folder / RESULT, _head(result))
    histograms = {
        name: {
            **values.histogram.to_plain(),
            "infinite": values.infinite,
            "censor_ns": values.censor_ns,
        }
        for name, values in result.histograms.items()
    }
    # a line each: with a line for each bin, the file would be as large as all others together
    lines = (f"{json.dumps(name)}: {json.dumps(plain)}" for name, plain in histograms.items())
    (folder / HISTOGRAMS).write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    _write_table(folder / SERIES, result.columns)
    if result.trace_rows:
        rows = zip(*result.trace_rows, strict=True)
        _write_table(folder / TRACE, {name: list(row) for name, row in zip(TRACE_COLUMNS, rows, strict=True)})
    if result.state_rows:
        _write_table(folder / STATES, {"states": list(result.state_rows)})
    if result.toml:
        (folder / SCENARIO).write_text(result.toml, encoding="utf-8")


def _head(result: Result) -> dict[str, Any]:
    return {
        "format": FORMAT,
        **result.to_json(),
        "hash": result.hash,
        "provenance": result.provenance._asdict(),
        "judgements": [to_plain(judgement) for judgement in result.judgements],
        "each": list(result.each),
        "trace_cut": result.trace_cut,
        "faults": [list(span) for span in result.faults],
        "objectives": [list(objective) for objective in result.objectives],
    }


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, indent=1, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def _write_table(path: Path, columns: Mapping[str, Any]) -> None:
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.table(dict(columns)), path)


def read_json(path: Path) -> dict[str, Any]:
    """The object in a file of a saved result. Raises ResultError naming the file, if there is none in it."""
    text = _read_text(path)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ResultError(f"{path}: damaged: {error}") from error
    if not isinstance(content, dict):
        raise ResultError(f"{path}: damaged: not an object")
    return content


def load(folder: Path | str) -> Result:
    """Read what `save` wrote. Raises ResultError naming the file that is missing or damaged.

    Only JSON and Parquet of plain numbers and bytes are read; pickles are not, wherever they come from.
    """
    where = Path(folder)
    if not where.exists():
        raise ResultError(f"{folder}: there is no such result")
    if not where.is_dir():
        raise ResultError(f"{folder}: not a result; a result is a folder of JSON and Parquet, never a pickle")
    head = read_json(where / RESULT)
    given = head.get("format")
    if given not in (COARSE, FORMAT):
        raise ResultError(f"{where / RESULT}: format {given!r}, but this wavetank reads format {FORMAT}")
    plain = read_json(where / HISTOGRAMS)
    columns = _read_table(where / SERIES)
    trace = _read_table(where / TRACE) if (where / TRACE).exists() else {}
    states = _read_table(where / STATES) if (where / STATES).exists() else {}
    histograms = _guarded(where / HISTOGRAMS, lambda: _histograms(plain, given))
    rows = _guarded(where / TRACE, lambda: _trace(trace))
    toml = _read_text(where / SCENARIO) if (where / SCENARIO).exists() else ""
    state_rows = _guarded(where / STATES, lambda: tuple(states["states"]) if states else ())
    return _guarded(
        where / RESULT,
        lambda: Result(
            scenario=head["scenario"],
            hash=head["hash"],
            engine=head["engine"],
            seed=head["seed"],
            model_version=head["model_version"],
            provenance=Provenance(**head["provenance"]),
            judgements=judgements_of(head),
            said=(*head.get("said", ()), *remarks_on(head)),
            summary=head["summary"],
            censored=head.get("censored_at", {}),
            intervals=json_intervals(head["intervals"]),
            each=tuple(head["each"]),
            columns=columns,
            histograms=histograms,
            trace_rows=rows,
            trace_cut=head["trace_cut"],
            state_rows=state_rows,
            faults=tuple(FaultSpan(*span) for span in head["faults"]),
            objectives=tuple(Objective(*pair) for pair in head["objectives"]),
            toml=toml,
            wall_s=head["wall_s"],
        ),
    )


def judgements_of(head: Mapping[str, Any]) -> tuple[Verdict, ...]:
    """Return the judgements of a saved result; an older one has no comparable verdict, so it is undecided."""
    if head["format"] == FORMAT:
        return tuple(from_plain(plain) for plain in head["judgements"])
    return (Verdict(Outcome.UNDECIDED),) * len(head["verdicts"])


def remarks_on(head: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what has to be said of a result that an earlier version of the model made."""
    about = f"This result is of model version {head['model_version']}: "
    if head["model_version"] == MODEL_VERSION or any(said.startswith(about) for said in head.get("said", ())):
        return ()
    return (
        f"{about}its verdict, {head['verdict']!r}, followed other rules and is not comparable. "
        "Run the scenario again for one that is.",
    )


def _histograms(plain: Mapping[str, Any], version: int) -> dict[str, Distribution]:
    read = coarse_histogram if version == COARSE else Histogram.from_plain
    return {
        name: Distribution(read(stored), int(stored["infinite"]), int(stored.get("censor_ns", 0)))
        for name, stored in plain.items()
    }


def _trace(columns: Mapping[str, list[Any]]) -> tuple[TraceRow, ...]:
    if not columns:
        return ()
    return tuple(TraceRow(*row) for row in zip(*(columns[name] for name in TRACE_COLUMNS), strict=True))


def _guarded(path: Path, make: Callable[[], T]) -> T:
    """Return `make()`. Raises ResultError if the content of the file is not what it should be."""
    try:
        return make()
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise ResultError(f"{path}: damaged: {type(error).__name__}: {error}") from error


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ResultError(f"{path}: missing; this is not a whole result") from None
    except OSError as error:
        raise ResultError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ResultError(f"{path}: damaged: {error}") from error


def _read_table(path: Path) -> dict[str, list[Any]]:
    import pyarrow
    import pyarrow.parquet

    try:
        # not read_table: that would take a folder called a=b for a partition
        with pyarrow.parquet.ParquetFile(path) as file:
            table = file.read()
    except FileNotFoundError:
        raise ResultError(f"{path}: missing; this is not a whole result") from None
    except (OSError, pyarrow.ArrowException) as error:
        raise ResultError(f"{path}: damaged: {str(error).splitlines()[0]}") from error
    kinds = pyarrow.types
    for field in table.schema:
        if not (kinds.is_integer(field.type) or kinds.is_floating(field.type) or kinds.is_binary(field.type)):
            raise ResultError(f"{path}: column {field.name} of type {field.type}: only numbers are read")
    columns: dict[str, list[Any]] = table.to_pydict()
    return columns
