"""Who answers a scenario: engines, independent of one another, behind one registry."""

from wavetank.engines.registry import ENGINES, Engine, choose, features, names, refused

__all__ = ["ENGINES", "Engine", "choose", "features", "names", "refused"]
