"""The tier *cost*: a card from some batches predicts what others cost, and how many the server answers."""

import random
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

from wavetank.scenario.loading import loads
from wavetank.studies.replications import run
from wavetank.studies.simulate import Watch
from wavetank.validation.calibration.cost_card import card_text, origin_now
from wavetank.validation.calibration.costs import costs_of, server_spreads
from wavetank.validation.calibration.measuring import Calibration, Plan, calibrate, measure
from wavetank.validation.calibration.operations import BATCHES, Batch
from wavetank.validation.calibration.own_server import Running
from wavetank.validation.calibration.readings import Slice
from wavetank.validation.tiers.sealed import Seal, SealProblem, is_intact, seal

CPU_WITHIN = 0.15
"""A capacity planner rounds up by more than that."""

RATE_WITHIN = 0.03
"""Throughput is the inverse of a cost that was fitted to the same server: it must be nearer."""

TRIES = 15
"""More void slices than this leave a load inconclusive."""

HELD_OUT = 6
"""Batches that are predicted: three of each stream."""

_SECONDS = 20
"""Thousands of answers, so that the first and the last do not matter."""


class Figure(NamedTuple):
    """One predicted figure beside its measurement.

    Attributes
    ----------
    name : str
        The load and what is predicted of it.
    predicted, measured : float
        In `unit`.
    low, high : float
        The least and the greatest of the repetitions.
    unit : str
        "us" of the server's CPU time for each request, or "/s".
    within : float
        The error aimed at, as a share.
    """

    name: str
    predicted: float
    measured: float
    low: float
    high: float
    unit: str
    within: float

    @property
    def error(self) -> float:
        """Relative error: predicted over measured, less 1."""
        return self.predicted / self.measured - 1

    @property
    def met(self) -> bool:
        """Whether the error is at most what is aimed at."""
        return abs(self.error) <= self.within


class CostTier(NamedTuple):
    """The answer: the seal of the predictions, the figures, and how far the costs drifted meanwhile.

    `drift` is the relative change, from before to after, of the median cost of all calibrating operations.
    """

    seal: Seal
    figures: tuple[Figure, ...]
    drift: float
    void: int

    @property
    def holds(self) -> bool:
        """Whether every figure is as near as aimed at."""
        return all(figure.met for figure in self.figures)


def held_out(seed: int) -> tuple[Batch, ...]:
    """Batches that no card comes from, drawn at random between the smallest and the largest that one does."""
    chance = random.Random(f"held out {seed}")
    most_events, most_bytes = max(events for events, _ in BATCHES), max(size for _, size in BATCHES)
    return tuple(
        Batch(stateful, chance.randint(2, most_events - 1), chance.randint(50, most_bytes))
        for stateful in (False, True)
        for _ in range(HELD_OUT // 2)
    )


def validate_cost(
    running: Running, folder: Path, plan: Plan, seed: int, load_before: float, watch: Watch | None = None
) -> CostTier:
    """Calibrate, predict and seal, then measure, then calibrate again.

    Raises
    ------
    SealProblem
        The folder cannot hold the predictions.
    MachineTooBusy
        Too few slices count: the tier is inconclusive.
    """
    batches = held_out(seed)
    before = calibrate(running.target, running.ca, running.pid, plan, watch)
    card = card_text(before, origin_now(load_before))
    client_us = _client_us(before)
    predictions = {batch.name: _predicted(batch, before, card, client_us, plan) for batch in batches}
    about = {"seed": seed, "plan": plan._asdict(), "predictions": predictions}
    sealed = seal(folder, card, about)
    held_plan = plan._replace(seed=seed, tries=max(TRIES, plan.repetitions))
    slices, void = measure(running.target, running.ca, running.pid, batches, held_plan, watch)
    after = calibrate(running.target, running.ca, running.pid, plan._replace(connections=0), watch)
    if not is_intact(sealed):
        raise SealProblem(f"{folder}: the predictions were changed while they were measured against")
    figures = tuple(
        figure
        for operation, turns in slices.items()
        for figure in _figures(operation.name, predictions[operation.name], turns)
    )
    return CostTier(sealed, figures, _drift(before, after), void)


def _figures(name: str, predicted: dict[str, float], slices: tuple[Slice, ...]) -> tuple[Figure, Figure]:
    def figure(words: str, key: str, of: Callable[[Slice], float], unit: str, within: float) -> Figure:
        values = [of(each) for each in slices]
        spread = (median(values), min(values), max(values))
        return Figure(f"{name}, {words}", predicted[key], *spread, unit, within)

    return (
        figure("CPU", "server_us", lambda each: each.server_us, "us", CPU_WITHIN),
        figure("throughput", "rate_per_s", lambda each: each.rate_per_s, "/s", RATE_WITHIN),
    )


def _client_us(calibration: Calibration) -> float:
    """The work of a client between two requests, in the median of all batches."""
    return median(
        each.client_us
        for operation, turns in calibration.slices.items()
        if operation.events
        for each in turns
    )


def _predicted(
    batch: Batch, calibration: Calibration, card: str, client_us: float, plan: Plan
) -> dict[str, float]:
    """The cost by the card, and the rate by the simulator: agents that ask again as soon as they may."""
    costs = costs_of(server_spreads(calibration.slices)).service
    stream = "stateful" if batch.stateful else "stateless"
    server_us = costs["parse"] + costs["auth"] + costs[stream]
    server_us += batch.events * costs["per_event"] + batch.body_bytes * costs["per_byte"]
    scenario = loads(_scenario(server_us, client_us, plan.agents))
    rate = run(scenario, workers=1).summary["goodput_per_s"]
    return {"server_us": server_us, "rate_per_s": float(rate or 0.0)}


def _scenario(server_us: float, client_us: float, agents: int) -> str:
    think_ns = max(1, round(client_us * 1e3))
    return f"""
duration = "{_SECONDS}s"
warmup = "2s"
fleet.agents = {agents}
fleet.class = [{{ name = "client", stateless = {{ process = "closed", think = "{think_ns}ns" }} }}]
connection = {{ strategy = "keep-alive" }}
server = {{ cores = 1, workers = 1, service = {{ stateless = "{max(1, round(server_us * 1e3))}ns" }} }}
"""


def _drift(before: Calibration, after: Calibration) -> float:
    then, now = server_spreads(before.slices), server_spreads(after.slices)
    return median(now[operation].mid / then[operation].mid - 1 for operation in then if then[operation].mid)
