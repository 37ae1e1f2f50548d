import pytest

from tests.unit.libraries.conftest import Make
from tests.unit.libraries.records import row, whole
from wavetank.libraries.catalogue import Library, read_library
from wavetank.libraries.costs import uses
from wavetank.libraries.measured import Row
from wavetank.libraries.scale import baseline_of, factor, reference_of


def base(connection: str, events: int, cost: float, tls: str = "full") -> dict[str, object]:
    return row(connection, events, client=cost, server=cost, tls=tls, protocol="tcp")


def run(made: Make, name: str, slow: float) -> Library:
    """A measurement on a machine that was `slow` times slower."""
    record = whole(name)
    for entry in record["rows"]:
        for end in ("client_cpu_us", "server_cpu_us"):
            entry[end] = {key: value * slow for key, value in entry[end].items()}
    record["baseline"] = [base(kind, 100, cost * slow) for kind, cost in (("keep-alive", 100), ("new", 400))]
    return read_library(made(name=name, a=record))


def test_a_slower_run_of_the_same_library_costs_the_same(made: Make) -> None:
    known = [run(made, "one", 1.0), run(made, "two", 2.0), run(made, "three", 1.5)]
    reference = reference_of(known)
    sides = [uses(library, reference)[0].server for library in known]
    for side in sides:
        assert side is not None
        assert side.at(50_000).mid == pytest.approx(140 * 1.5)
        assert side.connect_us is not None
        assert side.connect_us.mid == pytest.approx(500 * 1.5)


def test_without_a_reference_figures_stay_as_they_are(made: Make) -> None:
    (use,) = uses(run(made, "one", 2.0))
    assert use.server is not None
    assert use.server.at(50_000).mid == pytest.approx(280)
    assert reference_of([read_library(made(name="bare"))]) == {}


def asked(connection: str, events: int, tls: str = "full") -> Row:
    return Row.model_validate(row(connection, events, tls=tls))


def test_the_most_alike_case_of_the_baseline_is_taken() -> None:
    rows = [base("keep-alive", 10, 10), base("keep-alive", 100, 20), base("new", 100, 40, "full")]
    rows += [base("new", 100, 80, "resumed")]
    own = baseline_of(Row.model_validate(entry) for entry in rows)
    reference = {of: dict.fromkeys(costs, 400.0) for of, costs in own.items()}
    for case, by in (
        (asked("keep-alive", 10), 40),
        (asked("keep-alive", 90), 20),  # the nearest size
        (asked("stream", 100), 20),  # as a kept connection
        (asked("new", 100), 10),
        (asked("new", 100, "resumed"), 5),
        (asked("new", 10, "curve"), 10),  # as a full handshake
    ):
        assert factor(case, "server", own, reference) == by
    assert factor(asked("new", 100), "server", {}, reference) == 1
