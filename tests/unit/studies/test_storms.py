import pytest

from tests.unit.studies.cases import STORM, resolved
from wavetank.studies.finding import Finding, Level
from wavetank.studies.load import loads
from wavetank.studies.storms import findings, storms

COLD = "fault=[{kind='cold-start', at='10s'}]"
HEAVY = ("server.service.login=1200ms", "server.serve_abandoned=true", "auth.ttl=10min")


def said(*sets: str) -> list[Finding]:
    return list(findings(resolved(STORM, *sets)))


def test_repeats_that_fill_the_cores_may_hold_the_storm_up() -> None:
    """20 agents x 1.202 s every 5 s + 1 s are 4.01 erlangs; 5 s x 2 cores / 1.202 s are 8.3 logins."""
    (finding,) = said(COLD, *HEAVY)
    assert (finding.level, finding.key) == (Level.WARNING, "retry.login.backoff")
    assert "each of 20 agents asks again every 6 s: 4.01 erlangs of login" in finding.text
    assert "from 9 agents at once the fleet may not come back" in finding.text
    assert dict(finding.figures)["cores_free"] == 2


@pytest.mark.parametrize(
    "sets",
    [
        (COLD, *HEAVY, "server.serve_abandoned=false"),
        (COLD, *HEAVY, "retry.login.timeout=20s"),
        (COLD, *HEAVY, "retry.login.backoff.base=10s"),
        (COLD, *HEAVY, "server.cores=5"),
    ],
)
def test_nothing_is_said_where_the_repeats_leave_room(sets: tuple[str, ...]) -> None:
    assert said(*sets) == []


def test_without_a_cause_it_is_a_fact() -> None:
    (finding,) = said(*HEAVY)
    assert finding.level is Level.FACT
    assert "Nothing in this scenario makes so many ask at once" in finding.text


def test_an_outage_makes_batches_dearer() -> None:
    """A batch of 1 s has 1 event, one after 3 s of outage 4, at 1 ms each and 4 ms beside that."""
    each = "server.service.per_event=1ms"
    _, calm = storms(resolved(STORM, each, "fault=[]"), loads(resolved(STORM, each))[1])
    _, away = storms(resolved(STORM, each), loads(resolved(STORM, each))[1])
    assert 0.0025 < away.cost_s - calm.cost_s < 0.0035
    assert (calm.together, away.together) == (False, True)
