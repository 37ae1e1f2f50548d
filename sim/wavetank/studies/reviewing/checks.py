"""Check that the keys of a decision fit one another: names, options, limits, windows and flips.

This module sees a single file and simulates nothing. It reports every contradiction with line and column,
not only the first. A value that the schema can refuse by itself is refused there (schema.py), and a value
that only the scenario can refuse is refused in planning (planning.py).
"""

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path

from wavetank.errors import ScenarioError
from wavetank.scenario.positions import Path as KeyPath
from wavetank.scenario.schema.leaf import Misfit, shown
from wavetank.scenario.tree import Tree
from wavetank.studies.reviewing.quantities import limit_of, measure_of
from wavetank.studies.reviewing.schema import Claim, DecisionFile

PLACEHOLDER = re.compile(r"\{(max|min|factor)\}")
_NUMBER = re.compile(r"(?<![A-Za-z])[0-9]")


def mistakes(spec: DecisionFile, tree: Tree, file: Path) -> list[ScenarioError]:
    """Return every contradiction in a decision, at line and column."""
    errors = [*_identity(spec, tree, file), *_choice(spec, tree), *_bases(spec, tree)]
    for index, claim in enumerate(spec.claims):
        errors += _claim(claim, ("claim", index), spec, tree)
    return errors + list(_twice(spec, tree)) + list(_flips(spec, tree))


def warnings(spec: DecisionFile, tree: Tree) -> list[ScenarioError]:
    """Return what may be meant otherwise: a number in the text of a claim that no run looks at."""
    return [
        tree.error(
            ("claim", index, "text"),
            "the text holds a number that is not checked; write {max} or {min} where the limit stands",
        )
        for index, claim in enumerate(spec.claims)
        if not PLACEHOLDER.search(claim.text) and _NUMBER.search(claim.text)
    ]


def _identity(spec: DecisionFile, tree: Tree, file: Path) -> Iterator[ScenarioError]:
    if spec.id != file.stem:
        yield tree.error(("id",), f'the file is called {file.name}; write id = "{file.stem}" or rename it')
    if len(spec.option) < 2 and spec.status != "proposed":
        yield tree.error(("option",), "a decision needs two options at least; add what it was held against")


def _choice(spec: DecisionFile, tree: Tree) -> Iterator[ScenarioError]:
    if spec.chosen:
        yield from _known(spec.chosen, spec.option, ("chosen",), "option", tree)
    elif spec.status != "proposed":
        yield tree.error((), 'the key chosen is missing; name the option, or write status = "proposed"')
    if spec.missing and spec.status != "proposed":
        yield tree.error(("missing",), f"nothing is missing where the status is {spec.status}; leave it out")


def _bases(spec: DecisionFile, tree: Tree) -> Iterator[ScenarioError]:
    simulated = any(not claim.fact for claim in spec.claims)
    for name, option in spec.option.items():
        if simulated and not (option.scenario or spec.base.scenario or option.library):
            yield tree.error(("option", name), "there is no scenario to run; name one here or in [base]")


def _known(name: str, known: Iterable[str], path: KeyPath, noun: str, tree: Tree) -> Iterator[ScenarioError]:
    names = list(known)
    if name not in names:
        near = get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(names) or 'none'}"
        yield tree.error(path, f"{shown(name)} is no {noun} of this decision; {hint}")


def _twice(spec: DecisionFile, tree: Tree) -> Iterator[ScenarioError]:
    names = [claim.id for claim in spec.claims]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield tree.error(("claim", index, "id"), f"the claim {name} is there twice; rename one")


def _claim(claim: Claim, path: KeyPath, spec: DecisionFile, tree: Tree) -> Iterator[ScenarioError]:
    yield from _asked(claim, path, spec, tree)
    given = [name for name in ("max", "min", "than") if getattr(claim, name) not in (None, "")]
    if len(given) != 1:
        problem = f"{' and '.join(given)} are given" if given else "there is no limit"
        yield tree.error(path, f"{problem}; write exactly one of max, min and than")
    for match in PLACEHOLDER.finditer(claim.text):
        if match[1] not in given and not (match[1] == "factor" and "than" in given):
            yield tree.error((*path, "text"), f"{match[0]} stands in the text, and there is no such key")
    for place, name in enumerate(claim.options):
        yield from _known(name, spec.option, (*path, "options", place), "option", tree)
    if claim.than:
        yield from _known(claim.than, spec.option, (*path, "than"), "option", tree)
        if not claim.factor:
            yield tree.error((*path, "than"), "the key factor is missing; factor = 1.5 means 1.5 times")
    elif claim.factor:
        yield tree.error((*path, "factor"), "a factor goes with than; name the option it is about")
    if claim.seeds.max and claim.seeds.min > claim.seeds.max:
        yield tree.error((*path, "seeds"), f"min is above max ({claim.seeds.max}); exchange them")


def _asked(claim: Claim, path: KeyPath, spec: DecisionFile, tree: Tree) -> Iterator[ScenarioError]:
    """Check a claim's measure or fact, its situation, and whether the limit is a value of it."""
    if bool(claim.metric) == bool(claim.fact):
        problem = "metric and fact are given" if claim.fact else "there is neither metric nor fact"
        yield tree.error(path, f"{problem}; write metric to simulate it, or fact to read it")
        return
    if claim.situation:
        yield from _known(claim.situation, spec.situation, (*path, "situation"), "situation", tree)
    elif claim.metric:
        yield tree.error(path, "the key situation is missing; add it, and a table [situation.NAME]")
    if not claim.metric:
        return
    try:
        measure = measure_of(claim.metric, claim.window)
    except Misfit as misfit:
        yield tree.error((*path, "metric"), str(misfit))
        return
    for name in ("max", "min"):
        value = getattr(claim, name)
        if value is not None:
            try:
                limit_of(measure.quantity, value)
            except Misfit as misfit:
                yield tree.error((*path, name), str(misfit))


def _flips(spec: DecisionFile, tree: Tree) -> Iterator[ScenarioError]:
    claims = {claim.id: claim for claim in spec.claims}
    for index, flip in enumerate(spec.flips):
        path: KeyPath = ("flip", index)
        yield from _known(flip.claim, claims, (*path, "claim"), "claim", tree)
        yield from _known(flip.option, spec.option, (*path, "option"), "option", tree)
        claim = claims.get(flip.claim)
        if claim is not None and not claim.metric:
            yield tree.error((*path, "claim"), f"{flip.claim} is a fact, which no run can change")
        if not flip.values:
            yield tree.error((*path, "values"), "there are no values; write two or more")
