"""Measured counts of a live result: no count that live leaves at 0 may reach a metric."""

import re
from collections.abc import Collection, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from tests.unit.engines.live.cases import few
from wavetank.engines import live
from wavetank.engines.live.measured import COUNTS, METRICS, OF_OUR_SERVER, measured
from wavetank.results.histogram import Histogram
from wavetank.results.metrics import BY_NAME, expand
from wavetank.results.result import series_columns
from wavetank.results.summary import summarise
from wavetank.results.tally import Tally, empty_tally
from wavetank.scenario.resolved import Resolved

RESTART = "fault=[{kind='node-restart', at='1s', node=0, down='1s'}]"
NO_METRIC = {"requests", "trace", "trace_cut", "states", "said", "measured", "ended_ns"}
"""State that a run keeps beside its counts."""
BOUNDS = {f"{where}censor_ns" for where in ("event_latency.", "windows.event_latency.")} | {
    "command_censor_ns",
    "windows.command_censor_ns",
}
"""Lower bounds of what is not over: a live run has none, and without them nothing is said of the rest."""


def leaves(part: object, name: str = "") -> Iterator[tuple[str, object, str]]:
    """Every field of a tally and of its parts: (full name, the part that has it, its name there)."""
    assert is_dataclass(part)
    for field in fields(part):
        value, full = getattr(part, field.name), f"{name}{field.name}"
        while isinstance(value, list) and value and isinstance(value[0], list):
            value = [entry for row in value for entry in row]
        entries = value if isinstance(value, list) else [value]
        if entries and is_dataclass(entries[0]) and not isinstance(entries[0], Histogram):
            for entry in entries:
                yield from leaves(entry, f"{full}.")
        else:
            yield full, part, field.name


def disturbed(value: object) -> object:
    """Another value of the same shape, without a zero in it."""
    if isinstance(value, Histogram):
        value.add_many(1_000_000_000, 7)
        return value
    if isinstance(value, list):
        return [disturbed(entry) for entry in value]
    assert isinstance(value, int), value
    return value + 7


def a_tally(resolved: Resolved, filled: Collection[str]) -> Tally:
    """A tally in which something was counted in each of these fields."""
    tally = empty_tally(resolved)
    tally.series.produced = [0] * -(-len(tally.series.requests) // resolved.sample_bins)
    disturb(tally, filled)
    for latency in (tally.event_latency[0][0], tally.windows[0].event_latency[0][0]):
        latency.created += 3  # some were not delivered
    return tally


def disturb(tally: Tally, names: Collection[str]) -> None:
    for full, part, field in list(leaves(tally)):
        if full in names:
            setattr(part, field, disturbed(getattr(part, field)))


def shown(resolved: Resolved, tally: Tally) -> dict[str, object]:
    """Metrics and columns, as a result has them."""
    columns = series_columns(resolved, tally.series, tally.ended_ns)
    kept = {f"series {name}": column for name, column in columns.items() if tally.measures(name)}
    return {**summarise(resolved, tally), **kept}


def changed(resolved: Resolved, filled: Collection[str], others: Collection[str], own: bool) -> set[str]:
    """The parts of a live result that change when other fields are filled in."""
    before, after = a_tally(resolved, filled), a_tally(resolved, filled)
    before.measured = after.measured = measured(own)
    disturb(after, others)
    old, new = shown(resolved, before), shown(resolved, after)
    return {metric for metric in old.keys() | new.keys() if old.get(metric) != new.get(metric)}


@pytest.fixture(scope="module")
def resolved() -> Resolved:
    return few(RESTART).resolve()


@pytest.mark.parametrize("own_server", [True, False])
def test_no_count_that_live_leaves_alone_reaches_a_result(resolved: Resolved, own_server: bool) -> None:
    """Walks every field of `Tally`, those too that somebody adds tomorrow."""
    filled = COUNTS | (OF_OUR_SERVER if own_server else set())
    others = {full for full, _, _ in leaves(empty_tally(resolved))} - filled - NO_METRIC - BOUNDS
    assert {"silent", "server_wait", "series.queue_length"} <= others
    assert changed(resolved, filled, others, own_server) == set()


def test_every_count_that_live_fills_in_exists_and_is_filled_in(resolved: Resolved) -> None:
    assert {full for full, _, _ in leaves(empty_tally(resolved))} >= COUNTS | OF_OUR_SERVER
    folder = Path(live.__file__).parent
    code = "".join(path.read_text("utf-8") for path in folder.glob("*.py") if path.stem != "measured")
    unused = {name for name in COUNTS | OF_OUR_SERVER if not re.search(rf"\.{name.split('.')[-1]}\b", code)}
    assert unused == set()


def test_every_metric_is_in_the_table() -> None:
    stems = {name.removesuffix(".*") for metric in METRICS for name in expand(metric)}
    assert stems <= BY_NAME.keys()


def test_labels_are_measured_where_all_are() -> None:
    tally = empty_tally(few().resolve())
    assert tally.measures("anything")
    tally.measured = ("a_s.*", "b_s")
    assert all(map(tally.measures, ("a_s", "a_s.desk", "a_s@during", "a_s.desk@before", "b_s", "b_s@after")))
    assert not any(map(tally.measures, ("a", "b_s.desk", "b_s.desk@after", "c_s")))
