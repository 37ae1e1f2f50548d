"""Sweeps: one scenario over a grid or a sample of values, as one tidy table.

The axes of the sweep make designs, designs with seeds make cells, and cells make the table.
docs/studies.md shows it from the command line.
"""

from wavetank.studies.sweeping.sweep import sweep
from wavetank.studies.sweeping.swept import Sweep

__all__ = ["Sweep", "sweep"]
