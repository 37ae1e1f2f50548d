"""Parquet tables: the same columns as those of a text, read batch by batch."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wavetank.imports.asking import Asked
from wavetank.imports.problems import ImportProblem
from wavetank.imports.records import Block
from wavetank.imports.tables import Header, TableReader, columns_of
from wavetank.imports.traces import TraceReader
from wavetank.results.trace import TRACE_COLUMNS

BATCH_ROWS = 1 << 16  # some MB of texts at a time
MAGIC = b"PAR1"


def is_parquet(file: str) -> bool:
    """Whether a file begins as Parquet does."""
    try:
        with Path(file).open("rb") as stream:
            return stream.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def parquet_blocks(file: str, asked: Asked) -> Iterator[tuple[Block, float]]:
    """Read the blocks of a Parquet file, each with the share that is read. Raises ImportProblem."""
    import pyarrow
    from pyarrow import parquet

    try:
        table = parquet.ParquetFile(file)
        yield from _blocks(file, table, asked)
    except (pyarrow.ArrowException, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise ImportProblem(f"{file}: not a whole Parquet file ({reason}); fetch it again") from None


def _blocks(file: str, table: Any, asked: Asked) -> Iterator[tuple[Block, float]]:
    names = tuple(table.schema_arrow.names)
    header = Header(",", names, True)
    if names == TRACE_COLUMNS and not asked.columns:
        reader: TableReader | TraceReader = TraceReader(file, header)
        wanted = list(names)
    else:
        columns = columns_of(file, header, asked)
        wanted = list(dict.fromkeys(columns.values()))
        reader = TableReader(file, Header(",", tuple(wanted), True), columns, asked)
    first, total = 1, table.metadata.num_rows
    for batch in table.iter_batches(BATCH_ROWS, columns=wanted):
        texts = [["" if value is None else str(value) for value in column.to_pylist()] for column in batch]
        rows = [list(row) for row in zip(*texts, strict=True)]
        yield reader.take(rows, list(range(first, first + len(rows)))), (first + len(rows)) / max(total, 1)
        first += len(rows)
    last, _ = reader.end()
    if last is not None:
        yield last, 1.0
