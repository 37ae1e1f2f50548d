"""From files to what they say: reads them chunk by chunk and judges what was gathered."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from os import PathLike, fspath

import numpy as np

from wavetank.imports.asking import Asked
from wavetank.imports.asking import asked as checked
from wavetank.imports.changes import Piece, Profile, profile_of
from wavetank.imports.classes import classes_of
from wavetank.imports.counts import Counts, merged
from wavetank.imports.dispersion import Judgement, judge
from wavetank.imports.findings import Arrivals, Rates, Source
from wavetank.imports.fitting import Fitted, fit, fit_cells
from wavetank.imports.formats import reader_of
from wavetank.imports.gathering import Gathered, Gathering
from wavetank.imports.imported import Imported
from wavetank.imports.opening import open_text
from wavetank.imports.parquet import is_parquet, parquet_blocks
from wavetank.imports.problems import ImportProblem
from wavetank.imports.reading import NOTHING, Found
from wavetank.imports.reservoir import Reservoir

Watch = Callable[[str, float], None]
"""Called with the name of the file that is being read, and the share of it read so far."""

DRAWN_BINS = 200  # as many as a chart shows
WHOLE_SECONDS_S = 2.0
"""The narrowest bin over which arrivals are judged where the log writes whole seconds."""


def import_(
    files: str | PathLike[str] | Sequence[str | PathLike[str]],
    *,
    as_: str | None = None,
    pattern: str | None = None,
    columns: Sequence[str] = (),
    unit: str | None = None,
    decimal: str = ".",
    seed: int = 1,
    watch: Watch | None = None,
) -> Imported:
    """Read logs, tables or exports and judge what they say: rates, process, clients, durations and sizes.

    Parameters
    ----------
    files : one path or several; "-" is standard input. gz, zst, bz2 and xz are unpacked.
    as_ : "arrivals", "service" or "sizes": only this is taken
    pattern : how a line reads: an nginx log_format, or a regular expression with named groups
    columns : columns of a table, as "ROLE=COLUMN" (time, client, service, up, down); with `as_` "COLUMN"
    unit : unit of numbers without one, such as "ms"
    decimal : decimal mark of a table, "." or ","
    seed : which values are kept where there are more than 100,000
    watch : told how far reading is

    Raises
    ------
    ImportProblem : input that cannot be read, with the file and what to do

    Examples
    --------
    >>> import wavetank as wt
    >>> from pathlib import Path
    >>> line = '192.0.2.1 - - [30/Nov/2026:10:00:{:02} +0000] "GET /events HTTP/1.1" 200 512\\n'
    >>> Path("access.log").write_text("".join(line.format(second) for second in range(60)))
    4440
    >>> imported = wt.import_("access.log")
    >>> imported.rows
    60
    >>> imported.write("site")
    PosixPath('site.toml')
    """
    names = [fspath(files)] if isinstance(files, str | PathLike) else [fspath(file) for file in files]
    if not names:
        raise ImportProblem("no file is named; name a log, a table, or - for standard input")
    told = checked(as_, pattern, columns, unit, decimal)
    gathering, sources, said = Gathering(seed), [], []
    for name in names:
        source, read = _read(name, told, gathering, watch)
        sources.append(source)
        said.append(read)
    return _judged(tuple(sources), gathering.result(), said, told)


def _read(file: str, asked: Asked, gathering: Gathering, watch: Watch | None) -> tuple[Source, Found]:
    with ExitStack() as stack:
        if is_parquet(file):
            return _read_parquet(file, asked, gathering, watch)
        text = open_text(file, stack)
        gathering.begin_file()
        reader = None
        for chunk in text.chunks:
            reader = reader or reader_of(file, chunk.lines, asked)
            gathering.add(file, reader.read(chunk.lines, chunk.first))
            if watch is not None:
                watch(file, chunk.share)
        if reader is None:
            raise ImportProblem(f"{file}: empty; name a log or a table with at least one line")
        last, read = reader.end()
        if last is not None:
            gathering.begin_file()
            gathering.add(file, last)
    if text.encoding != "utf-8":
        read = read._replace(notes=(*read.notes, f"{file} was read as {text.encoding.upper()}."))
    return Source(file, reader.name), read


def _read_parquet(file: str, asked: Asked, gathering: Gathering, watch: Watch | None) -> tuple[Source, Found]:
    gathering.begin_file()
    for block, share in parquet_blocks(file, asked):
        gathering.add(file, block)
        if watch is not None:
            watch(file, share)
    return Source(file, "Parquet table"), NOTHING


def _judged(sources: tuple[Source, ...], got: Gathered, said: Sequence[Found], asked: Asked) -> Imported:
    dropped = got.drops.reasons()
    keys = tuple(key for part in said for key in part.keys)
    notes = [note for part in said for note in part.notes]
    histogram = next((part for part in said if part.service is not None), NOTHING)
    wanted = asked.aspect
    arrivals = _arrivals(got, said) if wanted in ("", "arrivals") else None
    service = _service(got, histogram) if wanted in ("", "service") else None
    up = _fitted(got.up_bytes) if wanted in ("", "sizes") else None
    down = _fitted(got.down_bytes) if wanted in ("", "sizes") else None
    if arrivals is None and service is None and up is None and down is None and not keys:
        why = "; ".join(map(str, dropped)) or "its lines have none"
        noun = {"": "requests", "arrivals": "times", "service": "durations", "sizes": "sizes"}[wanted]
        raise ImportProblem(f"{', '.join(source.file for source in sources)}: no {noun} found: {why}")
    if got.arrivals.total and got.drops.total > got.rows:
        notes.append("More lines were left out than taken; see whether the format is right.")
    return Imported(sources, got.rows, dropped, arrivals, service, up, down, keys, tuple(notes))


def _arrivals(got: Gathered, said: Sequence[Found]) -> Arrivals | None:
    if not got.arrivals.total:
        rate = sum(part.rate_per_s for part in said)
        total = sum(part.requests for part in said)
        if rate <= 0:
            return None
        profile = Profile((Piece(0.0, rate),), total / rate, rate, False)
        return Arrivals(total, 0.0, profile, Judgement("unknown", ()), (), Rates(1.0, np.zeros(0)))
    profile = profile_of(got.arrivals)
    finest_s = WHOLE_SECONDS_S if got.whole_seconds else 0.0
    return Arrivals(
        got.arrivals.total,
        got.arrivals.first_s,
        profile,
        judge(got.arrivals, profile, finest_s),
        classes_of(got.clients.table()),
        _rates(got.arrivals),
    )


def _rates(arrivals: Counts) -> Rates:
    cells = arrivals.cells()
    by = max(1, len(cells) // DRAWN_BINS)
    # a bin that the log fills in part would look like a fall of the rate
    counts = merged(cells, by)
    return Rates(by * arrivals.width_s, counts / (by * arrivals.width_s))


def _service(got: Gathered, histogram: Found) -> Fitted | None:
    if histogram.service is not None and histogram.service.total:
        return fit_cells(histogram.service, histogram.mean_s)
    return _fitted(got.service_s)


def _fitted(sample: Reservoir) -> Fitted | None:
    return fit(sample.values()) if sample.count else None
