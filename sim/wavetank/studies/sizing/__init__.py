"""Sizing: find the fewest servers that meet the objectives, and say how sure that is.

`size` is the entry. Closed forms say where to begin (screening.py, erlang.py), small runs screen the
designs, fresh runs confirm the candidate under each condition (confirming.py), and its neighbours show that
less is not enough (searching.py). Results are `Size`, `FleetSizes` and `UncertainSize`. The method is in
docs/studies.md, "How the answer is found".
"""

from wavetank.studies.sizing.fleets import FleetSizes
from wavetank.studies.sizing.size import size
from wavetank.studies.sizing.sized import Size
from wavetank.studies.sizing.sought import BadSize
from wavetank.studies.sizing.uncertain import UncertainSize

__all__ = ["BadSize", "FleetSizes", "Size", "UncertainSize", "size"]
