"""The result of a sizing, with its text, table and frame.

It is what `size` returns. Tables are made when they are asked for; pandas is imported only then. The
evidence itself, without presentation, is its base class `Answer`.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wavetank.studies.sizing import representing, telling
from wavetank.studies.sizing.answer import Answer

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, repr=False)
class Size(Answer):
    """The answer of `size` with its evidence. Start with `answer`, `text` and `to_frame`.

    Its attributes are those of `Answer`.

    Examples
    --------
    >>> import wavetank as wt
    >>> wt.size(wt.load("mm4", ["slo.server_wait_probability=20%"]), find="cores")
    <Size: M/M/4: 6 cores on each node>
    """

    @property
    def text(self) -> str:
        """The answer in sentences."""
        return "\n".join(telling.sentences(self))

    def __repr__(self) -> str:
        answer = "no answer" if self.rank is None else self.sought.text(self.rank)
        return f"<Size: {self.scenario}: {answer}>"

    def _repr_html_(self) -> str:
        return representing.html_of(self)

    def to_frame(self) -> "pandas.DataFrame":
        """Return a row for each design, condition and objective.

        Returns
        -------
        pandas.DataFrame
            The value that was looked for, condition, agents, nodes and cores that were simulated, decision,
            counts of runs, bounds of the probability, then metric, bound, worst value (`inf`: not over) and
            unit.
        """
        return representing.frame_of(self)

    def to_json(self) -> dict[str, Any]:
        """Return what `size --json` prints."""
        return representing.json_of(self)
