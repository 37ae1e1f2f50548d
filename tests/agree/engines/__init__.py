"""Engines that are wrong on purpose, and one that is not."""

from wavetank.engines.registry import ENGINES, EVERYTHING, Engine

REFERENCE = next(engine for engine in ENGINES if engine.name == "reference")


def beside(name: str) -> tuple[Engine, ...]:
    """The reference engine and the module `name` of this folder."""
    return REFERENCE, Engine(name, f"{__name__}.{name}", "", EVERYTHING)
