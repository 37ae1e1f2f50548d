"""Frontiers: from which value of a key on a fleet does not come back."""

from wavetank.studies.frontiers.bands import Frontier, FrontierMap
from wavetank.studies.frontiers.frontier import BadFrontier, frontier

__all__ = ["BadFrontier", "Frontier", "FrontierMap", "frontier"]
