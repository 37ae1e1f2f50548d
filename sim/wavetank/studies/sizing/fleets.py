"""The sizing table over fleets of several sizes.

Each size is a sizing of its own with the same question; what they share is on one page. `FleetSizes` is
what `size` returns for several numbers of agents.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wavetank.studies import formatting
from wavetank.studies.sequential import Decision
from wavetank.studies.sizing import representing, telling
from wavetank.studies.sizing.sized import Size
from wavetank.studies.sizing.sought import MOST, BadSize

if TYPE_CHECKING:
    import pandas

_COUNT = re.compile(r"([0-9]+(?:\.[0-9]+)?)([kM]?)", re.ASCII)
_TIMES = {"": 1, "k": 1_000, "M": 1_000_000}
HEADS = ("agents", "answer", "servers", "decision", "what binds", "runs")


def counts_of(agents: str | Sequence[int]) -> tuple[int, ...]:
    """Return the numbers of agents of a text such as "1k,5k,50k", or of a list. Raises BadSize."""
    texts = agents.split(",") if isinstance(agents, str) else [str(count) for count in agents]
    counts = tuple(map(_count, texts))
    if not counts or len(set(counts)) < len(counts):
        raise BadSize(f"agents {agents}: each number once, such as 1k,5k,10k")
    return counts


def _count(text: str) -> int:
    match = _COUNT.fullmatch(text.strip())
    count = float(match[1]) * _TIMES[match[2]] if match else 0.0
    if not (count.is_integer() and 1 <= count <= MOST["agents"]):
        raise BadSize(f'agents "{text}": write whole numbers from 1 on, such as 500, 5k or 1.5M')
    return int(count)


@dataclass(frozen=True)
class FleetSizes:
    """The answers of `size` for fleets of several sizes.

    Attributes
    ----------
    sizes : tuple of Size
        One for each fleet, in the order asked.
    """

    sizes: tuple[Size, ...]

    @property
    def decision(self) -> Decision:
        """HOLDS where all have an answer; else FAILS or UNDECIDED, as the first without one."""
        decisions = [size.decision for size in self.sizes]
        return next((each for each in decisions if each is not Decision.HOLDS), Decision.HOLDS)

    @property
    def text(self) -> str:
        """The answer for each fleet in a sentence."""
        return "\n".join(telling.headline(size) for size in self.sizes)

    def __repr__(self) -> str:
        answers = ", ".join(f"{size.agents:,}: {size.answer}" for size in self.sizes)
        return f"<FleetSizes: {answers}>"

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield the cells of the table, as `HEADS`."""
        for size in self.sizes:
            answer = "none" if size.rank is None else size.sought.text(size.rank)
            servers = f"{formatting.many(size.nodes, 'node')} x {formatting.many(size.cores, 'core')}"
            binds = "" if size.binds is None else telling.resource_text(size.binds)
            cells = (answer, servers if size.rank is not None else "", size.decision.value, binds)
            yield (f"{size.agents:,}", *cells, f"{size.runs:,}")

    def _repr_html_(self) -> str:
        return representing.table_html(HEADS, self.rows())

    def to_frame(self) -> "pandas.DataFrame":
        """Return the rows of `Size.to_frame` of every fleet, with a column `fleet` in front."""
        import pandas

        frames = [size.to_frame().assign(fleet=size.agents) for size in self.sizes]
        frame = pandas.concat(frames, ignore_index=True)
        return frame[["fleet", *(name for name in frame.columns if name != "fleet")]]

    def to_json(self) -> dict[str, Any]:
        """Return what `size --agents ... --json` prints."""
        return {"fleets": [size.to_json() for size in self.sizes]}
