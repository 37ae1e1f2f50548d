from typing import Any

import pytest

from tests.unit.engines.live.cases import few
from wavetank.engines.live.comparing import enter, stored_events
from wavetank.engines.live.fleet import FleetReport
from wavetank.policy.codes import Stream
from wavetank.results.histogram import Histogram
from wavetank.results.tally import empty_tally

SECURE, LOSSY = Stream.STATEFUL, Stream.STATELESS


def event(agent: str, stream: str, number: int, **more: Any) -> dict[str, Any]:
    return {"agent": agent, "stream": stream, "data": f"{number} ....", **more}


def report(delivered: int, unsure: int = 0) -> FleetReport:
    """Agent 0 had stateful events 0 to `delivered` - 1 acknowledged, and gave up 10 and 11."""
    tally = empty_tally(few().resolve())
    tally.events[1].delivered = delivered
    given_up = {(0, int(SECURE)): [(10, 12)]}
    return FleetReport(
        tally, {(0, int(SECURE)): [(0, delivered)]}, given_up, {SECURE: unsure, LOSSY: 0}, Histogram()
    )


def test_both_sides_agree() -> None:
    kept = report(3, unsure=2)
    listed = [event("a", "stateful", n) for n in (0, 1, 2, 10)]
    stored = stored_events([*listed, event("stranger", "stateful", 0)], {"a": 0})
    assert enter(kept, stored, 1, False).problems == []
    counts = kept.tally.events[1]
    assert (counts.received, counts.duplicated, counts.dropped_but_received) == (4, 1, 1)


def test_what_was_acknowledged_must_be_there() -> None:
    stored = stored_events([event("a", "stateful", n) for n in (0, 2)], {"a": 0})
    (problem,) = enter(report(3), stored, 0, True).problems
    assert problem == "1 stateful events were acknowledged to the agents and are not stored"


@pytest.mark.parametrize("killed", [False, True])
def test_stateless_events_may_die_with_a_server_that_is_killed(killed: bool) -> None:
    kept = report(0)
    kept.tally.events[0].delivered = 2
    kept.acknowledged[0, int(LOSSY)] = [(0, 2)]
    compared = enter(kept, stored_events([event("a", "stateless", 0)], {"a": 0}), 0, killed)
    assert (compared.lost, len(compared.problems)) == ((1, 0) if killed else (0, 1))


def test_more_than_was_sent_is_noticed() -> None:
    stored = stored_events([event("a", "stateful", n) for n in range(5)], {"a": 0})
    (problem,) = enter(report(3, unsure=1), stored, 0, False).problems
    assert problem == "the server has 1 stateful events more than the agents have sent"


def test_repeats_of_stateless_events_are_seen_by_their_numbers() -> None:
    kept = report(0)
    kept.unsure[LOSSY] = 2
    listed = [event("a", "stateless", n) for n in (0, 0)]
    assert enter(kept, stored_events(listed, {"a": 0}), 0, False).problems == []
    assert (kept.tally.events[0].received, kept.tally.events[0].duplicated) == (1, 1)
