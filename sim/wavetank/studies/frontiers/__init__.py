"""Frontiers: from which value of a key on a fleet does not come back.

Whether a fleet comes back is partly chance near the border, so a frontier is a band and not a value: where
5 %, 50 % and 95 % of the runs are fatal, each with a 95 % interval. `frontier` searches it with fresh runs.
The method is in docs/studies.md, "Find the value from which a fleet does not recover".
"""

from wavetank.studies.frontiers.bands import Frontier, FrontierMap
from wavetank.studies.frontiers.frontier import BadFrontier, frontier

__all__ = ["BadFrontier", "Frontier", "FrontierMap", "frontier"]
