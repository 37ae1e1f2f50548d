"""Designs beside one another: the same random numbers, paired differences, one sentence.

All designs run with the same seeds, so a difference is taken pair by pair and is of the designs, not of
luck.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import nan
from pathlib import Path
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

from wavetank.errors import WavetankError
from wavetank.results import frames
from wavetank.results.figures import unknown_metric
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.result import Result
from wavetank.results.statistics import Difference, difference
from wavetank.scenario import Scenario, load
from wavetank.scenario.notebook import html_of
from wavetank.studies import fates, formatting, pairs
from wavetank.studies.replications import AUTO, replicate
from wavetank.studies.saving import read_designs, save_comparison
from wavetank.studies.simulate import Watch

if TYPE_CHECKING:
    import pandas

MOST_DESIGNS = len(ascii_uppercase)
_TALKING = ("event_latency_p99_s", "server_utilisation", "login_peak_per_s", "request_rate_per_s")


class TooManyDesigns(WavetankError):
    """Fewer than two designs, or more than there are letters."""


@dataclass(frozen=True)
class Comparison:
    """Results of two designs or more, A, B, C ..., on the same random numbers.

    `c[METRIC]` is the difference b - a of a metric with its 95 % interval over the replications.

    Examples
    --------
    >>> import wavetank as wt
    >>> small = wt.load("quickstart", ["fleet.agents=20", "duration=2min"])
    >>> one_core = small.but("server.cores=1")
    >>> comparison = wt.compare(small, one_core, engine="reference")
    >>> comparison.letters
    ('A', 'B')
    >>> round(comparison["server_utilisation"].mean, 3)
    0.005
    """

    titles: tuple[str, ...]
    results: tuple[Result, ...]
    wall_s: float = field(default=0.0, compare=False)

    def __repr__(self) -> str:
        designs = ", ".join(f"{key}: {title}" for key, title in zip(self.letters, self.titles, strict=True))
        return f"<Comparison: {designs}. {self.sentence}>"

    def _repr_html_(self) -> str:
        """Return the page that a notebook shows."""
        return html_of("comparison", self)

    @property
    def a(self) -> Result:
        """The result of the first design."""
        return self.results[0]

    @property
    def b(self) -> Result:
        """The result of the second design."""
        return self.results[1]

    @property
    def letters(self) -> tuple[str, ...]:
        """The letters of the designs: A, B, C ..."""
        return tuple(ascii_uppercase[: len(self.results)])

    def __getitem__(self, metric: str) -> Difference:
        return self.difference(metric)

    def difference(self, metric: str, design: int = 1) -> Difference:
        """Paired difference of a metric between a design (1 is B) and A.

        KeyError for a metric that neither has; it suggests the nearest name.
        """
        other = self.results[design]
        if metric not in self.a.summary and metric not in other.summary:
            raise KeyError(unknown_metric(metric, {**self.a.summary, **other.summary}))
        return difference(self.a, other, metric)

    @property
    def sentence(self) -> str:
        """The outcome in one sentence: "A is overloaded; B is back 3 min 12 s after the fault".

        Of replications the paired differences: "B is back 8 min 12 s sooner than A [...]; A is trapped in 3
        of 8 runs, B in none".
        """
        if {result.verdict for result in self.results} == {Outcome.STABLE.value}:
            return self._all_stable()
        if self.a.replications > 1 and (paired := pairs.sentence(self.letters, self.results)):
            return f"{paired}."
        told: dict[str, list[str]] = {}
        for letter, result in zip(self.letters, self.results, strict=True):
            told.setdefault(fates.fate(result), []).append(letter)
        return "; ".join(_said(letters, fate) for fate, letters in told.items()) + "."

    def _all_stable(self) -> str:
        """Tell designs apart by the first two figures that differ, if no verdict does."""
        clauses = []
        for design, letter in enumerate(self.letters):
            better = [text for metric in _TALKING if design and (text := self._against_a(metric, design))]
            if better:
                clauses.append(f"{letter} has {' and '.join(better[:2])}")
        told = f"; {', '.join(clauses)}" if clauses else ""
        return _said(list(self.letters), "is stable so far") + told + "."

    def _against_a(self, metric: str, design: int) -> str:
        a, b = self.a.summary.get(metric), self.results[design].summary.get(metric)
        if a is None or b is None:
            return ""
        step = self.difference(metric, design)
        if step.mean is None or step.mean == 0 or abs(step.mean) < 0.01 * abs(a):
            return ""
        return f"{_NAMES[metric]} {formatting.figure(metric, b)} instead of {formatting.figure(metric, a)}"

    def to_frame(self) -> "pandas.DataFrame":
        """Return all metrics of all replications of all designs, a row each.

        Columns are those of `Result.to_frame`, after `design` (A, B, ...) and `title`.
        """
        rows = [
            (letter, title, *row)
            for letter, title, result in zip(self.letters, self.titles, self.results, strict=True)
            for row in frames.rows_of(result)
        ]
        return frames.frame_of(rows, ("design", "title", *frames.MetricRow._fields))

    def differences(self) -> "pandas.DataFrame":
        """Return the paired differences of B, C, ... to A, a row for each metric.

        Columns are design, metric, difference, low, high, n: the mean over n pairs (of a recovery the median)
        with its 95 % interval, in the metric's unit. NaN where a value is infinite or not over, and the
        bounds where there are too few pairs.
        """
        rows = [
            (letter, metric, *(nan if value is None else value for value in step), self.a.replications)
            for index, letter in enumerate(self.letters)
            if index
            for metric in {**self.a.summary, **self.results[index].summary}
            for step in (self.difference(metric, index),)
        ]
        return frames.frame_of(rows, ("design", "metric", "difference", "low", "high", "n"))

    def to_json(self) -> dict[str, Any]:
        """Return what `compare --json` prints: the designs as in `run --json`, and B - A, C - A, ..."""
        designs = [
            {"letter": letter, "title": title, **result.to_json()}
            for letter, title, result in zip(self.letters, self.titles, self.results, strict=True)
        ]
        return {
            "designs": designs,
            "differences": {
                letter: self._differences(index) for index, letter in enumerate(self.letters) if index
            },
            "sentence": self.sentence,
            "wall_s": self.wall_s,
        }

    def _differences(self, design: int) -> dict[str, dict[str, Any]]:
        differences = {}
        for metric in {**self.a.summary, **self.results[design].summary}:
            mean, low, high = self.difference(metric, design)
            differences[metric] = {"mean": mean, "interval": None if low is None else [low, high]}
        return differences


_NAMES = {
    "event_latency_p99_s": "a p99 event latency of",
    "server_utilisation": "a utilisation of",
    "login_peak_per_s": "a login peak of",
    "request_rate_per_s": "a request rate of",
}


def _said(letters: Sequence[str], fate: str) -> str:
    if len(letters) == 1:
        return f"{letters[0]} {fate}"
    verb, _, rest = fate.partition(" ")
    return f"{fates.letters_of(letters)} {_PLURAL.get(verb, verb)} {rest}"


_PLURAL = {"is": "are", "has": "have", "carries": "carry", "does": "do"}
"""The verbs with which a fate begins, of several designs."""


def compare(
    *scenarios: Scenario | str | Path,
    engine: str | None = None,
    seed: int | None = None,
    replications: int = 1,
    trace_agents: Sequence[int] = (),
    workers: int | None = None,
    out: str | Path | None = None,
    titles: Sequence[str] = (),
    watch: Watch | None = None,
    command: Sequence[str] = (),
    settle: str = AUTO,
) -> Comparison:
    """Compare two designs or more on the same random numbers (the first one's seed, unless given).

    `trace_agents` are traced in every design. `out` is a folder to save the results in. `titles` name the
    designs (else their scenarios' names and what was set). Other arguments and errors as for `run`, and
    TooManyDesigns.

    Examples
    --------
    >>> import wavetank as wt
    >>> small = wt.load("quickstart", ["fleet.agents=20", "duration=2min"])
    >>> wt.compare(small, small.but("server.cores=1"), engine="reference").sentence
    'A and B are stable so far; B has a utilisation of 0.7 % instead of 0.2 %.'
    """
    if not 2 <= len(scenarios) <= MOST_DESIGNS:
        raise TooManyDesigns(f"{len(scenarios)} designs to compare; give 2 to {MOST_DESIGNS}")
    start_s = time.perf_counter()
    designs = [scenario if isinstance(scenario, Scenario) else load(scenario) for scenario in scenarios]
    results = replicate(
        designs,
        engine=engine,
        seed=designs[0].spec.seed if seed is None else seed,
        replications=replications,
        trace_agents=trace_agents,
        workers=workers,
        watch=watch,
        titles=ascii_uppercase[: len(designs)],
        command=command,
        settle=settle,
    )
    wall_s = time.perf_counter() - start_s
    comparison = Comparison(tuple(titles or _titles(designs)), tuple(results), wall_s)
    if out is not None:
        save_comparison(comparison, out)
    return comparison


def load_comparison(folder: str | Path) -> Comparison:
    """Read what `compare(..., out=folder)` saved. Raises ResultError naming what is missing or damaged."""
    titles, results = read_designs(folder)
    return Comparison(titles, results, sum(result.wall_s for result in results))


def _family(design: Scenario) -> str:
    """The name without what was set, such as the size of the fleet."""
    return design.spec.name or design.name


def _titles(designs: Sequence[Scenario]) -> list[str]:
    """A scenario's name; for one like the first, what was set beyond that."""
    first = designs[0]
    titles = []
    for design in designs:
        alike = _family(design) == _family(first) and design.sets[: len(first.sets)] == first.sets
        beyond = ", ".join(override.text for override in design.sets[len(first.sets) :]) if alike else ""
        titles.append(beyond or design.name)
    return titles
