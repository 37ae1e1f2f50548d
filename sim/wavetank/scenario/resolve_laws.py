"""Laws and sources as numbers, and the table of measured values that empirical laws share."""

from fractions import Fraction

from wavetank.errors import ScenarioError
from wavetank.policy.arrivals import NO_SOURCE, Source, make_source
from wavetank.policy.laws import NO_LAW, Law
from wavetank.policy.registry import LAWS
from wavetank.scenario.measured import Quantity, read_column
from wavetank.scenario.positions import Path
from wavetank.scenario.schema.laws import SizeLaw, TimeLaw
from wavetank.scenario.tree import Tree


class Laws:
    """Turns laws of the schema into those of `policy`, gathering measured values on the way."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._values: list[int] = []
        self._known: dict[tuple[str, str, Quantity], tuple[int, int]] = {}

    def empirical(self) -> tuple[int, ...]:
        """All measured values (ns or bytes); each empirical law is a range of them."""
        return tuple(self._values)

    def law(self, law: TimeLaw | SizeLaw | None, path: Path) -> Law:
        """The law that stands at `path`; NO_LAW where there is none."""
        if law is None:
            return NO_LAW
        kind = LAWS[law.law]
        if law.law == "deterministic":
            return Law(kind, 0.0, 0.0, law.mean, 0)
        if law.law == "uniform":
            return Law(kind, 0.0, 0.0, law.low, law.high)
        if law.law == "empirical":
            return Law(kind, 0.0, 0.0, *self._range(law, path))
        return Law(kind, float(law.mean), float(law.k) if law.law == "erlang" else law.cv, 0, 0)

    def source(
        self,
        kind: int,
        rate: Fraction,
        profile: tuple[tuple[int, float], ...] = (),
        think: Law = NO_LAW,
        size: Law = NO_LAW,
        phase_ns: int = -1,
    ) -> Source:
        """A source of events; no rate and no think time make none."""
        if not rate and think == NO_LAW:
            return NO_SOURCE
        return make_source(kind, float(rate), profile, think, size, phase_ns)

    def _range(self, law: TimeLaw | SizeLaw, path: Path) -> tuple[int, int]:
        file = self._tree.folder((*path, "file")) / law.file
        quantity = Quantity(isinstance(law, TimeLaw), law.unit)
        known = (str(file), law.column, quantity)
        if known not in self._known:

            def complain(key: str, message: str) -> ScenarioError:
                return self._tree.error((*path, key), message)

            values = read_column(file, law.column, quantity, complain)
            self._known[known] = (len(self._values), len(self._values) + len(values))
            self._values += values
        return self._known[known]
