"""`size` against exhaustive search: every design from the smallest on, with other seeds, at full size.

A design is good enough by exhaustive search where at least 90 % of sixty runs hold under each condition. The
scenarios are stored here as changes of small fleets. Where the truth of a design lies between 80 and 97 % no
method can be asked to say which side it is on: then its neighbour is right, too.
"""

from typing import NamedTuple

import pytest

from tests.unit.studies.cases import STORM
from wavetank.errors import ScenarioError
from wavetank.scenario import Scenario, load, loads
from wavetank.studies.sizing import size
from wavetank.studies.sizing.conditions import DAY, Conditions, conditions_of
from wavetank.studies.sizing.shapes import Shapes
from wavetank.studies.sizing.sought import sought_of
from wavetank.studies.sizing.trials import Trials

RUNS, DAYS = 60, 5
GOOD, CLEAR = 0.9, (0.80, 0.97)
OTHER_SEED = 987_654_321
CHECKED = 'balancer={policy="random",health_check="1s"}'
SMALL = (CHECKED, "server.cores=1", 'server.service.login="60ms"')
WAZUH = ("server.cores=1", "fleet.agents=300")

STORED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("storm", (*SMALL, "fleet.agents=60", 'slo.recovery="8s"')),
    ("storm", (*SMALL, "fleet.agents=60", 'slo.recovery="4s"')),
    ("storm", (*SMALL, "fleet.agents=120", 'slo.recovery="8s"')),
    ("storm", (*SMALL, "fleet.agents=120", 'slo.recovery="15s"', 'slo.event_latency_p99="8s"')),
    ("storm", (*SMALL, "fleet.agents=200", 'slo.recovery="8s"')),
    ("storm", (*SMALL, "fleet.agents=200", 'slo.recovery="20s"', "slo.server_utilisation=40%")),
    ("storm", (*SMALL, "fleet.agents=100", 'slo.event_latency_p99="7s"')),
    ("storm", (*SMALL, "fleet.agents=100", 'slo.recovery="8s"', "fault.0.kind=cold-start",
               "fault=[{kind='cold-start',at='20s'}]")),
    ("storm", (*SMALL, "fleet.agents=150", 'slo.recovery="10s"', "fault=[{kind='key-rotation',at='20s'}]")),
    ("storm", (*SMALL, "fleet.agents=150", 'slo.recovery="10s"', "fault=[{kind='cold-start',at='20s'}]")),
    ("restart-storm", (*WAZUH, "slo.recovery=1min")),
    ("restart-storm", (*WAZUH, "slo.recovery=2min")),
    ("restart-storm", (*WAZUH, "slo.recovery=2min", "auth.key=cached")),
    ("restart-storm", (*WAZUH, "slo.recovery=2min", "slo.event_latency_p99@during=1min")),
    ("restart-storm", ("server.cores=1", "fleet.agents=600", "slo.recovery=2min")),
    ("restart-storm", ("server.cores=1", "fleet.agents=600", "slo.recovery=4min")),
    ("restart-storm", ("server.cores=2", "fleet.agents=1200", "slo.recovery=2min")),
    ("restart-storm", (*WAZUH, "slo.recovery=2min", "fault=[{kind='key-rotation',at='2min'}]")),
    ("wazuh-60", (*WAZUH, "balancer.health_check=2s", "slo.event_latency_p99=30s", "duration=8min")),
    ("wazuh-60", (*WAZUH, "balancer.health_check=2s", "slo.event_latency_p99=1min", "duration=8min")),
)  # fmt: skip


def stored(index: int) -> Scenario:
    name, sets = STORED[index]
    kept = [text for text in sets if not text.startswith("fault.0") and "@" not in text]
    kept += [text.replace("slo.event_latency_p99@during", "slo.during.event_latency_p99")
             for text in sets if "@" in text]  # fmt: skip
    return loads(STORM, kept) if name == "storm" else load(name, kept)


class Searched(NamedTuple):
    """The fewest nodes by exhaustive search, and which neighbours are too near the limit to tell."""

    nodes: int
    near: frozenset[int]


def shares(trials: Trials, shapes: Shapes, nodes: int, conditions: Conditions) -> list[float]:
    """Return the share of good runs of a design under each condition."""
    listed = []
    for name in conditions.asked:
        runs = trials.of(shapes.full(nodes), name, range(DAYS if name == DAY else RUNS))
        listed.append(sum(trial.held is True for trial in runs) / len(runs))
    return listed


def searched(base: Scenario) -> Searched:
    resolved = base.resolve()
    asked = ("day", "node", "faults") if resolved.faults else ("day", "node")
    conditions = conditions_of(resolved, asked)
    shapes = Shapes(base, sought_of("nodes", base), conditions.duration_ns)
    trials = Trials(conditions, None, OTHER_SEED, None, None, None)
    near: set[int] = set()
    for nodes in range(1, 60):
        try:
            worst = min(shares(trials, shapes, nodes, conditions))
        except ScenarioError:
            continue
        if CLEAR[0] <= worst < CLEAR[1]:
            near.add(nodes)
        if worst >= GOOD:
            return Searched(nodes, frozenset(near))
    raise AssertionError("no design is good enough")


@pytest.mark.long
@pytest.mark.parametrize("index", range(len(STORED)))
def test_the_answer_is_that_of_exhaustive_search(index: int) -> None:
    base = stored(index)
    truth, answer = searched(base), size(base)
    if answer.answer is None:
        assert answer.decision == "undecided"
        assert truth.near
        return
    allowed = {truth.nodes, *(nodes + 1 for nodes in truth.near), *truth.near}
    assert answer.answer in allowed, (truth, answer.text)
