"""The same fleet with each library: what it spends, how it fares, where the ranking flips, who wins.

What is spent comes from closed forms and carries the uncertainty of the figures from end to end. How the
fleet fares (latency, utilisation, verdict) is simulated three times: with all figures at their low ends, in
their middle and at their high ends; of more than a few pairings, in the middle only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf
from pathlib import Path
from typing import Any, NamedTuple

from wavetank.libraries.catalogue import Library, list_libraries
from wavetank.libraries.costs import OTHERS, STREAM
from wavetank.libraries.crossovers import Flip, flips
from wavetank.libraries.decision import Decision, find_decision
from wavetank.libraries.fleet import FleetCost, as_kept, spent, unfit
from wavetank.libraries.interval import Interval
from wavetank.libraries.matrix import Matrix, Reach, matrix, sensitivity, totals
from wavetank.libraries.pairing import NoFit, Pairing, pairings
from wavetank.results.result import Result
from wavetank.scenario import Scenario, load
from wavetank.scenario.overrides import Override
from wavetank.scenario.resolved import Resolved
from wavetank.studies import formatting
from wavetank.studies.flows import Rate
from wavetank.studies.load import connections_per_request, loads
from wavetank.studies.replications import replicate
from wavetank.studies.simulate import Watch

NOT_COMPARED = (
    "latency added by round trips of its own (ZeroMQ's CURVE, HTTP/2's settings, a WebSocket's upgrade): "
    "all connections open as TCP and TLS do",
    "memory of the kernel's sockets, and memory while requests are under way",
    "limits of connections in the scenario, in what is spent: each that is held is paid for, admitted or not",
    "contention inside a server process: costs add up on whole cores",
    "compression, and parsing of the events themselves",
    "what developers and operators cost",
    "architectures other than the one that was measured on",
)
"""Costs that no figure here includes."""

MOST_AT_ALL_ENDS = 8
"""More pairings than these are simulated in the middle of their figures only, for it would take too long."""

_METRICS = ("event_latency_p99_s", "server_utilisation", "connections_open_max")


class Simulated(NamedTuple):
    """How the simulated fleet fares: its verdict, and metrics with low and high (None: infinite).

    `ends`: whether the low and high ends were simulated; else they repeat the middle.
    """

    verdict: str
    ends: bool
    metrics: dict[str, tuple[float | None, float | None, float | None]]


@dataclass(frozen=True)
class Tradeoff:
    """The outcome of a comparison of libraries.

    `refused`: why pairings are no answer; `fared` is empty without simulation.
    """

    scenario: str
    agents: int
    decision: Decision
    spent: tuple[FleetCost, ...]
    refused: dict[str, str]
    fared: dict[str, Simulated]
    flips: tuple[Flip, ...]
    matrix: Matrix

    def marked(self, name: str) -> str:
        """The name of a pairing or of its server's use, with an asterisk where figures are of others."""
        others = {cost.pairing.name for cost in self.spent if cost.pairing.third_party}
        servers = [cost.pairing.server for cost in self.spent if cost.pairing.server]
        others |= {server.name for server in servers if server.figures == OTHERS}
        return f"{name} *" if name in others else name

    @property
    def ranking(self) -> list[tuple[str, Interval]]:
        """The weighted scores, best first, under the decision's own weights."""
        return totals(self.matrix, self.matrix.weights) if self.matrix.lines else []

    @property
    def reaches(self) -> tuple[Reach, ...]:
        """How far each weight may go before another wins."""
        return sensitivity(self.matrix, self.matrix.weights)

    @property
    def sentence(self) -> str:
        """Who costs least and who wins, with the weights that it hangs on."""
        priced = [cost for cost in self.spent if cost.money is not None]
        if not priced or not self.ranking:
            return "Nothing can be ranked: figures are missing."
        cheap = priced[0]
        alike = [
            cost for cost in priced[1:] if cost.money and cheap.money and cost.money.overlaps(cheap.money)
        ]
        others = formatting.many(len(alike), "other is", "others are")
        doubt = f", but {others} within the uncertainty" if alike else ""
        winner = self.ranking[0][0]
        weights = ", ".join(
            f"{criterion.name} {criterion.weight:g}" for criterion in self.matrix.criteria if criterion.weight
        )
        return f"Servers cost least with {cheap.pairing.name}{doubt}. With the weights {weights}: {winner}."

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "scenario": self.scenario,
            "agents": self.agents,
            "pairings": [_spent_json(cost, self.fared.get(cost.pairing.name)) for cost in self.spent],
            "refused": self.refused,
            "flips": [
                {
                    "id": flip.id,
                    "title": flip.title,
                    "cheapest": [region._asdict() for region in flip.regions],
                    "crossings": [crossing._asdict() for crossing in flip.crossings],
                }
                for flip in self.flips
            ],
            "weights": {criterion.id: criterion.weight for criterion in self.matrix.criteria},
            "ranking": [{"name": name, "score": score._asdict()} for name, score in self.ranking],
            "sensitivity": [_finite(reach._asdict()) for reach in self.reaches],
            "not_compared": list(NOT_COMPARED),
            "sentence": self.sentence,
        }


def _finite(values: dict[str, Any]) -> dict[str, Any]:
    return {name: None if value == inf else value for name, value in values.items()}


def _spent_json(cost: FleetCost, fared: Simulated | None) -> dict[str, Any]:
    figures = {name: getattr(cost, name) for name in _FIGURES}
    return {
        "name": cost.pairing.name,
        "figures": "third-party" if cost.pairing.third_party else "measured",
        **{name: value and value._asdict() for name, value in figures.items()},
        "application_cores": cost.application_cores,
        "connections": cost.connections,
        "missing": list(cost.missing),
        "simulated": fared and {"verdict": fared.verdict, "ends": fared.ends, **fared.metrics},
    }


_FIGURES = ("library_cores", "cores", "memory_bytes", "agent_cpu_s", "wire_bytes", "money")


def compare(
    scenario: Scenario | str | Path,
    names: Sequence[str] = (),
    *,
    decision: Decision | None = None,
    simulated: bool = True,
    models: Path | None = None,
    known: Sequence[Library] | None = None,
    engine: str | None = None,
    workers: int | None = None,
    watch: Watch | None = None,
) -> Tradeoff:
    """The fleet of a scenario with each of the libraries (`ID` or `AGENT+SERVER`; default: all there are).

    `known` are the libraries that there are, else those of the catalogue. Raises ScenarioError, NoFit, and
    what `run` raises when the fleet is simulated.
    """
    base = scenario if isinstance(scenario, Scenario) else load(scenario, (), models)
    weighed = decision or find_decision(models=models)
    there = list_libraries(models) if known is None else known
    asked = pairings(there, names) if names else (*pairings(there), *_pairs(there, weighed))
    resolved = base.resolve()
    refused = {pairing.name: reason for pairing in asked if (reason := unfit(resolved, pairing))}
    fit = [pairing for pairing in dict.fromkeys(asked) if pairing.name not in refused]
    if not fit:
        raise NoFit(f"{base.name}: none of these is an answer to it ({'; '.join(refused.values())})")
    costs = sorted((spent(resolved, pairing, weighed) for pairing in fit), key=_rank)
    cards = {library.id: library.card for library in there}
    fared = _simulate(base, resolved, costs, engine, workers, watch) if simulated else {}
    return Tradeoff(
        base.name,
        resolved.agents,
        weighed,
        tuple(costs),
        refused,
        fared,
        flips(resolved, costs, weighed),
        matrix(costs, cards, weighed),
    )


def _pairs(there: Sequence[Library], decision: Decision) -> tuple[Pairing, ...]:
    """The decision's pairs of two libraries, of those that there are."""
    return pairings(there, decision.pairs) if decision.pairs else ()


def _rank(cost: FleetCost) -> tuple[float, float, str]:
    """Money, then cores kept busy; what is not known comes last."""
    money = cost.money.mid if cost.money else inf
    return money, cost.library_cores.mid if cost.library_cores else inf, cost.pairing.name


def _simulate(
    base: Scenario,
    resolved: Resolved,
    costs: Sequence[FleetCost],
    engine: str | None,
    workers: int | None,
    watch: Watch | None,
) -> dict[str, Simulated]:
    """Run the fleet with every pairing that has costs at the server, at both ends of its figures."""
    able = [cost.pairing for cost in costs if cost.library_cores is not None]
    ends = (0, 1, 2) if len(able) <= MOST_AT_ALL_ENDS else (1, 1, 1)  # equal runs are done once
    designs = [design(base, resolved, pairing, end) for pairing in able for end in ends]
    titles = [pairing.name for pairing in able for _ in ends]
    results = replicate(designs, engine=engine, workers=workers, watch=watch, titles=titles)
    return {
        pairing.name: _fared(results[3 * index : 3 * index + 3], ends[0] == 0)
        for index, pairing in enumerate(able)
    }


def _fared(results: Sequence[Result], ends: bool) -> Simulated:
    metrics = {}
    for metric in _METRICS:
        low, mid, high = (result.summary.get(metric) for result in results)
        metrics[metric] = (low, mid, high)
    return Simulated(results[1].verdict, ends, metrics)


def design(base: Scenario, resolved: Resolved, pairing: Pairing, end: int = 1) -> Scenario:
    """The scenario with the pairing's costs at the server: `end` 0 the low, 1 the middle, 2 the high ones.

    A request costs what one with the mean body costs, so the load is right and only its spread over requests
    is left out. A stream is a kept connection: no idle time-out ends it, no limit keeps it out.
    """
    side = pairing.server_side
    if side is None:
        raise NoFit(f"{pairing.name} has no costs at the server")
    kept = as_kept(resolved, pairing)
    flows = loads(kept)[1].flows
    requests = sum(flow.requests_per_s for flow in flows)
    request_us = sum(flow.requests_per_s * side.at(flow.body_bytes)[end] for flow in flows) / (
        requests or 1.0
    )
    connect = (side.resume_us if resolved.connection.resume else None) or side.connect_us
    opens = any(connections_per_request(kept, flow) for flow in flows)
    if connect is None and opens:
        raise NoFit(f"{pairing.name} has no cost of a new connection")
    connect_us = connect[end] if connect is not None else 0.0
    sets = [
        f"server.service.handshake={_law(connect_us)}",
        f"server.service.handshake_resumed={_law(connect_us)}",
        f"server.service.parse={_law(request_us)}",
    ]
    if base.spec.server.service.per_byte is not None:
        sets.append("server.service.per_byte=0ns")
    if pairing.use.mode == STREAM:
        sets += ["connection.strategy=keep-alive", *_without_idle(base), *_let_in(base, flows)]
    return base.but(*(Override(text) for text in sets))


def _let_in(base: Scenario, flows: Sequence[Rate]) -> list[str]:
    """A server made for streams admits them: one per flow and agent, and as many again that come back."""
    limit = base.spec.server.limits.connections
    held = 2 * ceil(sum(flow.agents for flow in flows))
    return [f"server.limits.connections={max(limit.value, held)}"] if limit else []


def _law(us: float) -> str:
    return f"{round(1000 * us)}ns"


def _without_idle(base: Scenario) -> list[str]:
    """A stream is never idle: time-outs that there are become longer than any run."""
    idle = {"connection": base.spec.connection.idle_timeout, "server": base.spec.server.idle_timeout}
    return [f"{table}.idle_timeout=3650d" for table, timeout in idle.items() if timeout]
