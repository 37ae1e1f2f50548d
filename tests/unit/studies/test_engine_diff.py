import pytest

from tests.agree.engines import REFERENCE, beside
from tests.unit.studies.cases import QUEUE, STORM, scenario
from wavetank.engines.registry import ENGINES, EVERYTHING, Engine, UnknownEngine
from wavetank.errors import Livelock, MissingExtra, ScenarioError, UnsupportedByEngine
from wavetank.scenario import load, loads
from wavetank.studies.agreement import Agreement
from wavetank.studies.engine_diff import agree, honouring
from wavetank.studies.simulate import Share

STANDSTILL = """
    duration = "10s"
    fleet.agents = 5
    fleet.class = [{ name = "a", stateless = { process = "closed", think = "0s" } }]
"""


def test_equal_to_the_last_request() -> None:
    diff = agree(scenario(STORM), requests=True, among=beside("backwards"))
    assert diff.equal
    assert diff.engines == ("reference", "backwards")
    for part in (diff.metrics, diff.counts, diff.requests):
        assert part is not None
        assert part.equal == part.total > 100
    assert diff.shrunk == ""


def test_without_requests_only_metrics_are_compared() -> None:
    diff = agree(scenario(QUEUE), among=beside("backwards"))
    assert diff.equal
    assert diff.counts is None
    assert diff.requests is None


@pytest.fixture(scope="module")
def late() -> Agreement:
    """The storm beside an engine that is late, shrunk: two seconds of CPU time."""
    return agree(scenario(STORM), requests=True, among=beside("late"), shrink_s=60, seed=77)


def test_nanosecond_is_found_and_shrunk_to_its_first_message(late: Agreement) -> None:
    diff = late
    assert not diff.equal
    assert diff.requests is not None
    assert 0 < diff.requests.equal < diff.requests.total
    (unequal,) = diff.requests.differing
    assert "started 21.020000000" in unequal.values[0]
    assert "started 21.020000001" in unequal.values[1]
    small = loads(diff.shrunk)
    assert small.spec.fleet.agents == 1
    assert [fault.kind for fault in small.spec.fault] == ["node-restart"]
    assert "heartbeat" not in small.tree.raw
    first = diff.divergence
    assert first is not None
    assert diff.divergence_of == ("reference", "late")
    assert "attempt 1, SYN" in first.message
    assert {side for side, _ in first.around} == {0, 1, 2}
    assert not agree(small, requests=True, among=beside("late"), shrink_s=0).equal
    assert agree(small, requests=True, among=beside("backwards")).equal


def test_other_seed_is_kept_in_what_is_shrunk(late: Agreement) -> None:
    assert late.seed == loads(late.shrunk).spec.seed == 77


def test_count_that_no_message_shows_is_found() -> None:
    diff = agree(scenario(QUEUE), requests=True, among=beside("miscounting"))
    assert diff.counts is not None
    assert [difference.what for difference in diff.counts.differing] == ["system_area_ns"]
    assert diff.requests is not None
    assert diff.requests.equal == diff.requests.total
    assert diff.divergence is None
    assert not diff.equal


def test_engine_that_fails_alone_is_a_difference() -> None:
    diff = agree(scenario(STORM), among=beside("failing"))
    (failure,) = diff.failures
    assert failure.values == ("yes", "IndexError: no such fault")
    assert not diff.equal
    assert len(loads(diff.shrunk).spec.fault) == 1


def test_what_all_engines_say_is_said() -> None:
    with pytest.raises(Livelock):
        agree(loads(STANDSTILL), among=beside("backwards"))


def test_engine_that_is_not_installed_is_no_difference() -> None:
    with pytest.raises(MissingExtra, match="pip install"):
        agree(scenario(QUEUE), among=beside("absent"))
    absent = Engine("absent", "nowhere", "", EVERYTHING, needs="no_such_library", extra="fast")
    with pytest.raises(MissingExtra, match="no_such_library is not installed"):
        agree(scenario(QUEUE), among=(REFERENCE, absent))


def test_time_for_shrinking_is_bounded() -> None:
    diff = agree(scenario(STORM), among=beside("late"), shrink_s=1e-9)
    assert loads(diff.shrunk).resolve()._replace(name="") == scenario(STORM).resolve()._replace(name="")


def test_progress_is_told_engine_by_engine() -> None:
    told: list[list[Share]] = []
    agree(scenario(QUEUE), among=beside("backwards"), watch=lambda shares: told.append(list(shares)))
    assert [share.title for share in told[-1]] == ["reference", "backwards"]
    assert told[0][1].done == 0
    assert told[-1][0].done == 1


def test_second_engine_is_needed() -> None:
    with pytest.raises(UnsupportedByEngine, match="only engine reference is there"):
        agree(scenario(QUEUE), among=(REFERENCE,))
    with pytest.raises(UnsupportedByEngine, match="two are needed"):
        agree(scenario(QUEUE), engines=["reference"], among=beside("backwards"))


def test_key_that_the_second_engine_refuses_is_named() -> None:
    bare = Engine("bare", "nowhere", "", frozenset({"process = poisson"}))
    with pytest.raises(UnsupportedByEngine, match=r"bare cannot honour auth\.scheme = server-token"):
        agree(scenario(STORM), among=(REFERENCE, bare))
    with pytest.raises(UnsupportedByEngine, match="bare cannot honour"):
        agree(scenario(STORM), engines=["bare", "reference"], among=(REFERENCE, bare))
    with pytest.raises(UnknownEngine, match="no engine fast"):
        agree(scenario(QUEUE), engines=["reference", "fast"], among=(REFERENCE, bare))


def test_engine_that_is_real_is_held_against_none() -> None:
    real = Engine("real", "nowhere", "", EVERYTHING, real=True)
    with pytest.raises(UnsupportedByEngine, match="only engine reference is there"):
        agree(scenario(QUEUE), among=(REFERENCE, real))
    with pytest.raises(UnsupportedByEngine, match="engine real is the real thing"):
        agree(scenario(QUEUE), engines=["reference", "real"], among=(REFERENCE, real))


def test_engine_that_cannot_is_left_out_where_there_are_others() -> None:
    bare = Engine("bare", "nowhere", "", frozenset())
    chosen = honouring(load("quickstart").resolve(), None, (bare, *beside("backwards")))
    assert [engine.name for engine in chosen] == ["reference", "backwards"]


def test_bad_scenario_is_refused() -> None:
    with pytest.raises(ScenarioError):
        agree("no-such-scenario", among=ENGINES)


def test_plain_values_for_json(late: Agreement) -> None:
    plain = late.to_json()
    assert plain["equal"] is False
    assert plain["requests"]["equal"] < plain["requests"]["total"]
    assert plain["divergence"]["at_ns"] > 0
    assert plain["shrunk"].startswith("name")
