"""Questions that take many runs, and those that take none.

A study calls engines and the judge, and is itself free of both: it works on results. Same seeds, same
figures, with any number of processes.
"""

from wavetank.studies.agreement import Agreement
from wavetank.studies.checking import check
from wavetank.studies.comparison import Comparison, compare
from wavetank.studies.engine_diff import agree
from wavetank.studies.entries import catalogue
from wavetank.studies.finding import Finding, Findings
from wavetank.studies.frontiers import Frontier, frontier
from wavetank.studies.replications import replicate, run
from wavetank.studies.reviewing import Review, review
from wavetank.studies.sizing import FleetSizes, Size, size
from wavetank.studies.sweeping import Sweep, sweep

__all__ = [
    "Agreement",
    "Comparison",
    "Finding",
    "Findings",
    "FleetSizes",
    "Frontier",
    "Review",
    "Size",
    "Sweep",
    "agree",
    "catalogue",
    "check",
    "compare",
    "frontier",
    "replicate",
    "review",
    "run",
    "size",
    "sweep",
]
