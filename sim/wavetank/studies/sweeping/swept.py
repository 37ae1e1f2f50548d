"""The outcome of a sweep: its designs with their runs, as a table, in words and in a notebook.

It is what `sweep` returns. The tables and pictures are made when they are asked for. Its designs are in the
order of the points, whatever order their runs ended in.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wavetank.studies import formatting
from wavetank.studies.sweeping import representing, table
from wavetank.studies.sweeping.design import Design

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class Sweep:
    """The runs of many designs. Start with `to_frame`.

    Attributes
    ----------
    scenario : str
        Name of the scenario that is varied.
    keys : tuple of str
        The keys that are varied.
    designs : tuple of Design
        The designs, in order; the last key varies fastest.
    replications : int
        Runs of each design.
    wanted : int
        How many designs were asked for. Of a shard fewer may be there.
    folder : str
        Where the runs and the table are, "" for nowhere.

    Examples
    --------
    >>> import wavetank as wt
    >>> small = wt.load("quickstart", ["fleet.agents=20", "duration=2min"])
    >>> wt.sweep(small, {"server.cores": [1, 2]}, engine="reference")
    <Sweep: quickstart over server.cores, 2 designs, 1 run each>
    """

    scenario: str
    keys: tuple[str, ...]
    designs: tuple[Design, ...]
    replications: int
    wanted: int = 0
    folder: str = field(default="", compare=False)

    def __repr__(self) -> str:
        designs = formatting.many(len(self.designs), "design")
        runs = formatting.many(self.replications, "run")
        return f"<Sweep: {self.scenario} over {', '.join(self.keys)}, {designs}, {runs} each>"

    @property
    def is_whole(self) -> bool:
        """Whether all designs are there."""
        return len(self.designs) == self.wanted

    def _repr_html_(self) -> str:
        return representing.html_of(self)

    def to_frame(self, wide: bool = True) -> "pandas.DataFrame":
        """Return the runs as a table.

        Parameters
        ----------
        wide
            One row a run with a column for each metric; else a row for each metric, as `Result.to_frame`.

        Returns
        -------
        pandas.DataFrame
            design, each key in SI units and as written (`KEY_text`), cores, replication, seed, verdict, met,
            then the metrics, and the hash of the design. Infinite values are `inf`, those that were not over
            NaN; `censored_at.METRIC` then has the least that they can be.
        """
        return table.wide(self) if wide else table.long(self)

    def to_json(self) -> dict[str, Any]:
        """Return what `sweep --json` prints."""
        return representing.json_of(self)
