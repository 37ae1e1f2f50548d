"""Cells on disk: 256 folders of small compressed files, each written whole or not at all.

A file is written beside its place and then renamed, so that many writers may share the folder. The name of
a file is the hash of everything that decides what its run counts, the versions of wavetank and of the model
included.
"""

import gzip
import os
import zlib
from pathlib import Path

from wavetank.results.store import ResultError
from wavetank.studies.cells.cell import Cell, from_json, to_json

SUFFIX = ".json.gz"
TEMPORARY = ".tmp"
"""Stands in the names of files that are being written; a file left over by a killed process is never read."""
EFFORT = 3
"""Level of compression: beyond it, time doubles for a few per cent."""


class CellStore:
    """A folder of cells. Several processes and machines may write into it at the same time.

    Parameters
    ----------
    folder : Path or str
        The folder; it is made with the first cell.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)

    def __repr__(self) -> str:
        return f"CellStore({str(self.folder)!r})"

    def path(self, key: str) -> Path:
        """Return where the cell of a key is."""
        return self.folder / key[:2] / (key + SUFFIX)

    def read(self, key: str) -> Cell | None:
        """Return a cell; None where it is not there, or damaged: then it is made again."""
        try:
            cell = from_json(gzip.decompress(self.path(key).read_bytes()))
        except (OSError, EOFError, ValueError, KeyError, TypeError, RecursionError, zlib.error):
            return None
        return cell if cell.key == key else None

    def write(self, cell: Cell) -> None:
        """Put a cell on disk under a temporary name, and rename it. Raises ResultError."""
        path = self.path(cell.key)
        # two processes that make the same cell do not write into the same file
        made = path.with_name(f"{path.name}{TEMPORARY}{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            made.write_bytes(gzip.compress(to_json(cell), EFFORT, mtime=0))
            made.replace(path)
        except OSError as error:
            raise ResultError(f"{self.folder}: cannot be written: {error.strerror or error}") from error

    def keys(self) -> set[str]:
        """Return the keys of all cells, whether they can be read or not."""
        try:
            folders = [entry.path for entry in os.scandir(self.folder) if entry.is_dir()]
        except OSError:
            return set()
        return {
            name[: -len(SUFFIX)] for folder in folders for name in os.listdir(folder) if name.endswith(SUFFIX)
        }
