"""Sequence diagrams of one agent, from the trace of a run: repeats folded, on one page."""

from collections.abc import Callable, Sequence

from wavetank.errors import WavetankError
from wavetank.face.uml.folding import Block, Gap, cut, folded
from wavetank.face.uml.page import GREY, RULE, Drawing, Page, shortened
from wavetank.face.uml.steps import COMMANDS, Fate, Step, Way, steps
from wavetank.policy.codes import Stream
from wavetank.results.result import Result
from wavetank.studies.formatting import duration, many

MOST_LINES, MOST_DETAILS = 34, 16
"""So many lines fit on a page; so many at most if every message of a connection is to be one of them."""

LONG_NS = 1_000_000_000
"""A pause that is told."""

# Okabe and Ito (2008), the lighter ones darkened: told apart by colour-blind people, too.
COLOURS = {
    Stream.REGISTER: "#000000",
    Stream.LOGIN: "#B34700",
    Stream.STATELESS: "#0072B2",
    Stream.STATEFUL: "#00714F",
    Stream.COMMANDS: "#8F4775",
    Stream.HEARTBEAT: "#6B5B00",
}
STYLE = (
    "hide footbox",
    "skinparam sequenceMessageAlign left",
    "skinparam responseMessageBelowArrow false",
    "skinparam sequenceParticipantBorderColor " + RULE,
    "skinparam sequenceParticipantBackgroundColor #F5F5F5",
    "skinparam sequenceLifeLineBorderColor " + RULE,
    "skinparam sequenceGroupBorderColor " + RULE,
    "skinparam sequenceDividerBackgroundColor #FCE9DC",
    "skinparam sequenceDividerBorderColor #B03030",
    "skinparam noteBackgroundColor transparent",
    "skinparam noteBorderColor transparent",
    "skinparam noteFontColor " + GREY,
    "skinparam noteFontSize 12",
    "skinparam ParticipantPadding 150",
)


class NothingToDraw(WavetankError):
    """There is nothing to draw: it did not happen, or was not traced."""


def sequence_source(result: Result, agent: int, begin_s: float, end_s: float) -> str:
    """PlantUML source of what `agent` said and heard from `begin_s` to `end_s` of the first replication.

    Raises NothingToDraw when the agent was not traced, or is silent all that time.
    """
    return sequence_drawing(result, agent, begin_s, end_s).source


def sequence_drawing(
    result: Result, agent: int, begin_s: float, end_s: float, name: str = "sequence", title: str = ""
) -> Drawing:
    """The same as a drawing; `title` None is the scenario's name."""
    nodes = sorted({row.node for row in result.trace_rows if row.agent == agent and row.node >= 0})

    def within(compact: bool) -> list[Step]:
        steps = steps_of(result, agent, compact)
        return [step for step in steps if begin_s * 1e9 <= step.at_ns < end_s * 1e9]

    if all(step.way is Way.NONE for step in within(False)):
        span = f"from {clock(round(begin_s * 1e9))} to {clock(round(end_s * 1e9))}"
        raise NothingToDraw(f"agent {agent} says and hears nothing {span}")
    compact, blocks = _fitted(within)
    page = Page(shortened(title or result.scenario, 90), STYLE)
    page.add(
        f'participant "{page.say(f"agent {agent}")}" as A', f'participant "{page.say(*_server(nodes))}" as S'
    )
    _draw(page, blocks)
    page.caption(*_caption(result, compact))
    return page.drawing(name)


def steps_of(result: Result, agent: int, compact: bool) -> list[Step]:
    """All steps of an agent in the trace. Raises NothingToDraw when it was not traced."""
    rows = [row for row in result.trace_rows if row.agent == agent]
    if not rows:
        raise NothingToDraw(
            f"agent {agent} was not traced, or sent nothing; trace it: run(..., trace_agents=[{agent}])"
        )
    return steps(rows, result.faults, end_ns(result), compact)


def _server(nodes: Sequence[int]) -> tuple[str, ...]:
    if len(nodes) < 2:
        return ("server",)
    told = ", ".join(map(str, nodes)) if len(nodes) < 7 else f"{nodes[0]} to {nodes[-1]}"
    return "server", f"nodes {told}"


def _caption(result: Result, compact: bool) -> list[str]:
    lines = [f"Times are the agent's. {provenance(result)}"]
    if compact:
        lines.append("Setting up a connection is one arrow; its orderly end is left out.")
    if result.trace_cut:
        lines.append("The trace was cut off when it was full.")
    return lines


def provenance(result: Result) -> str:
    """Where the times in a diagram come from."""
    return f"Engine {result.engine}, seed {result.seed}, model version {result.model_version}."


def end_ns(result: Result) -> int:
    """When the run ended, at the earliest: somewhere in its last bin."""
    starts = result.columns["t_s"]
    return round(starts[-1] * 1e9) if starts else 0


def _fitted(within: Callable[[bool], list[Step]]) -> tuple[bool, Sequence[Block | Gap]]:
    """As much detail as a page holds: every message, or connections in one arrow, or the middle cut out."""
    blocks: list[Block] = []
    for compact, least, most_lines in (
        (False, 3, MOST_DETAILS),
        (True, 3, MOST_LINES),
        (True, 2, MOST_LINES),
    ):
        blocks = folded(within(compact), least)
        if sum(block.lines for block in blocks) <= most_lines:
            return compact, blocks
    return True, cut(blocks, MOST_LINES)


# ---- lines ---------------------------------------------------------------------------------


def _draw(page: Page, blocks: Sequence[Block | Gap]) -> None:
    before_ns: int | None = None
    for block in blocks:
        if isinstance(block, Gap):
            page.add(f"...{page.say(_left_out(block))}...")
            before_ns = None
            continue
        _pause(page, before_ns, block.steps[0])
        if len(block.rounds) > 1:
            span_ns = block.rounds[-1][-1].at_ns - block.steps[0].at_ns
            times = f"{len(block.rounds)} times in {duration(span_ns / 1e9)}"
            page.add(f"loop {page.say(times)}")
        at_ns: int | None = None
        for steps_there in zip(*block.rounds, strict=True):
            _pause(page, at_ns, steps_there[0])
            _line(page, steps_there)
            at_ns = steps_there[0].at_ns
        if len(block.rounds) > 1:
            page.add("end")
        before_ns = block.rounds[-1][-1].at_ns


def _left_out(gap: Gap) -> str:
    """How many messages, and which faults begin or end among them: these are never left out."""
    steps_there = [
        step for block in gap.left_out for steps_of_round in block.rounds for step in steps_of_round
    ]
    faults = [step for step in steps_there if step.way is Way.NONE]
    span = f"{clock(steps_there[0].at_ns)} to {clock(steps_there[-1].at_ns)}"
    told = [f"{step.kind}, {_short_clock(step.at_ns)}" for step in faults]
    return "; ".join([f"{many(len(steps_there) - len(faults), 'more message')} from {span}", *told])


def _pause(page: Page, before_ns: int | None, step: Step) -> None:
    if before_ns is not None and step.at_ns - before_ns >= LONG_NS and step.way is not Way.NONE:
        later = f"{duration((step.at_ns - before_ns) / 1e9)} later"
        page.add(f"...{page.say(later)}...")


def _line(page: Page, alike: Sequence[Step]) -> None:
    step = alike[0]
    if step.way is Way.NONE:
        page.add(f"== {page.say(f'{step.kind}, {_short_clock(step.at_ns)}')} ==")
        return
    text = page.say(_text(alike))
    colour = COLOURS[Stream(step.stream)]
    if step.way is Way.UP:
        arrow = f"A -[{colour}]>x S" if step.fate is Fate.LOST else f"A -[{colour}]> S"
    elif step.way is Way.DOWN:
        arrow = f"S -[{colour}]->x A" if step.fate is Fate.LOST else f"S -[{colour}]-> A"
    else:
        arrow = f"A <-[{colour}]> S"
    page.add(f"{arrow} : {text}", f"note left: {page.say(clock(step.at_ns))}")


def _text(alike: Sequence[Step]) -> str:
    step = alike[0]
    text = step.kind
    events = _range([each.events for each in alike])
    if COMMANDS in text:
        text = text.replace(COMMANDS, f"200, {_counted(events, 'command')}")
    elif step.way is Way.UP and events != "0":
        text += f", {_counted(events, 'event')}"
    if max(each.attempt for each in alike) > 1:
        text += f", attempt {_range([each.attempt for each in alike])}"
    if step.way is Way.BOTH:
        text += f" ({_durations([each.waited_ns for each in alike])})"
    elif step.waited_ns:
        text += f" after {_durations([each.waited_ns for each in alike])}"
    return text if step.fate is Fate.ARRIVED else f"{text} ({step.fate.value})"


def _range(values: Sequence[int]) -> str:
    low, high = min(values), max(values)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _counted(amount: str, noun: str) -> str:
    return f"{amount} {noun}" if amount == "1" else f"{amount} {noun}s"


def _durations(values_ns: Sequence[int]) -> str:
    low, high = (duration(value / 1e9) for value in (min(values_ns), max(values_ns)))
    return low if low == high else f"{low} to {high}"


def _short_clock(at_ns: int) -> str:
    """An instant, without a fraction that is none: "2:00"."""
    return clock(at_ns).removesuffix(".000")


def clock(at_ns: int) -> str:
    """An instant: "2:00.040", "1:03:30.000"."""
    whole, ms = divmod(round(at_ns / 1e6), 1000)
    hours, minutes, seconds = whole // 3600, whole % 3600 // 60, whole % 60
    if hours:
        return f"{hours}:{minutes:02d}:{seconds:02d}.{ms:03d}"
    return f"{minutes}:{seconds:02d}.{ms:03d}"
