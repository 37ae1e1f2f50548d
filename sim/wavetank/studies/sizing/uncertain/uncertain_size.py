"""The choice of a sizing with uncertain inputs, with its text, table and frame.

`UncertainSize` is frozen and holds the choice and its two neighbours, each with the probability by the
model and the runs that verified it. `rank` is None if no design is likely enough. Tables are made on
request; pandas is imported only then.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from wavetank.results.intervals import wilson
from wavetank.studies.sequential import Decision
from wavetank.studies.sizing.representing import table_html
from wavetank.studies.sizing.sought import Sought

if TYPE_CHECKING:
    import pandas

HEADS = ("points that hold, by the model", "runs that held", "P", "95 % interval")


class Option(NamedTuple):
    """One design over the uncertain inputs.

    Attributes
    ----------
    rank : int
        The design.
    predicted : float
        The share of the points at which it holds, by the model.
    held, runs : int
        Of the runs at evenly spread points, how many held; 0 of 0 where none was made.
    """

    rank: int
    predicted: float
    held: int = 0
    runs: int = 0

    @property
    def share(self) -> float:
        """The share of the runs that held; by the model where there are none."""
        return self.held / self.runs if self.runs else self.predicted

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the probability by Wilson; None without runs."""
        return wilson(self.held, self.runs) if self.runs else None


@dataclass(frozen=True, repr=False)
class UncertainSize:
    """The choice of `size` with uncertain inputs. Start with `answer`, `text` and `to_frame`.

    Attributes
    ----------
    scenario : str
        Name of the scenario.
    sought : Sought
        What was looked for.
    rank : int or None
        The rank of the choice: the smallest design that holds with the probability. None where none does.
    probability : float
        With which probability a design has to hold, over the uncertain inputs and over chance together.
    inputs : tuple of str
        The uncertain inputs with their laws.
    options : tuple of Option
        The choice and its neighbours, in the order of their ranks.
    points : int
        How many combinations of the inputs were classified.
    agents : int
        The fleet of the scenario as it is written.
    simulated : str
        What was simulated of the choice.
    seed, runs : int
        The first seed, and how many runs were made.
    """

    scenario: str
    sought: Sought
    rank: int | None
    probability: float
    inputs: tuple[str, ...]
    options: tuple[Option, ...]
    points: int
    agents: int
    simulated: str
    seed: int = 1
    runs: int = 0

    @property
    def answer(self) -> int | None:
        """How many nodes or cores; None where no number was found."""
        return None if self.rank is None else self.sought.value(self.rank)

    @property
    def decision(self) -> Decision:
        """HOLDS where the runs of the choice bear out its probability, else UNDECIDED; FAILS without one."""
        if self.rank is None:
            return Decision.FAILS
        return Decision.HOLDS if self._option(self.rank).share >= self.probability else Decision.UNDECIDED

    def _option(self, rank: int) -> Option:
        return next(option for option in self.options if option.rank == rank)

    @property
    def text(self) -> str:
        """The choice in sentences."""
        return "\n".join(self.sentences())

    def sentences(self) -> Iterator[str]:
        """Yield the choice, what its neighbours do, and what the answer rests on."""
        wanted = f"{self.probability:.2f}"
        if self.rank is None:
            yield f"No number of {self.sought.word} that was tried holds with probability {wanted} or more."
        else:
            share = _share_text(self._option(self.rank))
            yield f"{self.sought.text(self.rank)} hold with probability {share} (asked: {wanted})."
        for option in self.options:
            if option.rank != self.rank:
                yield f"{self.sought.text(option.rank)}: {_share_text(option)}."
        yield f"Uncertain: {'; '.join(self.inputs)}."
        yield (
            f"{self.runs} runs of {self.simulated}; a model of the load and of the logins classified the "
            f"{self.points} points."
        )

    def __repr__(self) -> str:
        answer = "no answer" if self.rank is None else self.sought.text(self.rank)
        return f"<UncertainSize: {self.scenario}: {answer}>"

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield the cells of the table: the value that was looked for, then as `HEADS`."""
        for option in self.options:
            ends = option.interval
            yield (
                f"{self.sought.value(option.rank):,}",
                f"{100 * option.predicted:.0f} %",
                f"{option.held} of {option.runs}" if option.runs else "",
                f"{option.share:.2f}",
                "" if ends is None else f"{ends[0]:.2f} to {ends[1]:.2f}",
            )

    def _repr_html_(self) -> str:
        first, *others = self.sentences()
        notes = "".join(f"<li>{escape(text)}</li>" for text in others)
        table = table_html((self.sought.word, *HEADS), self.rows())
        return f"<p><b>{escape(first)}</b></p>{table}<ul>{notes}</ul>"

    def to_frame(self) -> "pandas.DataFrame":
        """Return a row for each design: the value, predicted share, counts, share and its interval."""
        import pandas

        return pandas.DataFrame.from_records([self._plain(option) for option in self.options])

    def _plain(self, option: Option) -> dict[str, Any]:
        low, high = option.interval or (float("nan"), float("nan"))
        return {
            self.sought.word: self.sought.value(option.rank),
            "is_answer": option.rank == self.rank,
            "predicted": option.predicted,
            "held": option.held,
            "runs": option.runs,
            "probability": option.share,
            "low": low,
            "high": high,
        }

    def to_json(self) -> dict[str, Any]:
        """Return what `size --uncertain ... --json` prints."""
        table = [
            {name: None if value != value else value for name, value in self._plain(option).items()}
            for option in self.options
        ]
        return {
            "scenario": self.scenario,
            "find": self.sought.word,
            "answer": self.answer,
            "decision": self.decision.value,
            "probability": self.probability,
            "inputs": list(self.inputs),
            "points": self.points,
            "agents": self.agents,
            "text": list(self.sentences()),
            "table": table,
            "seed": self.seed,
            "runs": self.runs,
        }


def _share_text(option: Option) -> str:
    if not option.runs:
        return f"{option.predicted:.2f} by the model"
    low, high = wilson(option.held, option.runs)
    return f"{option.share:.2f} ({option.held} of {option.runs} runs, 95 %: {low:.2f} to {high:.2f})"
