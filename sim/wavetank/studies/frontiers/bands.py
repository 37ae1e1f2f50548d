"""The result of a frontier, with its text, table and frame; and a map of several.

`Frontier` is what `frontier` returns, `FrontierMap` what it returns where a second key varies. Tables are
made when they are asked for; pandas is imported only then.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wavetank.studies.frontiers import telling
from wavetank.studies.frontiers.fit import Fit

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, repr=False)
class Frontier(Fit):
    """From which value of a key on a fleet is not back. Start with `band`, `text` and `to_frame`.

    Its attributes are those of `Fit`.

    Examples
    --------
    >>> import wavetank as wt
    >>> small = wt.load("quickstart", ["duration=20s"])
    >>> wt.frontier(small, ["fleet.agents=4..6"], runs=60)
    <Frontier: quickstart over fleet.agents, 60 runs>
    """

    @property
    def text(self) -> str:
        """The frontier in sentences."""
        return "\n".join(telling.sentences(self))

    def __repr__(self) -> str:
        return f"<Frontier: {self.scenario} over {self.key}, {self.runs} runs>"

    def _repr_html_(self) -> str:
        return telling.html_of(self)

    def to_frame(self) -> "pandas.DataFrame":
        """Return a row for each level: its value, the counts, the share, and that of the fit."""
        return telling.frame_of(self)

    def to_json(self) -> dict[str, Any]:
        """Return what `frontier --json` prints."""
        return telling.json_of(self)


@dataclass(frozen=True)
class FrontierMap:
    """The frontier along one key for some values of another.

    Attributes
    ----------
    key : str
        The second key.
    rows : tuple of Frontier
        One for each of its values, in `settings` of each.
    """

    key: str
    rows: tuple[Frontier, ...]

    @property
    def text(self) -> str:
        """Each row in a sentence."""
        return "\n".join(f"{row.settings[0]}: {telling.headline(row)}" for row in self.rows)

    def _repr_html_(self) -> str:
        return telling.map_html(self.rows)

    def to_frame(self) -> "pandas.DataFrame":
        """Return the rows of `Frontier.to_frame` of every row, with the second key in front."""
        import pandas

        frames = [row.to_frame() for row in self.rows]
        for frame, row in zip(frames, self.rows, strict=True):
            frame.insert(0, self.key, row.settings[0].partition("=")[2])
        return pandas.concat(frames, ignore_index=True)

    def to_json(self) -> dict[str, Any]:
        """Return what `frontier --json` prints for two keys."""
        return {"key": self.key, "rows": [row.to_json() for row in self.rows]}
