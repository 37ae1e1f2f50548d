"""Cells: one run of one design with one seed, kept on disk so that no study simulates it twice.

A cell is found by a digest of everything that decides its result: the scenario, the seed and the version of
the model. So a study that was killed continues where it stopped, and a changed scenario never gets an old
result.
"""

from wavetank.studies.cells.cell import Cell, CellTask, cell_task
from wavetank.studies.cells.filling import fill
from wavetank.studies.cells.store import CellStore

__all__ = ["Cell", "CellStore", "CellTask", "cell_task", "fill"]
