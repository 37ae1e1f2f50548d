"""Results of small runs with every verdict, for the tests of the report."""

from functools import cache

from tests.unit.studies.cases import QUEUE, STORM, scenario
from wavetank.results.result import Result
from wavetank.studies.replications import run

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

SHORT_SPAN = ("batching.stateless={age='1s'}", "duration=60s")
"""With a regular period of a second a minute is long enough to judge."""

SCENARIOS: dict[str, tuple[str, tuple[str, ...]]] = {
    "stable": (QUEUE, SHORT_SPAN),
    "back": (STORM, ()),
    "back-echo": (STORM, RESTART),
    "metastable": (STORM, (*RESTART, "fleet.agents=260", "server.service.login='60ms'", "duration=80s")),
    "worse": (STORM, (*RESTART, "fleet.agents=290", "server.service.login='65ms'", "duration=70s")),
    "overloaded": (QUEUE, (*SHORT_SPAN, "batching.stateless.count=1", "fleet.agents=200")),
    "limited": (QUEUE, (*SHORT_SPAN, *LIMITED)),
    "undecided": (STORM, (*RESTART, "fleet.agents=240", "server.service.login='45ms'", "duration=66s")),
    "short": (QUEUE, ()),
}
SETTLE = {"undecided": "0"}


@cache
def result(name: str) -> Result:
    """One run, with a trace of a few agents; the verdict is what its name says."""
    text, sets = SCENARIOS[name]
    return run(scenario(text, *sets), trace_agents=(0, 7, 13), settle=SETTLE.get(name, "auto"))
