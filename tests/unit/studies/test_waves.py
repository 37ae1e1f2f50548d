import pytest

from tests.unit.studies.cases import QUEUE, resolved, scenario
from wavetank.studies.finding import Finding, Level
from wavetank.studies.replications import run
from wavetank.studies.waves import findings

ALIKE = (
    "fleet.agents=200",
    "fleet.class.desk.stateless={process='constant', rate='6/min', phase='0s'}",
    "duration=1min",
)
"""200 agents send at once every 10 s: 2 s of work for one core at 10 ms each."""
APART = "fleet.class.desk.stateless={process='constant', rate='6/min'}"
BEATS = ("fleet.start=cold", "fleet.agents=200", "server.service.heartbeat=10ms", "heartbeat.period=10s")


def said(*sets: str) -> list[Finding]:
    return list(findings(resolved(QUEUE, *sets)))


def test_agents_of_one_phase_are_a_wave() -> None:
    (finding,) = said(*ALIKE)
    assert (finding.level, finding.key) == (Level.WARNING, "fleet.class.desk.stateless.phase")
    assert (
        "200 agents send at the same instant, every 10 s. All cores together work 2 s on such" in finding.text
    )
    assert "leave phase out" in finding.text


@pytest.mark.parametrize(("timeout", "level"), [("1900ms", Level.PROBLEM), ("2s", Level.WARNING)])
def test_wave_that_outlasts_the_time_out_is_a_problem(timeout: str, level: Level) -> None:
    (finding,) = said(*ALIKE, f"retry.stateless.timeout={timeout}")
    assert finding.level is level


@pytest.mark.parametrize("sets", [(*ALIKE, APART), (*ALIKE, "fleet.agents=99"), (*ALIKE, "server.cores=4")])
def test_nothing_is_said_of_agents_apart_and_of_small_waves(sets: tuple[str, ...]) -> None:
    assert said(*sets) == []


def test_beats_that_begin_together_stay_together() -> None:
    (finding,) = said(*BEATS)
    assert (finding.level, finding.key) == (Level.WARNING, "heartbeat.jitter")
    assert (
        'heartbeat.jitter = "4 s" spreads' in finding.text
        or 'heartbeat.jitter = "4s" spreads' in finding.text
    )
    assert said(*BEATS, "heartbeat.jitter=4s") == []
    assert said(*BEATS, "fleet.start=steady") == []


def test_a_run_shows_the_wave() -> None:
    """Exponential costs of 10 ms: the last of 200 waits some 2 s; apart they meet a core that is idle."""
    name = "request_latency_max_s.stateless"
    together, apart = (
        run(scenario(QUEUE, *sets), engine="reference", settle="0").summary[name]
        for sets in (ALIKE, (*ALIKE, APART))
    )
    assert together is not None
    assert apart is not None
    assert together > 1.5 > 0.5 > apart
