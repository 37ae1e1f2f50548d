"""Define a question: a claim about one option or about a whole design, with the run that answers it.

Runs carry no limit, so claims on the same situation share their runs, and a changed limit costs no new run.
Questions that cannot be answered are found here, before anything runs: no fault in the situation, or a run
that ends before the recovery or the echo that the claim is about can be seen.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from shlex import quote
from typing import NamedTuple

from wavetank.errors import ScenarioError, UnsupportedByEngine
from wavetank.results.judge.grid import grid_of
from wavetank.results.judge.plan import FOREVER_NS
from wavetank.results.windows import RECOVERY
from wavetank.scenario import Scenario
from wavetank.scenario.resolved import Objective, Resolved
from wavetank.scenario.tree import Tree
from wavetank.studies.cells import CellTask, cell_task
from wavetank.studies.formatting import duration
from wavetank.studies.judge_plan import plan_of
from wavetank.studies.reviewing.rules import AT_MOST, Rule
from wavetank.units import SECOND


class Place(NamedTuple):
    """Which question it is.

    Attributes
    ----------
    decision, claim, option : str
        Whose claim about which option.
    value : str
        The changed key, "KEY=VALUE", of a flip; else "".
    part : str
        "" for the decision by itself; "whole" for the whole design; "without ID" for the design with one
        decision taken back.
    """

    decision: str
    claim: str
    option: str
    value: str = ""
    part: str = ""


@dataclass(frozen=True)
class Question:
    """One question.

    Attributes
    ----------
    place : Place
        Which one.
    rule : Rule
        The claim in numbers.
    scenario : Scenario
        What is simulated.
    task : CellTask or None
        The run with the first seed; None where no engine can run it.
    other : CellTask or None
        The run of the option that it is compared with.
    gating : bool
        Whether the exit status depends on it.
    command : str
        The command that makes one such run.
    why_not : str
        Why it cannot be run, "" where it can.
    """

    place: Place
    rule: Rule
    scenario: Scenario
    task: CellTask | None
    other: CellTask | None
    gating: bool
    command: str
    why_not: str = ""

    @property
    def tasks(self) -> tuple[CellTask, ...]:
        """The runs of one seed: its own, and that of the other option."""
        return tuple(task for task in (self.task, self.other) if task is not None)


def task_of(scenario: Scenario, rule: Rule, engine: str | None) -> CellTask:
    """Return the run of a scenario, without any limit: claims on one situation share their runs.

    Raises UnsupportedByEngine.
    """
    resolved = scenario.resolve()
    # the window "during" lasts as long as the scenario's own bound of `recovery` says
    within = tuple(each for each in resolved.objectives if each.metric == RECOVERY)
    windowed = "@" in rule.measure.metric
    objectives = (*within, Objective(rule.measure.metric, 0.0)) if windowed and within else ()
    return cell_task(resolved._replace(objectives=objectives), engine)


def question(
    place: Place, rule: Rule, scenarios: tuple[Scenario, ...], base: str, gating: bool, engine: str | None
) -> Question:
    """Return a question with its runs; where an engine cannot run it, it says why.

    `scenarios` are its own and, of a comparison, that of the other option; `base` is the name of the
    scenario that its own is made of.
    """
    scenario = scenarios[0]
    words = ["wavetank run", quote(base), *(f"--set {quote(override.text)}" for override in scenario.sets)]
    why = _uncovered(scenario.resolve(), rule)
    tasks: list[CellTask] = []
    try:
        tasks += [task_of(each, rule, engine) for each in scenarios]
    except UnsupportedByEngine as error:
        why = str(error)
    own, other = (*tasks, None, None)[:2]
    return Question(place, rule, scenario, own, other, gating, " ".join(words), why)


def _last_end_ns(resolved: Resolved) -> int:
    return max((span.end_ns for span in plan_of(resolved).faults), default=0)


def _uncovered(resolved: Resolved, rule: Rule) -> str:
    """Why a claim on an echo cannot be judged: the run ends before the tokens do."""
    life_ns = plan_of(resolved).token_life_ns
    end_ns = _last_end_ns(resolved)
    if not rule.measure.is_echo or not life_ns or resolved.duration_ns > end_ns + life_ns:
        return ""
    return (
        f"tokens live {duration(life_ns / SECOND)} and the run ends "
        f"{duration((resolved.duration_ns - end_ns) / SECOND)} after the fault, before they expire"
    )


def misplaced(rule: Rule, resolved: Resolved, tree: Tree, index: int) -> Iterator[ScenarioError]:
    """Yield what makes a claim impossible in its situation: no fault, or a run that ends too early."""
    metric = rule.measure.metric
    if not resolved.faults and (rule.measure.is_recovery or "@" in metric):
        advice = "its situation has no fault, so there is nothing to measure; add one to its set"
        yield tree.error(("claim", index, "window" if "@" in metric else "metric"), advice)
        return
    end_ns = _last_end_ns(resolved)
    if not metric.startswith(RECOVERY) or rule.sense != AT_MOST or rule.than or end_ns >= FOREVER_NS:
        return
    needed_ns = end_ns + round(rule.limit * SECOND) + grid_of(resolved).hold_ns
    if resolved.duration_ns < needed_ns:
        have, need = (duration(ns / SECOND) for ns in (resolved.duration_ns, needed_ns))
        minutes = -(-needed_ns // (60 * SECOND))
        message = f"the run of {have} ends too early for this limit, which takes {need}"
        yield tree.error(("claim", index, "max"), f"{message}; set duration={minutes}min")
