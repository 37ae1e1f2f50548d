"""Model M as one would write it in SimPy without much thought: a process per agent, a Resource for the cores.

The yardstick beside which the reference engine is timed on the scenario `model-m`. It counts nothing but
operations, orders ties by chance of creation, and has no state machines; think times, costs, delays, token
life, time-out and backoff are those of the scenario. Times in seconds.
"""

from collections.abc import Generator
from random import Random
from typing import NamedTuple

from simpy import Environment, Resource
from simpy.events import Event

Process = Generator[Event, object, None]


class Plan(NamedTuple):
    """Model M for a number of agents; see the scenario `model-m`."""

    agents: int
    cores: int
    think_s: float
    request_s: float
    login_s: float
    token_s: float
    delay_s: float
    timeout_s: float
    backoff_s: float
    longest_backoff_s: float


class Fleet:
    """The agents and their server; `operations` counts answered requests and logins."""

    def __init__(self, plan: Plan, seed: int) -> None:
        self.plan = plan
        self.env = Environment()
        self.cores = Resource(self.env, plan.cores)
        self.random = Random(seed)
        self.operations = 0
        for _ in range(plan.agents):
            self.env.process(self.agent())

    def agent(self) -> Process:
        """Think, log in when the token has expired, ask, and again."""
        plan, env = self.plan, self.env
        expires_s = self.random.uniform(0, plan.token_s)
        while True:
            yield env.timeout(self.random.expovariate(1 / plan.think_s))
            if env.now >= expires_s:
                yield from self.operation(plan.login_s)
                expires_s = env.now + plan.token_s
            yield from self.operation(plan.request_s)

    def operation(self, cost_s: float) -> Process:
        """Ask until there is an answer in time."""
        plan, env = self.plan, self.env
        attempts = 0
        while True:
            answer = env.event()
            env.process(self.serve(cost_s, answer))
            yield answer | env.timeout(plan.timeout_s)
            if answer.triggered:
                self.operations += 1
                return
            wait_s = min(plan.longest_backoff_s, plan.backoff_s * 2**attempts)
            attempts += 1
            yield env.timeout(wait_s * (0.5 + self.random.random()))

    def serve(self, cost_s: float, answer: Event) -> Process:
        """There, done and back; done also when nobody waits any more."""
        yield self.env.timeout(self.plan.delay_s)
        with self.cores.request() as core:
            yield core
            yield self.env.timeout(cost_s)
        yield self.env.timeout(self.plan.delay_s)
        answer.succeed()


def run(plan: Plan, seconds: float, seed: int = 1) -> int:
    """Simulate so many seconds; returns the number of operations."""
    fleet = Fleet(plan, seed)
    fleet.env.run(until=seconds)
    return fleet.operations
