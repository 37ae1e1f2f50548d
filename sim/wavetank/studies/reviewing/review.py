"""Define `review`: run the claims of decisions, and say which hold, which fail and which are open.

The steps are reading, planning, running and recording, each in its own module. Mistakes in the files end
the review before anything is run. The result lists decisions in the order of the files and holds no wall
time, so it is the same for any number of workers and on any machine.
"""

import datetime
from collections.abc import Iterable, Sequence
from pathlib import Path

from wavetank.errors import ScenarioError
from wavetank.results.provenance import MODEL_VERSION, wavetank_version
from wavetank.studies.cells import CellStore
from wavetank.studies.reviewing.checks import PLACEHOLDER, warnings
from wavetank.studies.reviewing.facts import FactReader
from wavetank.studies.reviewing.notes import notes_of
from wavetank.studies.reviewing.planning import Plan, Planner
from wavetank.studies.reviewing.questions import Place
from wavetank.studies.reviewing.reading import Loaded, read_decisions
from wavetank.studies.reviewing.record import (
    ClaimRecord,
    DecisionRecord,
    FlipRecord,
    OptionRecord,
    Review,
    RowRecord,
)
from wavetank.studies.reviewing.rows import fact_row, row_of
from wavetank.studies.reviewing.running import Answer, Runner
from wavetank.studies.reviewing.schema import Claim
from wavetank.studies.simulate import Watch


def review(
    places: Sequence[Path | str] = (),
    *,
    only: Iterable[str] = (),
    budget_s: float | None = None,
    seeds: int | None = None,
    engine: str | None = None,
    workers: int | None = None,
    cache: Path | str | None = None,
    models: Path | None = None,
    progress: Watch | None = None,
    reader: FactReader | None = None,
) -> Review:
    """Run every claim of some decisions, and say what holds.

    Parameters
    ----------
    places : sequence of Path or str
        Files of decisions, and folders of them; by default the catalogue's.
    only : iterable of str
        Ids of decisions: the others are left out.
    budget_s : float, optional
        Wall time in s after which no more runs are begun; what is open then is "not finished".
    seeds : int, optional
        Runs of a claim at most, instead of what the files say.
    engine, workers, progress
        As for `sweep`. The answer is the same for any number of workers.
    cache : Path or str, optional
        Folder in which runs are kept. A review that was stopped goes on where it was.
    models : Path, optional
        The user's catalogue.
    reader : callable, optional
        Reads facts that are in no scenario, such as measurements of libraries.

    Raises
    ------
    ScenarioError
        Every mistake in the files, at line and column; then nothing has been run.

    Examples
    --------
    >>> import wavetank as wt
    >>> made = wt.review(only=["token-lifetime"], budget_s=0)
    >>> [row.verdict for row in made.decisions[0].rows if row.claim == "revocation"]
    ['holds', 'holds', 'fails', 'holds', 'not runnable']
    """
    decisions = read_decisions(places, models, only)
    plan = Planner(models, engine, seeds, reader).plan(decisions)
    store = CellStore(cache) if cache is not None else None
    answers = Runner(store, workers, progress, budget_s).answers(plan.questions)
    return review_of(plan, answers)


def review_of(plan: Plan, answers: Sequence[Answer]) -> Review:
    """Return the review that answers make, in the order of the files."""
    rows = {answer.question.place: row_of(answer) for answer in answers}
    facts = {asked.place: fact_row(asked) for asked in plan.facts}
    made = tuple(_decision(loaded, rows | facts) for loaded in plan.decisions)
    return Review(wavetank=wavetank_version(), model_version=MODEL_VERSION, decisions=made)


def remarks(decisions: Iterable[Loaded]) -> list[ScenarioError]:
    """Return what the files say that may be meant otherwise, at line and column."""
    return [warning for loaded in decisions for warning in warnings(loaded.spec, loaded.tree)]


def overdue(decisions: Iterable[Loaded], today: datetime.date) -> list[ScenarioError]:
    """Return the decisions that should have been looked at again by a day, at line and column."""
    return [
        loaded.tree.error(("review_by",), f"{loaded.spec.id} was to be looked at again by this day")
        for loaded in decisions
        if loaded.spec.review_by is not None and loaded.spec.review_by < today
    ]


def _decision(loaded: Loaded, rows: dict[Place, RowRecord]) -> DecisionRecord:
    spec = loaded.spec
    mine = [row for place, row in rows.items() if place.decision == spec.id]
    plain = [row for row in mine if not row.value]
    order = {claim.id: index for index, claim in enumerate(spec.claims)}
    options = {name: index for index, name in enumerate(spec.option)}
    plain.sort(key=lambda row: (order[row.claim], options[row.option]))
    record = DecisionRecord(
        **spec.model_dump(
            include={
                "id",
                "title",
                "status",
                "decided_by",
                "consulted",
                "informed",
                "supersedes",
                "affects",
                "context",
                "drivers",
                "chosen",
                "missing",
                "sources",
            }
        ),
        date=spec.date.isoformat(),
        review_by=spec.review_by.isoformat() if spec.review_by is not None else "",
        scenario=spec.base.scenario,
        set=spec.base.set,
        options=tuple(OptionRecord(id=name, **option.model_dump()) for name, option in spec.option.items()),
        situations={name: situation.title for name, situation in spec.situation.items()},
        claims=tuple(_claim(claim) for claim in spec.claims),
        rows=tuple(plain),
        flips=tuple(
            FlipRecord(
                claim=flip.claim,
                option=flip.option,
                key=flip.key,
                rows=tuple(
                    row
                    for row in mine
                    if (row.claim, row.option) == (flip.claim, flip.option)
                    and row.value in {f"{flip.key}={value}" for value in flip.values}
                ),
            )
            for flip in spec.flips
        ),
        good=spec.consequences.good,
        bad=spec.consequences.bad,
    )
    return record.model_copy(update={"notes": tuple(notes_of(record))})


def _claim(claim: Claim) -> ClaimRecord:
    numbers = {"max": claim.max, "min": claim.min, "factor": f"{claim.factor:g}"}
    text = PLACEHOLDER.sub(lambda match: str(numbers[match[1]]), claim.text)
    return ClaimRecord(
        id=claim.id, text=text, situation=claim.situation, metric=claim.metric, fact=claim.fact
    )
