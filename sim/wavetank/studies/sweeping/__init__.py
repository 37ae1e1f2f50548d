"""Sweeps: one scenario over a grid or a sample of values, as one tidy table."""

from wavetank.studies.sweeping.sweep import sweep
from wavetank.studies.sweeping.swept import Sweep

__all__ = ["Sweep", "sweep"]
