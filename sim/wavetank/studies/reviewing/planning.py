"""Turn decisions into questions: which claims are about which options, and what has to be run for them.

A claim and an option make one question; a flip adds one for each of its values. All mistakes of all files
are gathered and reported before anything is run. A question that no engine can run is kept, with the
reason: its verdict is "not runnable". Planning also settles which questions decide the exit status
(`gates`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from wavetank.scenario.gathering import Gathering
from wavetank.scenario.overrides import Override
from wavetank.scenario.schema.leaf import Misfit
from wavetank.studies.reviewing.designs import Designs
from wavetank.studies.reviewing.facts import Fact, FactReader, is_scenario_fact, scenario_fact, unknown_fact
from wavetank.studies.reviewing.questions import Place, Question, misplaced, question
from wavetank.studies.reviewing.reading import Loaded
from wavetank.studies.reviewing.rules import bound_of_claim, rule_of
from wavetank.studies.reviewing.schema import ACCEPTED, Claim, DecisionFile, Flip


class FactQuestion(NamedTuple):
    """A claim on a fact: what was read, and its limit; `fact` is None where it is not there."""

    place: Place
    fact: Fact | None
    sense: str
    limit: float
    gating: bool
    why_not: str


@dataclass(frozen=True)
class Plan:
    """All that a review asks, in the order of the files."""

    decisions: tuple[Loaded, ...]
    questions: tuple[Question, ...]
    facts: tuple[FactQuestion, ...]


class Planner:
    """Makes questions of decisions, and gathers what is wrong with them.

    Parameters
    ----------
    models, engine, most
        The user's catalogue, the engine that runs, and the greatest number of runs of a claim.
    reader
        Reads facts that are not in a scenario.
    """

    def __init__(
        self,
        models: Path | None = None,
        engine: str | None = None,
        most: int | None = None,
        reader: FactReader | None = None,
    ) -> None:
        self.designs = Designs(models)
        self._engine, self._most, self._reader = engine, most, reader
        self._gathering = Gathering()
        self._misplaced: set[tuple[str, int]] = set()

    def plan(self, decisions: Sequence[Loaded]) -> Plan:
        """Return the questions of all decisions. Raises ScenarioError for every mistake in them."""
        questions: list[Question] = []
        facts: list[FactQuestion] = []
        for loaded in decisions:
            for index, claim in enumerate(loaded.spec.claims):
                if claim.fact:
                    facts += self._facts(loaded, claim, index)
                else:
                    questions += self._claim(loaded, claim, index)
            questions += self._flips(loaded)
        self._gathering.finish()
        return Plan(tuple(decisions), tuple(questions), tuple(facts))

    def _claim(self, loaded: Loaded, claim: Claim, index: int) -> list[Question]:
        made: list[Question] = []
        for option in options_of(claim, loaded.spec):
            with self._gathering.catching():
                made.append(self._question(loaded, claim, index, option))
        return made

    def _question(
        self, loaded: Loaded, claim: Claim, index: int, option: str, more: Sequence[Override] = ()
    ) -> Question:
        names = (option, claim.than) if claim.than else (option,)
        scenarios = tuple(self.designs.scenario(loaded, name, claim.situation, more) for name in names)
        resolved = scenarios[0].resolve()
        rule = rule_of(claim, loaded.spec.defaults, bool(resolved.faults), self._most)
        if (loaded.spec.id, index) not in self._misplaced:
            wrong = list(misplaced(rule, resolved, loaded.tree, index))
            self._gathering.add(wrong)
            # once for all options and flips: the figures differ, the mistake does not
            self._misplaced |= {(loaded.spec.id, index)} if wrong else set()
        value = more[0].text if more else ""
        gating = not more and gates(claim, option, loaded.spec)
        place = Place(loaded.spec.id, claim.id, option, value)
        base = self.designs.base_of(loaded, option)
        return question(place, rule, scenarios, base, gating, self._engine)

    def _flips(self, loaded: Loaded) -> list[Question]:
        claims = {claim.id: (index, claim) for index, claim in enumerate(loaded.spec.claims)}
        made: list[Question] = []
        for number, flip in enumerate(loaded.spec.flips):
            index, claim = claims[flip.claim]
            for override in changes(flip, number, loaded):
                with self._gathering.catching():
                    made.append(self._question(loaded, claim, index, flip.option, [override]))
        return made

    def _facts(self, loaded: Loaded, claim: Claim, index: int) -> list[FactQuestion]:
        made: list[FactQuestion] = []
        for option in options_of(claim, loaded.spec):
            with self._gathering.catching():
                made.append(self._fact(loaded, claim, index, option))
        return made

    def _fact(self, loaded: Loaded, claim: Claim, index: int, option: str) -> FactQuestion:
        fact, why = None, ""
        try:
            fact = self._read(loaded, claim, index, option)
        except Misfit as misfit:
            why = str(misfit)
        sense, limit = self._limit(loaded, claim, index, fact)
        place = Place(loaded.spec.id, claim.id, option)
        return FactQuestion(place, fact, sense, limit, gates(claim, option, loaded.spec), why)

    def _read(self, loaded: Loaded, claim: Claim, index: int, option: str) -> Fact:
        """Read a fact. Raises Misfit where it is not there, ScenarioError where there is no such fact."""
        library = loaded.spec.option[option].library
        known = self._reader(claim.fact, library) if self._reader is not None else None
        if known is not None:
            return known
        if not is_scenario_fact(claim.fact):
            raise loaded.tree.error(("claim", index, "fact"), unknown_fact(claim.fact))
        if not self.designs.base_of(loaded, option):
            raise Misfit(f"the option {option} has no scenario to read {claim.fact} from")
        return scenario_fact(claim.fact, self.designs.scenario(loaded, option, claim.situation))

    def _limit(self, loaded: Loaded, claim: Claim, index: int, fact: Fact | None) -> tuple[str, float]:
        if fact is None:
            return "", 0.0
        try:
            return bound_of_claim(claim, fact.quantity)
        except Misfit as misfit:
            name = "max" if claim.max is not None else "min"
            raise loaded.tree.error(("claim", index, name), str(misfit)) from None


def options_of(claim: Claim, spec: DecisionFile) -> tuple[str, ...]:
    """Return the options that a claim is about; that which it compares with is left out."""
    return tuple(name for name in claim.options or spec.option if name != claim.than)


def gates(claim: Claim, option: str, spec: DecisionFile) -> bool:
    """Return whether the exit status depends on a claim about an option.

    By default it does for the chosen option of an accepted decision. A claim with gate = true and options of
    its own gates for all of these.
    """
    if claim.gate is None:
        return spec.status == ACCEPTED and option == spec.chosen
    if claim.gate and claim.options:
        return option in claim.options
    return claim.gate and option == spec.chosen


def changes(flip: Flip, number: int, loaded: Loaded) -> list[Override]:
    """Return a flip's values as overrides, each with its place in the file."""
    made = []
    for index, value in enumerate(flip.values):
        file, mark = loaded.tree.origin(("flip", number, "values", index))
        made.append(Override(f"{flip.key}={value}", mark.line, file, mark.column - 1))
    return made
