"""Closed forms of queueing theory, from the textbooks and without the simulator.

Notation: `rate` arrivals per s, `mean_s` mean service time, `load` = rate x mean_s in Erlangs, c servers.
Sources: L. Kleinrock, Queueing Systems, vol. 1 (1975); H. Tijms, A First Course in Stochastic Models (2003).
"""

import math
from typing import NamedTuple

import numpy as np

TRUNCATED = 300
"""States kept of an unbounded chain: at a utilisation of 0.9, p_300 is below 1e-13."""


class Queue(NamedTuple):
    """A queue at equilibrium: P(wait > 0), mean wait, mean number in system, loss, throughput per s."""

    wait_probability: float
    wait_s: float
    in_system: float
    loss: float
    throughput: float


def erlang_b(c: int, load: float) -> float:
    """Probability that all c servers of a loss system are busy (recursion over c)."""
    b = 1.0
    for servers in range(1, c + 1):
        b = load * b / (servers + load * b)
    return b


def erlang_c(c: int, load: float) -> float:
    """Probability that an arrival at M/M/c has to wait."""
    b = erlang_b(c, load)
    return c * b / (c - load * (1 - b))


def mmc(c: int, rate: float, mean_s: float) -> Queue:
    """M/M/c."""
    load = rate * mean_s
    waits = erlang_c(c, load)
    wait_s = waits * mean_s / (c - load)
    return Queue(waits, wait_s, load + rate * wait_s, 0.0, rate)


def mmck(c: int, most: int, rate: float, mean_s: float) -> Queue:
    """M/M/c with at most `most` requests in the system; waits are those of the accepted."""
    load = rate * mean_s
    weights = [1.0]
    for n in range(1, most + 1):
        weights.append(weights[-1] * load / min(n, c))
    p = [weight / sum(weights) for weight in weights]
    loss = p[most]
    accepted = rate * (1 - loss)
    queue = sum((n - c) * p[n] for n in range(c + 1, most + 1))
    waits = sum(p[c:most]) / (1 - loss)
    in_system = sum(n * p[n] for n in range(most + 1))
    return Queue(waits, queue / accepted, in_system, loss, accepted)


def mg1(rate: float, mean_s: float, cv: float) -> Queue:
    """M/G/1 by Pollaczek and Khinchine; `cv` is the coefficient of variation of the service time."""
    load = rate * mean_s
    wait_s = load * mean_s * (1 + cv**2) / (2 * (1 - load))
    return Queue(load, wait_s, rate * (wait_s + mean_s), 0.0, rate)


def mdc(c: int, rate: float, mean_s: float) -> Queue:
    """M/D/c: whoever is in service now is gone a service time later, so that the number in system goes
    from n to max(0, n - c) + Poisson(load) (Crommelin 1932); its stationary law by solving that chain.
    """
    load = rate * mean_s
    size = TRUNCATED
    arrivals = [math.exp(-load)]
    for n in range(1, size):
        arrivals.append(arrivals[-1] * load / n)
    step = np.zeros((size, size))
    for n in range(size):
        left = max(0, n - c)
        step[n, left:] = arrivals[: size - left]
        step[n, -1] += 1 - step[n].sum()
    equations = step.T - np.eye(size)
    equations[-1] = 1.0  # one balance equation follows from the others; in its place: the p_n add up to 1
    p = np.linalg.solve(equations, np.append(np.zeros(size - 1), 1.0))
    queue = sum((n - c) * p[n] for n in range(c + 1, size))
    return Queue(float(p[c:].sum()), float(queue / rate), float(queue + load), 0.0, rate)


def gim1(sigma: float, mean_s: float, rate: float) -> Queue:
    """GI/M/1, from the root sigma of sigma = A*((1 - sigma) / mean_s) with A* the gaps' transform."""
    wait_s = sigma * mean_s / (1 - sigma)
    return Queue(sigma, wait_s, rate * (wait_s + mean_s), 0.0, rate)


def e2m1(rate: float, mean_s: float) -> Queue:
    """E2/M/1 with `rate` arrivals per s: gaps are the sum of two exponential phases of rate 2 x rate."""
    sigma = 0.5
    for _ in range(10_000):
        sigma = (2 * rate / (2 * rate + (1 - sigma) / mean_s)) ** 2
    return gim1(sigma, mean_s, rate)


def machine_repair(machines: int, c: int, think_s: float, mean_s: float) -> Queue:
    """A closed fleet: `machines` each think, then are served by c servers; both exponential (M/M/c//N)."""
    weights = [1.0]
    for n in range(1, machines + 1):
        weights.append(weights[-1] * (machines - n + 1) * mean_s / (think_s * min(n, c)))
    p = [weight / sum(weights) for weight in weights]
    in_system = sum(n * p[n] for n in range(machines + 1))
    throughput = (machines - in_system) / think_s
    queue = sum((n - c) * p[n] for n in range(c + 1, machines + 1))
    # an arrival sees the system with one machine fewer (Sevcik and Mitrani)
    weighted = [(machines - n) * p[n] for n in range(machines)]
    waits = sum(weighted[c:]) / sum(weighted)
    return Queue(waits, queue / throughput, in_system, 0.0, throughput)
