from dataclasses import fields

from tests.unit.results.cases import RESTART, resolved_of, small_tally
from wavetank.results.histogram import UNIT
from wavetank.results.tally import Tally
from wavetank.studies.flatten import flattened


def test_every_field_is_in_it() -> None:
    flat = flattened(small_tally(resolved_of()))
    names = {name.partition(".")[0] for name in flat}
    assert names == {field.name for field in fields(Tally)} - {
        "trace",
        "trace_cut",
        "requests",
        "said",
        "measured",
    }


def test_places_have_names() -> None:
    tally = small_tally(resolved_of())
    tally.server_wait[1].add(100)
    tally.busy_ns[1][3] = 7
    tally.states = [bytes([0, 3])]
    flat = flattened(tally)
    assert flat["issued.login"] == 2
    assert flat["events.stateless.dropped.overflow"] == 3
    assert flat["server_wait.login.bin 100"] == UNIT
    assert flat["busy_ns.1.login"] == 7
    assert flat["event_latency.1.stateful.created"] == 4
    assert flat["states.0.1"] == 3
    faulty = flattened(small_tally(resolved_of()._replace(faults=(RESTART,))))
    assert faulty["windows.before.event_latency.1.stateful.created"] == 4
    assert flat["series.busy_ns.length"] == 2


def test_tallies_are_equal_exactly_when_their_counts_are() -> None:
    left, other = small_tally(resolved_of()), small_tally(resolved_of())
    before = flattened(left)
    assert before == flattened(other)
    other.request_latency[2].add_many(5, 3)
    assert left != other
    differing = {name for name, value in flattened(other).items() if before.get(name) != value}
    assert differing == {
        f"request_latency.stateless.{part}" for part in ("count", "sum_ns", "max_ns", "bin 5")
    }
