"""Define the decision file, `models/decisions/ID.toml`: options, situations and claims that can be run.

The models check each key by itself: type, unit, range and spelling. Contradictions between keys are found
in checks.py. Unknown keys are refused with the nearest known name. The names of the front matter are those
of MADR 4, so a decision can be written as a record without translation. docs/review.md explains every key.
"""

import datetime
from typing import Annotated, Any

from pydantic import Field

from wavetank.scenario.schema.base import Table, key, required
from wavetank.scenario.schema.leaf import (
    Flag,
    Leaf,
    Misfit,
    Name,
    PositiveDuration,
    choice,
    number,
    shown,
    text,
    whole,
)
from wavetank.scenario.schema.top import Sources
from wavetank.scenario.slo_words import WINDOWS

STATUSES = ("proposed", "accepted", "rejected", "deprecated", "superseded")
"""The values of `status`, as MADR 4 has them."""
ACCEPTED = "accepted"
ABOUT = ("run", "mean")
DEFAULT_PROBABILITY, DEFAULT_CONFIDENCE = 0.9, 0.95
"""As for `size`."""
DEFAULT_MIN_SEEDS = 5
"""Enough for most clear failures, and few enough for all claims to have them soon."""


def _day(value: object) -> object:
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    raise Misfit(f"{shown(value)} is not a day; write one such as 2026-11-30, without quotes")


def _bound(value: object) -> object:
    if isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise Misfit(f'{shown(value)} bounds nothing; write a quantity such as "10min" or "5%", or a number')


Day = Annotated[datetime.date, Leaf(_day, {"type": "string", "format": "date"}, "day", "any day")]
Bound = Annotated[
    Any, Leaf(_bound, {"type": ["string", "number"]}, "the metric's", "a quantity of the metric's kind")
]
Text = Annotated[str, text("text", 4000)]
Texts = tuple[Text, ...]
Share = Annotated[float, number(0.01, 0.9999)]
Seeds = Annotated[int, whole(1, 10_000)]


class Base(Table):
    """The settings that all options share."""

    scenario: Text = key("", "A scenario of the catalogue, or a path from this file.")
    set: Texts = key((), "KEY=VALUE: changes to it, in the words of --set.")


class Option(Table):
    """One of the ways that were considered."""

    title: Text = required("What it is, in a line.")
    scenario: Text = key("", "Instead of the base's scenario.")
    set: Texts = key((), "KEY=VALUE: changes on top of the base's.")
    library: Text = key("", "A library of the catalogue, for facts about libraries.")
    good: Texts = key((), "What speaks for it.")
    bad: Texts = key((), "What speaks against it.")


class Situation(Table):
    """An environment and what happens in it."""

    title: Text = required("What happens, in a line.")
    set: Texts = key((), "KEY=VALUE: changes on top of the option's.")


class SeedRange(Table):
    """How many runs a claim takes."""

    min: Seeds = key(0, "Runs before anything is decided.", "5")
    max: Seeds = key(0, "Runs at most.", "as many as allow one failure")


class Statistics(Table):
    """How sure a claim has to be, for all claims that do not say it themselves."""

    probability: Share = key(0.0, "Share of the runs in which a claim must hold.", "0.9")
    confidence: Share = key(0.0, "How sure a decision is.", "0.95")
    seeds: SeedRange = key(SeedRange(), "Numbers of runs.")
    budget: PositiveDuration = key(0, "Wall time after which no more runs of a claim are begun.")


class Claim(Statistics):
    """Something that is said of the options, and that a run or a fact can refute."""

    id: Name = required("A name for machines.")
    text: Text = required("A sentence; {max}, {min} or {factor} in it stands for the number.")
    situation: Name = key("", "The situation it is about; must be given without fact.")
    metric: Text = key("", "What is measured: a word of [slo], or a name of docs/metrics.md.")
    fact: Text = key("", "What is read instead of simulated: a key of the scenario, or check.warnings.")
    window: Annotated[str, choice(WINDOWS)] = key("", "Part of the run, for latencies.", "the whole run")
    max: Bound = key(None, "Holds up to this value.")
    min: Bound = key(None, "Holds from this value on.")
    than: Name = key("", "Another option, whose metric times the factor is the bound; the same seeds.")
    factor: Annotated[float, number(0.0001, 10_000)] = key(
        0.0, "than: above 1 so many times the other's at least, else at most."
    )
    about: Annotated[str, choice(ABOUT)] = key(
        "", "A share of the runs, or their mean.", "run with a fault, else mean"
    )
    options: tuple[Name, ...] = key((), "The options it is about.", "all")
    gate: Flag | None = key(
        None, "Whether the exit status depends on it.", "for the chosen option of an accepted decision"
    )


class Flip(Table):
    """A claim again with other values of a key: what would change our mind."""

    claim: Name = required("The claim.")
    option: Name = required("The option.")
    key: Text = required("A key of the scenario, in the words of --set.")
    values: tuple[Bound, ...] = required("Its values, in order.")


class Consequences(Table):
    """The consequences of the choice."""

    good: Texts = key((), "What becomes better.")
    bad: Texts = key((), "What becomes worse.")


class DecisionFile(Table):
    """A decision of the architecture."""

    format: Annotated[int, whole(1, 1)] = required("Version of this format.")
    id: Name = required("The file's name without .toml.")
    title: Text = required("The question, in a line.")
    status: Annotated[str, choice(STATUSES)] = required("What became of it.")
    date: Day = required("When the status was last changed.")
    decided_by: Texts = key((), "Who decides.")
    consulted: Texts = key((), "Who was asked.")
    informed: Texts = key((), "Who was told.")
    review_by: Day | None = key(None, "From this day on the review warns: look at it again.")
    supersedes: Name = key("", "The decision that this one takes the place of.")
    affects: Texts = key((), "Components of the design.")
    context: Text = required("What the question is about.")
    drivers: Texts = key((), "What matters.")
    chosen: Name = key("", "The option that was chosen; must be given unless the decision is proposed.")
    missing: Texts = key((), "What the model lacks to decide this, for a proposed decision.")
    base: Base = key(Base(), "What all options share.")
    option: dict[Name, Option] = required("The options, by name.")
    situation: dict[Name, Situation] = key({}, "The situations, by name.")
    defaults: Statistics = key(Statistics(), "How sure all claims have to be.")
    claims: tuple[Claim, ...] = Field(default=(), alias="claim", description="The claims.")
    flips: tuple[Flip, ...] = Field(default=(), alias="flip", description="What would change our mind.")
    consequences: Consequences = key(Consequences(), "What follows.")
    sources: Sources = key({}, "Where options and numbers come from, per option.ID or claim.ID.")
