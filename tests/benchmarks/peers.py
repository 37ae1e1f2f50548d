"""Model M in other simulators, as far as they can say it, written as their manuals would.

    python tests/benchmarks/peers.py PEER PLAN SECONDS REPEATS

prints, as JSON, [operations, CPU seconds] for each repeat. It is run by its path, in a process whose
PYTHONPATH is a folder of their own with what `peers.txt` names: ciw brings a package `tests`, which would
hide ours. PLAN is a `plain_simpy.Plan` as JSON.

salabim: all of it, a component per agent and per request. ciw has queues and customers, but no agents that
wait for an answer, log in or lose patience: there it is an open network with the same mean rate of requests,
delay, cores, delay. asyncflow-sim has no tokens and no time-outs either, and wants a newer Python (3.12): it
is not run. Times in seconds; each returns the number of answered requests and logins.
"""

import json
import sys
import time
from collections.abc import Generator
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.benchmarks.plain_simpy import Plan


def salabim(plan: "Plan", seconds: float, seed: int = 1) -> int:
    """Agents and requests are components; an agent holds for its time-out, and its request wakes it."""
    import salabim as sim

    random = Random(seed)
    env = sim.Environment(trace=False, random_seed=seed, yieldless=False)
    cores = sim.Resource("cores", capacity=plan.cores, monitor=False)
    operations = 0

    class Request(sim.Component):  # type: ignore[misc]
        def setup(self, agent: Any, cost_s: float) -> None:
            self.agent = agent
            self.cost_s = cost_s

        def process(self) -> Generator[Any, None, None]:
            yield self.hold(plan.delay_s)
            yield self.request(cores)
            yield self.hold(self.cost_s)
            self.release(cores)
            yield self.hold(plan.delay_s)
            if self.agent.asked is self:
                self.agent.asked = None
                self.agent.activate()

    class Agent(sim.Component):  # type: ignore[misc]
        def setup(self) -> None:
            self.asked: Any = None

        def process(self) -> Generator[Any, None, None]:
            expires_s = random.uniform(0, plan.token_s)
            while True:
                yield self.hold(random.expovariate(1 / plan.think_s))
                if env.now() >= expires_s:
                    yield from self.operation(plan.login_s)
                    expires_s = env.now() + plan.token_s
                yield from self.operation(plan.request_s)

        def operation(self, cost_s: float) -> Generator[Any, None, None]:
            nonlocal operations
            attempts = 0
            while True:
                self.asked = Request(agent=self, cost_s=cost_s)
                yield self.hold(plan.timeout_s)
                if self.asked is None:
                    operations += 1
                    return
                self.asked = None
                wait_s = min(plan.longest_backoff_s, plan.backoff_s * 2**attempts)
                attempts += 1
                yield self.hold(wait_s * (0.5 + random.random()))

    for _ in range(plan.agents):
        Agent()
    env.run(till=seconds)
    return operations


def ciw(plan: "Plan", seconds: float, seed: int = 1) -> int:
    """An open network: requests of all agents together, a delay, the cores, a delay."""
    import ciw as queues

    queues.seed(seed)
    everywhere = float("inf")
    delay = queues.dists.Deterministic(plan.delay_s)
    network = queues.create_network(
        arrival_distributions=[queues.dists.Exponential(plan.agents / plan.think_s), None, None],
        service_distributions=[delay, queues.dists.Deterministic(plan.request_s), delay],
        number_of_servers=[everywhere, plan.cores, everywhere],
        routing=[[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]],
    )
    simulation = queues.Simulation(network)
    simulation.simulate_until_max_time(seconds)
    return len(simulation.nodes[-1].all_individuals)


def main(peer: str, plan_text: str, seconds: str, repeats: str) -> None:
    """Measure one peer."""
    program = {"salabim": salabim, "ciw": ciw}[peer]
    plan: Any = SimpleNamespace(**json.loads(plan_text))
    measured = []
    for _ in range(int(repeats)):
        begun_s = time.process_time()
        operations = program(plan, float(seconds))
        measured.append((operations, time.process_time() - begun_s))
    print(json.dumps(measured))


if __name__ == "__main__":
    main(*sys.argv[1:])
