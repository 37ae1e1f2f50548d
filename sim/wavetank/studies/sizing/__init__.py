"""Sizing: the fewest servers that meet the objectives, with a probability, at a confidence."""

from wavetank.studies.sizing.fleets import FleetSizes
from wavetank.studies.sizing.size import size
from wavetank.studies.sizing.sized import Size
from wavetank.studies.sizing.sought import BadSize
from wavetank.studies.sizing.uncertain import UncertainSize

__all__ = ["BadSize", "FleetSizes", "Size", "UncertainSize", "size"]
