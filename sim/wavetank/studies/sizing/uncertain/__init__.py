"""Uncertain inputs: the fewest servers that are enough with a probability over what is not known.

Inputs such as the number of agents have a law instead of a value (laws.py). Sobol points cover them evenly
(points.py), small runs say where a design holds (holding.py), a logistic model learns it (learning.py), and
fresh runs verify the choice (choosing.py). The method is in docs/studies.md, "When inputs are not known".
"""

from wavetank.studies.sizing.uncertain.uncertain_size import UncertainSize

__all__ = ["UncertainSize"]
