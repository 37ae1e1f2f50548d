"""Who answers a scenario: engines, independent of one another, behind one registry."""

from wavetank.engines.features import features
from wavetank.engines.registry import ENGINES, Engine, choose, names, refused

__all__ = ["ENGINES", "Engine", "choose", "features", "names", "refused"]
