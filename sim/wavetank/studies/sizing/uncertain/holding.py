"""Simulate whether a design holds at a point of the uncertain inputs: one small run a condition.

The runs are made in the smallest shape that has the same load of each core, because hundreds of them are
needed. Where a lost node takes a greater share of the small shape than of the design, a failure is checked
again in a wider shape. Every sample has a seed of its own, and none of them is used by a screen or a claim.
"""

from collections.abc import Sequence

from wavetank.errors import ScenarioError
from wavetank.scenario import Scenario
from wavetank.studies.sizing.conditions import DAY, objectives_under
from wavetank.studies.sizing.screening import FIRST_INDEX
from wavetank.studies.sizing.shapes import Shape, Shapes, harder
from wavetank.studies.sizing.sought import Sought
from wavetank.studies.sizing.trials import Trials, Wanted
from wavetank.studies.sizing.uncertain.learning import Sample
from wavetank.studies.sizing.uncertain.points import Point

SEEDS = 2 * FIRST_INDEX
"""Runs have seeds from here on: none of them is that of a screen or of a claim."""


class Holding:
    """Simulates samples in the smallest shape at the same load of each core, several at a time."""

    def __init__(self, base: Scenario, points: Sequence[Point], sought: Sought, trials: Trials) -> None:
        self._base, self._points, self._sought, self._trials = base, points, sought, trials
        self._shapes: dict[int, Shapes] = {}
        self._index = SEEDS
        conditions = trials.conditions
        self.asked = list(conditions.with_faults)
        bounded = objectives_under(base.resolve().objectives, conditions, DAY)
        if DAY in conditions.asked and (bounded or not self.asked):
            self.asked.append(DAY)

    def __call__(self, samples: Sequence[Sample]) -> list[bool]:
        """Return which samples hold under every condition; where a node is lost, in a wide shape at least."""
        places = [(sample, name) for sample in samples for name in self.asked]
        indices = {sample: self._index + number for number, sample in enumerate(samples)}
        self._index += len(samples)
        shaped = {place: self._shape(*place, wide=False) for place in places}
        held = self._run(shaped, indices)
        wide = {}
        for (sample, name), shape in shaped.items():
            if shape is None or held[sample, name]:
                continue
            broad = self._shape(sample, name, wide=True)
            if broad is not None and self._of(sample).strikes_one(shape, name) and harder(shape, broad):
                wide[sample, name] = broad
        held |= self._run(wide, indices)
        return [all(held[sample, name] for name in self.asked) for sample in samples]

    def _run(
        self, shaped: "dict[tuple[Sample, str], Shape] | dict[tuple[Sample, str], Shape | None]",
        indices: dict[Sample, int],
    ) -> dict[tuple[Sample, str], bool]:  # fmt: skip
        there = [(place, shape) for place, shape in shaped.items() if shape is not None]
        wanted = [Wanted(shape, name, [indices[sample]]) for (sample, name), shape in there]
        runs = self._trials.all(wanted, "uncertain inputs")
        held = dict.fromkeys(shaped, False)
        return held | {place: trials[0].held is True for (place, _), trials in zip(there, runs, strict=True)}

    def _of(self, sample: Sample) -> Shapes:
        if sample.point not in self._shapes:
            changed = self._base.but(*self._points[sample.point].settings)
            duration_ns = self._trials.conditions.duration_ns
            self._shapes[sample.point] = Shapes(changed, self._sought, duration_ns)
        return self._shapes[sample.point]

    def _shape(self, sample: Sample, name: str, wide: bool) -> Shape | None:
        """The shape of a sample; None where the scenario does not allow the design."""
        try:
            shapes = self._of(sample)
            return shapes.wide(sample.rank, name) if wide else shapes.screening(sample.rank, name)
        except ScenarioError:
            return None
