"""The scenarios that engines are timed with, for any number of agents, as words of --set."""

from math import ceil

from tests.benchmarks.plain_simpy import Plan

LOAD = 2.1e-3 / 10 + 1.5e-3 / 900
"""Cores that one agent of model M keeps busy before its costs are scaled (see the scenario `model-m`)."""


def plan_m(agents: int) -> Plan:
    """Model M for so many agents: both costs are scaled so that a whole number of cores is 70 % busy."""
    cores = ceil(agents * LOAD / 0.7)
    factor = 0.7 * cores / (agents * LOAD)
    return Plan(
        agents=agents,
        cores=cores,
        think_s=10.0,
        request_s=2.1e-3 * factor,
        login_s=1.5e-3 * factor,
        token_s=900.0,
        delay_s=0.02,
        timeout_s=10.0,
        backoff_s=1.0,
        longest_backoff_s=60.0,
    )


def model_m(agents: int, seconds: float) -> tuple[str, ...]:
    """The same as the scenario `model-m`."""
    plan = plan_m(agents)
    return (
        f"fleet.agents={agents}",
        f"duration={seconds:g}s",
        f"server.cores={plan.cores}",
        f"server.service.stateless={round(plan.request_s * 1e9)}ns",
        f"server.service.login={round(plan.login_s * 1e9)}ns",
    )


def wazuh_60(agents: int, seconds: float, events: float = 1.0) -> tuple[str, ...]:
    """`wazuh-60` with limits, a store and the restart of one of four nodes; a core per 250 agents.

    `events`: how many times as many events its agents make.
    """
    cores = max(1, round(agents / 1000))
    more = _RATES if events != 1 else ()
    return (
        f"fleet.agents={agents}",
        f"duration={seconds:g}s",
        "server.nodes=4",
        f"server.cores={cores}",
        f"server.workers={cores}",
        f"server.limits.connections={agents}",
        f"server.limits.in_flight={agents}",
        f"store={{ parallelism={4 * cores}, window='20ms', size=1000, latency='5ms' }}",
        f"fault=[{{ kind='node-restart', node=0, at='{seconds / 5:g}s', down='{seconds / 20:g}s' }}]",
        *(f"fleet.class.{name}.stateless.rate={rate * events:g}/s" for name, rate in more),
    )


_RATES = (("server", 0.25), ("workstation", 0.1), ("network-device", 0.5))
"""Stateless events per second of the classes of the fleet `enterprise`."""
