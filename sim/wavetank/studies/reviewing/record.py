"""A review as data: `review.json`. Pages, records and tables are drawn from it, without simulating anything.

It holds no wall time and no path, so that the same inputs give the same file on any machine. Numbers are in
SI units; None stands for a figure that is not known or not finite. The JSON Schema is derived from these
models.
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from wavetank.errors import WavetankError
from wavetank.scenario.notebook import html_of

if TYPE_CHECKING:
    import pandas

FILE = "review.json"
Verdict = Literal["holds", "fails", "undecided", "not finished", "not runnable"]
VERDICTS: tuple[Verdict, ...] = ("holds", "fails", "undecided", "not finished", "not runnable")


class ReviewError(WavetankError):
    """A file that is no review: which, and why."""


class Plain(BaseModel):
    """A part of a review: frozen, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")


class RowRecord(Plain):
    """A claim about one option, and what came out. Values are in the metric's unit; null: none, or never."""

    claim: str
    option: str
    value: str = ""
    verdict: Verdict
    why_not: str = ""
    gating: bool = False
    metric: str = ""
    quantity: str = "number"
    sense: str = ""
    limit: float | None = None
    than: str = ""
    about: str = ""
    probability: float | None = None
    confidence: float | None = None
    runs: int = 0
    held: int = 0
    failed: int = 0
    p_low: float | None = None
    p_high: float | None = None
    needed: int = 0
    median: float | None = None
    least: float | None = None
    greatest: float | None = None
    never: int = 0
    mean: float | None = None
    mean_low: float | None = None
    mean_high: float | None = None
    median_low: float | None = None
    median_high: float | None = None
    flips_at: float | None = None
    flips_low: float | None = None
    flips_high: float | None = None
    hash: str = ""
    engine: str = ""
    command: str = ""


class OptionRecord(Plain):
    """An option as the decision states it."""

    id: str
    title: str
    scenario: str = ""
    set: tuple[str, ...] = ()
    library: str = ""
    good: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()


class ClaimRecord(Plain):
    """A claim as the decision states it, with its number in the text."""

    id: str
    text: str
    situation: str = ""
    metric: str = ""
    fact: str = ""


class FlipRecord(Plain):
    """A claim again with other values of a key."""

    claim: str
    option: str
    key: str
    rows: tuple[RowRecord, ...]


class DecisionRecord(Plain):
    """A decision with all that came out."""

    id: str
    title: str
    status: str
    date: str
    review_by: str = ""
    decided_by: tuple[str, ...] = ()
    consulted: tuple[str, ...] = ()
    informed: tuple[str, ...] = ()
    supersedes: str = ""
    affects: tuple[str, ...] = ()
    context: str
    drivers: tuple[str, ...] = ()
    chosen: str = ""
    missing: tuple[str, ...] = ()
    scenario: str = ""
    set: tuple[str, ...] = ()
    options: tuple[OptionRecord, ...]
    situations: dict[str, str] = {}
    claims: tuple[ClaimRecord, ...] = ()
    rows: tuple[RowRecord, ...] = ()
    flips: tuple[FlipRecord, ...] = ()
    good: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()
    sources: dict[str, str] = {}
    notes: tuple[str, ...] = ()

    def option(self, name: str) -> OptionRecord:
        """Return an option by its name."""
        return next(option for option in self.options if option.id == name)

    def claim(self, name: str) -> ClaimRecord:
        """Return a claim by its name."""
        return next(claim for claim in self.claims if claim.id == name)

    def row(self, claim: str, option: str) -> RowRecord | None:
        """Return what came out of a claim about an option; None where it is not about it."""
        return next((row for row in self.rows if (row.claim, row.option) == (claim, option)), None)

    def of_option(self, option: str) -> tuple[RowRecord, ...]:
        """Return what came out about an option."""
        return tuple(row for row in self.rows if row.option == option)


class Review(Plain):
    """The result of a review of decisions.

    Attributes
    ----------
    wavetank, model_version : str and int
        What it was made with.
    decisions : tuple of DecisionRecord
        Each decision with its claims (`rows`), its flips and what follows from them (`notes`).

    Examples
    --------
    >>> import wavetank as wt
    >>> made = wt.review(only=["token-lifetime"], budget_s=0)
    >>> made.decision("token-lifetime").chosen, len(made.gating)
    ('15min-spread', 6)
    """

    format: Literal[1] = 1
    wavetank: str
    model_version: int
    decisions: tuple[DecisionRecord, ...]

    @property
    def gating(self) -> tuple[RowRecord, ...]:
        """The rows that the exit status depends on."""
        return tuple(row for decision in self.decisions for row in decision.rows if row.gating)

    @property
    def runs(self) -> int:
        """How many runs were judged, each counted for every claim that looks at it."""
        rows = [row for decision in self.decisions for row in decision.rows]
        return sum(row.runs for row in rows if row.metric)

    def _repr_html_(self) -> str:
        """Return the page that a notebook shows."""
        return html_of("review", self)

    def decision(self, name: str) -> DecisionRecord:
        """Return a decision by its id."""
        return next(decision for decision in self.decisions if decision.id == name)

    def to_frame(self) -> "pandas.DataFrame":
        """Return the claims, a row each: `decision`, then the fields of review.json's rows.

        Numbers are in SI units; NaN where there is none.
        """
        rows = [
            (decision.id, *row.model_dump().values()) for decision in self.decisions for row in decision.rows
        ]
        import pandas

        frame = pandas.DataFrame(rows, columns=["decision", *RowRecord.model_fields])
        numbers = [name for name, field in RowRecord.model_fields.items() if field.annotation == float | None]
        return frame.astype(dict.fromkeys(numbers, "float64"))

    def to_text(self) -> str:
        """Return the text of review.json."""
        return json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    @property
    def digest(self) -> str:
        """The first 16 digits of the sha256 of review.json."""
        return sha256(self.to_text().encode()).hexdigest()[:16]


def read_review(path: Path | str) -> Review:
    """Read a review from a folder or a file. Raises ReviewError."""
    file = Path(path) / FILE if Path(path).is_dir() else Path(path)
    try:
        return Review.model_validate_json(file.read_bytes())
    except OSError as error:
        raise ReviewError(f"{path}: there is no review: {error.strerror or error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        problem = f"this is no review.json of this version: {place}: {first['msg']}"
        raise ReviewError(f"{file}: {problem}") from None


def review_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of review.json."""
    schema = Review.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "wavetank review"}
