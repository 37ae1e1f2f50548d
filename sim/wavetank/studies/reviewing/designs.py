"""Make the scenarios of a decision.

A scenario is built from the base, the option, the situation and the flip, in this order: a later setting
replaces an earlier one. Each base is loaded once. Every override remembers its file, line and column, so a
wrong value is reported where the author of the decision wrote it.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from wavetank.scenario import Override, Scenario, load
from wavetank.scenario.catalogue import find
from wavetank.scenario.positions import Path as KeyPath
from wavetank.scenario.tree import Tree
from wavetank.studies.reviewing.reading import Loaded


class Settings(NamedTuple):
    """Overrides of one table, with the place of each."""

    overrides: tuple[Override, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """Each as KEY=VALUE."""
        return tuple(override.text for override in self.overrides)


def settings_at(tree: Tree, path: KeyPath, texts: Iterable[str]) -> Settings:
    """Return the overrides of an array at a path; a mistake in one is told at its place in the file."""
    made = []
    for index, text in enumerate(texts):
        file, mark = tree.origin((*path, index))
        # the text begins behind the quotation mark
        made.append(Override(text, mark.line, file, mark.column))
    return Settings(tuple(made))


class Designs:
    """Makes scenarios, each base once.

    Parameters
    ----------
    models
        The user's catalogue.
    """

    def __init__(self, models: Path | None = None) -> None:
        self._models = models
        self._bases: dict[tuple[str, Path], Scenario] = {}
        self._made: dict[tuple[str, tuple[str, ...]], Scenario] = {}

    def base_of(self, loaded: Loaded, option: str) -> str:
        """Return the name of the scenario that an option starts from."""
        return loaded.spec.option[option].scenario or loaded.spec.base.scenario

    def scenario(
        self, loaded: Loaded, option: str, situation: str, more: Sequence[Override] = ()
    ) -> Scenario:
        """Return an option of a decision in a situation ("": none), with more changes on top.

        Raises ScenarioError, at the file of the decision where a change is wrong.
        """
        spec, tree = loaded.spec, loaded.tree
        parts = [
            settings_at(tree, ("base", "set"), spec.base.set),
            settings_at(tree, ("option", option, "set"), spec.option[option].set),
        ]
        return self.made(loaded, option, situation, [each for part in parts for each in part.overrides], more)

    def made(
        self,
        loaded: Loaded,
        option: str,
        situation: str,
        design: Sequence[Override],
        more: Sequence[Override] = (),
    ) -> Scenario:
        """Return the scenario of an option with the changes of a whole design instead of its own."""
        spec, tree = loaded.spec, loaded.tree
        around = (
            settings_at(tree, ("situation", situation, "set"), spec.situation[situation].set).overrides
            if situation
            else ()
        )
        overrides = (*design, *around, *more)
        base = self._base(loaded, option)
        key = (f"{base.tree.origin(()).file}", tuple(override.text for override in overrides))
        if key not in self._made:
            self._made[key] = base.but(*overrides)
        return self._made[key]

    def _base(self, loaded: Loaded, option: str) -> Scenario:
        name = self.base_of(loaded, option)
        place: KeyPath = (
            ("option", option, "scenario") if loaded.spec.option[option].scenario else ("base", "scenario")
        )
        complain = partial(loaded.tree.error, place)
        path = find(name, ("scenarios",), loaded.file.parent, self._models, complain)
        if (name, path) not in self._bases:
            self._bases[name, path] = load(path, models=self._models)
        return self._bases[name, path]
