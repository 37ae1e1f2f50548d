"""Uncertain inputs: the fewest servers that do with a probability over what is not known of a fleet."""

from wavetank.studies.sizing.uncertain.uncertain_size import UncertainSize

__all__ = ["UncertainSize"]
