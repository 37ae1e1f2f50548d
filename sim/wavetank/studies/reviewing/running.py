"""Run the questions of a review: breadth first, from the cache where there is one, within a budget.

Each round brings every open question a few seeds further, so that clear failures show first. What is decided
follows the order of seeds alone: neither the number of workers nor an interruption changes it.
"""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from wavetank.policy.keyed import replication_seed
from wavetank.studies.cells import Cell, CellStore, CellTask, fill
from wavetank.studies.cells.making import AGENT_S_PER_S
from wavetank.studies.reviewing.judging import Judgement, Sample, judge, sample
from wavetank.studies.reviewing.questions import Question
from wavetank.studies.sequential import Decision
from wavetank.studies.simulate import Share, Watch

CHUNK_S = 20
"""So much work is given out at a time: the budget is looked at between two such pieces."""
Clock = Callable[[], float]


class Answer(NamedTuple):
    """The answer to a question.

    Attributes
    ----------
    question : Question
        The question.
    judgement : Judgement or None
        What is decided; None where nothing was run.
    samples : tuple of Sample
        The metric of each run that was used, in the order of the seeds.
    cells : tuple of Cell
        Those runs.
    finished : bool
        Whether it has the runs that it wants; a budget may have ended it before.
    why_not : str
        Why it could not be run, "" where it could.
    """

    question: Question
    judgement: Judgement | None
    samples: tuple[Sample, ...]
    cells: tuple[Cell, ...]
    finished: bool
    why_not: str


class _Open:
    """A question that is being answered."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.why_not = question.why_not
        self.samples: list[Sample] = []
        self.cells: list[Cell] = []
        self.spent_s = 0.0
        self.wanted = question.rule.least if question.rule.about == "run" else question.rule.looks[0]
        self.judgement: Judgement | None = None

    @property
    def is_open(self) -> bool:
        """Whether it wants more runs."""
        budget_s = self.question.rule.budget_s
        return not self.why_not and len(self.samples) < self.wanted and not 0 < budget_s <= self.spent_s

    def take(self, pair: tuple[Cell, Cell | None]) -> None:
        """Note the next run."""
        failure = pair[0].failure or (pair[1].failure if pair[1] is not None else "")
        self.why_not = self.why_not or failure
        self.samples.append(sample(self.question.rule, pair))
        self.cells.append(pair[0])

    def look(self) -> None:
        """Decide what can be decided, and how many runs are wanted."""
        if len(self.samples) >= self.wanted:
            self.judgement = judge(self.question.rule, self.samples)
            self.wanted = self.judgement.wanted

    def answer(self) -> Answer:
        """Return what came out so far."""
        judgement = self.judgement
        if self.samples and (judgement is None or len(self.samples) < self.wanted):
            judgement = judge(self.question.rule, self.samples)
        used = judgement.runs if judgement is not None else 0
        finished = not self.why_not and len(self.samples) >= self.wanted
        if judgement is not None and judgement.decision is not Decision.UNDECIDED:
            finished = True
        return Answer(
            self.question,
            judgement,
            tuple(self.samples[:used]),
            tuple(self.cells[:used]),
            finished,
            self.why_not or _nothing(self.samples[:used], self.question),
        )


def _nothing(samples: Sequence[Sample], question: Question) -> str:
    """A metric without data must not count as anything."""
    if samples and all(each.value is None and each.least is None for each in samples):
        return f"the runs have no {question.rule.measure.metric}"
    return ""


class Runner:
    """Runs questions, and keeps each run for all of them.

    Parameters
    ----------
    store
        Where runs are read from and put; None: they are kept in memory alone.
    workers, progress
        As for `sweep`.
    budget_s
        Wall time in s after which no more runs are begun; None: no end.
    clock
        Tells the time in s.
    """

    def __init__(
        self,
        store: CellStore | None = None,
        workers: int | None = None,
        progress: Watch | None = None,
        budget_s: float | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self._store, self._workers, self._progress, self._clock = store, workers, progress, clock
        self._end_s = None if budget_s is None else clock() + budget_s
        self._cells: dict[CellTask, Cell] = {}
        self._there = store.keys() if store is not None else set()
        self.simulated = 0

    def answers(self, questions: Sequence[Question]) -> list[Answer]:
        """Answer all questions as far as the budget goes, in the order in which they were asked."""
        asked = [_Open(question) for question in questions]
        while any(each.is_open for each in asked):
            if not self._round(asked):
                break
        return [each.answer() for each in asked]

    def _round(self, asked: Sequence[_Open]) -> bool:
        """Bring every open question to the runs it wants; without a budget, to those that are there.

        Returns False where the budget is used up.
        """
        wanted: list[tuple[_Open, int, tuple[CellTask, ...]]] = []
        for each in asked:
            if each.is_open:
                for index in range(len(each.samples), each.wanted):
                    wanted.append((each, index, seeded(each.question, index)))
        # neighbours with the same seed share their twin, the fleet without faults
        wanted.sort(key=lambda entry: entry[1])
        goes_on = True
        for chunk in self._chunks(wanted):
            if not all(task in self._cells for _, _, tasks in chunk for task in tasks):
                goes_on = goes_on and not self._is_over()
                if goes_on:
                    self._run(asked, chunk)
            for each, index, tasks in chunk:
                pair = [self._cells[task] for task in tasks if task in self._cells]
                # where a budget has ended, a question may have a gap: what follows is not taken
                if index == len(each.samples) and len(pair) == len(tasks):
                    each.take((pair[0], pair[1] if len(pair) > 1 else None))
        for each in asked:
            each.look()
        return goes_on

    def _chunks(
        self, wanted: Sequence[tuple[_Open, int, tuple[CellTask, ...]]]
    ) -> list[list[tuple[_Open, int, tuple[CellTask, ...]]]]:
        """Cut a round into pieces of some seconds of work; runs that are there cost nothing."""
        chunks: list[list[tuple[_Open, int, tuple[CellTask, ...]]]] = [[]]
        work_s = 0.0
        for entry in wanted:
            for task in entry[2]:
                if not self._read(task):
                    work_s += task.resolved.agents * task.resolved.duration_ns / 1e9 / AGENT_S_PER_S
            chunks[-1].append(entry)
            if work_s >= CHUNK_S:
                chunks.append([])
                work_s = 0.0
        return [chunk for chunk in chunks if chunk]

    def _read(self, task: CellTask) -> bool:
        """Whether a run is there, in memory or on disk."""
        if task in self._cells:
            return True
        if self._store is None:
            return False
        key = task.key
        cell = self._store.read(key) if key in self._there else None
        if cell is not None:
            self._cells[task] = cell
        return cell is not None

    def _is_over(self) -> bool:
        return self._end_s is not None and self._clock() >= self._end_s

    def _run(self, asked: Sequence[_Open], chunk: Sequence[tuple[_Open, int, tuple[CellTask, ...]]]) -> None:
        missing = list(
            dict.fromkeys(task for _, _, tasks in chunk for task in tasks if task not in self._cells)
        )
        begun_s = self._clock()
        cells = fill(missing, self._store, self._workers, self._watch(asked), "runs")
        self._cells.update(zip(missing, cells, strict=True))
        self.simulated += len(missing)
        each_s = (self._clock() - begun_s) / len(chunk)
        for each, _, _ in chunk:
            each.spent_s += each_s

    def _watch(self, asked: Sequence[_Open]) -> Watch | None:
        """Tell how many claims are decided, and which failed last."""
        progress = self._progress
        if progress is None:
            return None
        decided = [each for each in asked if not each.is_open]
        failed = [each for each in decided if each.judgement and each.judgement.decision is Decision.FAILS]
        last = ""
        if failed:
            place = failed[-1].question.place
            last = f", {place.decision}/{place.claim} fails for {place.option}"
        before, title = len(decided) / len(asked), f"{len(decided)} of {len(asked)} claims{last}"

        def watch(shares: Sequence[Share]) -> None:
            progress([share._replace(title=title, done=min(0.999, max(before, 0.0))) for share in shares[:1]])

        return watch


def seeded(question: Question, index: int) -> tuple[CellTask, ...]:
    """Return the runs of a question with its index-th seed; compared options have the same."""
    made = []
    for task in question.tasks:
        seed = replication_seed(question.scenario.spec.seed, index)
        made.append(task._replace(resolved=task.resolved._replace(seed=seed)))
    return tuple(made)
