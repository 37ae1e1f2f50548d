"""Mistakes gathered, so that one look at a scenario reports all of them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from wavetank.errors import ScenarioError, ScenarioErrors

MOST = 20
"""More messages than this help nobody; the rest shows when these are fixed."""


class Gathering:
    """The mistakes found so far."""

    def __init__(self) -> None:
        self.found: list[ScenarioError] = []

    @contextmanager
    def catching(self) -> Iterator[None]:
        """Take down what is raised inside, and go on after it."""
        try:
            yield
        except ScenarioError as error:
            self.add(error.errors)

    def add(self, errors: Iterable[ScenarioError]) -> None:
        """Take down more mistakes; the same message at the same place counts once."""
        known = {str(error) for error in self.found}
        self.found += [error for error in errors if str(error) not in known]

    def finish(self) -> None:
        """Raise what was found: one ScenarioError, or all of them as ScenarioErrors."""
        if len(self.found) > 1:
            raise ScenarioErrors(tuple(self.found[:MOST]))
        if self.found:
            raise self.found[0]
