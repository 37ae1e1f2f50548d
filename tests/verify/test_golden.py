"""The golden cases: a handful of messages each, worked out by hand to the nanosecond.

No engine wrote them; `golden/README.md` says how a case is read and what was settled on the way.
"""

from collections import Counter
from functools import cache

import pytest

from tests.verify.golden.reading import Case, Value, always, cases, evaluator, on_request, row_of, sorting
from wavetank.engines.reference import run
from wavetank.errors import ScenarioError
from wavetank.policy.codes import EVENT_STREAMS, Stream
from wavetank.protocol.order import Message
from wavetank.results.tally import Tally
from wavetank.results.trace import TRACE_COLUMNS, TraceRow
from wavetank.scenario import load
from wavetank.scenario.resolved import Resolved

CASES = cases()
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@cache
def resolved(case_name: str) -> Resolved | None:
    """The case's scenario, None where the schema does not know one of its keys yet: the case waits."""
    (case,) = (case for case in CASES if case.name == case_name)
    try:
        return load(case.scenario).resolve()
    except ScenarioError as error:
        if error.message.startswith("unknown key"):
            return None
        raise


@cache
def tally_of(case_name: str) -> Tally:
    """The reference engine's run of the case, every agent traced and every request logged."""
    scenario = resolved(case_name)
    assert scenario is not None
    return run(scenario, trace_agents=tuple(range(scenario.agents)), requests=True)


def ready(case: Case) -> tuple[Resolved, Value]:
    """The resolved scenario and what its cells stand for."""
    scenario = resolved(case.name)
    assert scenario is not None
    return scenario, evaluator(scenario.seed, scenario.commands.source)


def test_no_case_waits() -> None:
    waiting = [case.name for case in CASES if resolved(case.name) is None]
    assert not waiting, f"{len(waiting)} of {len(CASES)} cases wait for keys of the schema: {waiting}"


@each_case
def test_case_is_consistent(case: Case) -> None:
    """Check the case without an engine: order, uniqueness, conservation, the conditions of the rows."""
    scenario, value = ready(case)
    rows = [row_of(line, value) for line in case.lines]
    assert [sorting(row) for row in rows] == sorted(sorting(row) for row in rows)
    assert len(set(rows)) == len(rows)
    for row in rows:
        assert 0 <= row.sent_ns < scenario.duration_ns
        assert row.arrived_ns == -1 or row.sent_ns <= row.arrived_ns < scenario.duration_ns
        assert (row.status != 0) == (row.message == Message.RESPONSE)
    for condition in case.requires:
        more, less = condition.split(" > ")
        assert value(more) > value(less), condition
    totals = {key: value(text) for key, text in case.totals.items()}
    started = Counter(stream for _, stream, _, _ in {row[2:6] for row in rows})
    for stream in Stream:
        fates = below(totals, f"attempts.{stream.name.lower()}.")
        assert fates.pop("issued", 0) == sum(fates.values()) == started[stream]
    assert totals.get("retries", 0) == len({row[2:6] for row in rows if row.attempt > 0})
    for stream in EVENT_STREAMS:
        events = below(totals, f"events.{stream.name.lower()}.")
        ends = [
            n for key, n in events.items() if key in ("delivered", "queued") or key.startswith("dropped.")
        ]
        assert events.get("produced", 0) == sum(ends)


def below(totals: dict[str, int], prefix: str) -> dict[str, int]:
    """The totals whose names begin with `prefix`, without it."""
    return {key.removeprefix(prefix): n for key, n in totals.items() if key.startswith(prefix)}


@each_case
def test_messages(case: Case) -> None:
    """Every message of every agent, to the nanosecond."""
    _, value = ready(case)
    expected = [row_of(line, value) for line in case.lines]
    rows = sorted((TraceRow(*row) for row in tally_of(case.name).trace), key=sorting)
    assert rows == expected, first_difference(case, expected, rows)


@each_case
def test_totals(case: Case) -> None:
    """Events and attempts by their fate, and the other totals that the case lists."""
    _, value = ready(case)
    tally = tally_of(case.name)
    pinned, listed = always(tally), {key: value(text) for key, text in case.totals.items()}
    counts = pinned | {key: n for key, n in on_request(tally).items() if key in listed}
    expected = dict.fromkeys(pinned, 0) | listed
    differing = {
        key: (expected[key], counts.get(key)) for key in expected if expected[key] != counts.get(key)
    }
    assert not differing, f"{case.name}: (by hand, engine) {differing}"


def first_difference(case: Case, expected: list[TraceRow], actual: list[TraceRow]) -> str:
    """The first row that differs, from both sides, with the arithmetic of the expected one."""
    same = 0
    while same < min(len(expected), len(actual)) and expected[same] == actual[same]:
        same += 1
    by_hand = shown(expected[same]) if same < len(expected) else "nothing more"
    why = case.lines[same].why if same < len(expected) else f"{len(expected)} rows in all"
    engine = shown(actual[same]) if same < len(actual) else f"nothing more, {len(actual)} rows in all"
    before = shown(actual[same - 1]) if same else "the beginning"
    where = f"{case.name}, row {same + 1} after {before}"
    return f"{where}\n by hand: {by_hand}\n because: {why}\n engine:  {engine}"


def shown(row: TraceRow) -> str:
    """A row as one reads it."""
    words = dict(zip(TRACE_COLUMNS, (f"{cell:_}" for cell in row), strict=True))
    words |= {"stream": Stream(row.stream).name.lower(), "message": Message(row.message).name}
    return ", ".join(f"{name} {word}" for name, word in words.items())
