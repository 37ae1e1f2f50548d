"""Results of small runs with every verdict, for the tests of the report."""

from functools import cache

from tests.unit.studies.cases import QUEUE, STORM, scenario
from wavetank.results.result import Result
from wavetank.studies import run

RESTART = (
    "fault=[{kind='cold-start',at='20s'}]",
    "fleet.agents=200",
    "duration=90s",
    "retry.*.timeout=3s",
    "retry.*.backoff.base=2s",
    "server.cores=1",
    "server.serve_abandoned=true",
    "server.service.handshake='1ms'",
    "server.service.login='50ms'",
)
LIMITED = (
    "fleet.agents=200", "server.limits.request_rate={rate='50/s',burst=10,answer='429'}",
    "retry.stateless.backoff={law='fixed',base='1s'}",
)  # fmt: skip

SCENARIOS: dict[str, tuple[str, tuple[str, ...]]] = {
    "stable": (QUEUE, ()),
    "recovers": (STORM, ()),
    "metastable": (STORM, RESTART),
    "worse": (STORM, (*RESTART, "fleet.agents=260", "server.service.login='60ms'", "duration=80s")),
    "overloaded": (QUEUE, ("fleet.agents=200",)),
    "limited": (QUEUE, LIMITED),
    "undecided": (STORM, (*RESTART, "fleet.agents=240", "server.service.login='45ms'", "duration=66s")),
}


@cache
def result(name: str) -> Result:
    """One run, with a trace of a few agents; the verdict is what its name says."""
    text, sets = SCENARIOS[name]
    return run(scenario(text, *sets), trace_agents=(0, 7, 13))
