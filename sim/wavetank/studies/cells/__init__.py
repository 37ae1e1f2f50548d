"""Cells: one run of one design with one seed, kept on disk so that no study simulates it twice.

A cell is found by what decides it, so a study that is killed goes on where it was.
"""

from wavetank.studies.cells.cell import Cell, CellTask, cell_task
from wavetank.studies.cells.filling import fill
from wavetank.studies.cells.store import CellStore

__all__ = ["Cell", "CellStore", "CellTask", "cell_task", "fill"]
