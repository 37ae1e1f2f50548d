"""Totals of the independent simulator beside those of an engine, over several seeds each."""

import tomllib
from functools import cache
from math import sqrt
from pathlib import Path
from statistics import fmean, variance
from typing import NamedTuple

from tests.verify.independent.simulator import Simulation
from wavetank.studies.replications import run

FOLDER = Path(__file__).parent
PAGE = FOLDER.parents[2] / "docs" / "second_opinion.md"
SCENARIOS = {path.stem: path for path in sorted(FOLDER.glob("*.toml"))}

METRICS = {
    **{
        f"{stream} {fate}": f"requests_{fate.replace(' ', '_')}_total.{stream}"
        for stream in ("login", "stateless", "commands")
        for fate in ("issued", "ok", "timed out", "lost", "rejected")
    },
    "events produced": "events_produced",
    "events delivered": "events_delivered",
    "events dropped": "events_lost",
    "commands created": "commands_created",
    "commands delivered": "commands_delivered",
    "silent": "silent_total",
    "utilisation": "server_utilisation",
}
"""Counts of the simulator, and the metric that each is held against."""


FEW, MANY = 8, 40
"""Seeds: for every day, and for the long suite."""


class Total(NamedTuple):
    """The mean of one total by the simulator and by an engine, and the standard error of their difference."""

    name: str
    simulator: float
    engine: float
    error: float

    @property
    def errors_apart(self) -> float:
        """How many standard errors the two differ by."""
        difference = abs(self.simulator - self.engine)
        return difference / self.error if self.error else (0.0 if difference < 1e-9 else float("inf"))


@cache
def totals(name: str, engine: str, seeds: int) -> list[Total]:
    """Every total of a scenario that is not 0 on both sides, over so many seeds."""
    scenario = SCENARIOS[name]
    ours = [Simulation(scenario, seed).totals() for seed in range(seeds)]
    result = run(scenario, engine=engine, replications=seeds, settle="0", workers=1)
    rows = []
    for total, metric in METRICS.items():
        means = [counts.get(total, 0.0) for counts in ours]
        other = [float(summary.get(metric) or 0.0) for summary in result.each]
        if any(means) or any(other):
            error = sqrt((variance(means) + variance(other)) / seeds)
            rows.append(Total(total, fmean(means), fmean(other), error))
    return rows


def page() -> str:
    """docs/second_opinion.md."""
    return "\n".join([HEAD, *(line for name in SCENARIOS for line in _section(name)), FOOT])


def _section(name: str) -> list[str]:
    plan = tomllib.loads(SCENARIOS[name].read_text(encoding="utf-8"))
    lines = [
        f"## {plan['name'].removeprefix('Independent check: ').capitalize()}",
        "",
        f"[{name}.toml](../tests/verify/independent/{name}.toml): {plan['description']}",
        "",
        "| total of a run, mean | second simulator | engines | standard errors apart |",
        "|---|---:|---:|---:|",
    ]
    lines += [
        f"| {total.name} | {total.simulator:,.5g} | {total.engine:,.5g} | {total.errors_apart:.1f} |"
        for total in totals(name, "compiled", FEW)
    ]
    return [*lines, ""]


HEAD = """# A second opinion

<!-- Written by `make docs`; a test fails when it is stale. -->

Two engines that agree may share a mistake. So there is a third program, which shares nothing with them: no
code, no random numbers, no clock in whole nanoseconds.
[tests/verify/independent/simulator.py](../tests/verify/independent/simulator.py) is plain Python, one file to
read from top to bottom, written from [docs/model.md](model.md) alone. It knows four scenarios, each with a
mechanism that decides about a fleet after a fault, and counts what happens in them.
"""

FOOT = f"""Each total is the mean over {FEW} runs with different seeds. Two right programs differ by chance:
by more than two standard errors in one total of twenty. The tests ask for less than 4 with {FEW} seeds, and
`make verify` for less than 3 with {MANY} (and looks at the engine `reference` as well). Check it yourself,
from a clone:

    make verify ARGS="-k independent"
"""


if __name__ == "__main__":
    print(page(), end="")
