"""A scenario scaled down: fewer agents before a server with fewer and slower cores, so that the load stays.

Service times and the store's latency grow as the fleet shrinks; limits that count and rates shrink with it.
So utilisation, overload and storms stay what they are, up to the noise of small numbers. Waits that agents
choose, sizes, networks and measured (empirical) laws stay as they are.
"""

import tomllib
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from wavetank.scenario import Scenario, loads
from wavetank.scenario.written import toml_of, written_out
from wavetank.units import format_rate, parse_duration, parse_rate, parse_size

SMALL_FLEET = 100
"""Agents of a scenario of the catalogue, scaled down."""

_TIMES = ("mean", "low", "high")
_CAPS = ("connections", "in_flight", "in_flight_bytes")
_RATES = ("connect_rate", "request_rate", "login_rate")


def scaled_down(scenario: Scenario, agents: int) -> Scenario:
    """Shrink a scenario and its servers to at most `agents` agents; a smaller one is returned as it is.

    Raises ScenarioError where its classes do not fit into so few.
    """
    if scenario.spec.fleet.agents <= agents:
        return scenario
    raw = tomllib.loads(written_out(scenario))
    server = raw.get("server", {})
    cores, workers = server.get("cores", 1), server.get("workers", 0)
    part = Fraction(agents, scenario.spec.fleet.agents)
    fewer = max(1, round(cores * part))
    slower = Fraction(fewer, cores) / part
    server |= {"cores": fewer}
    if workers:
        server["workers"] = max(1, round(workers * part))
    for name in ("service", "sign"):
        if name in server:
            server[name] = _slower(server[name], slower)
    if "limits" in server:
        server["limits"] = _tighter(server["limits"], part)
    if "latency" in raw.get("store", {}):
        raw["store"]["latency"] = _slower(raw["store"]["latency"], 1 / part)
    raw["server"] = server
    raw.setdefault("fleet", {})["agents"] = agents
    return loads(toml_of(raw), models=scenario.models)


def _slower(item: Any, factor: Fraction) -> Any:
    """A time, a law of times or a table of them, `factor` times as long."""
    if isinstance(item, str):
        return f"{round(parse_duration(item) * factor)}ns"
    if "law" in item:
        return {name: _slower(value, factor) if name in _TIMES else value for name, value in item.items()}
    return {name: _slower(value, factor) for name, value in item.items()}


def _tighter(limits: Mapping[str, Any], part: Fraction) -> dict[str, Any]:
    """The limits of a node that serves only `part` as many agents."""
    tighter = dict(limits)
    for name in _CAPS:
        if name in limits:
            table = limits[name] if isinstance(limits[name], dict) else {"value": limits[name]}
            tighter[name] = {**table, "value": _cap(table["value"], part)}
    if "accept_queue" in limits:
        tighter["accept_queue"] = round(limits["accept_queue"] * part)
    for name in _RATES:
        if name in limits:
            rate = format_rate(parse_rate(limits[name]["rate"]) * part)
            burst = max(1, round(limits[name].get("burst", 1) * part))
            tighter[name] = {**limits[name], "rate": rate, "burst": burst}
    return tighter


def _cap(value: int | str, part: Fraction) -> int | str:
    if isinstance(value, str):
        return f"{max(1, round(parse_size(value) * part))}B"
    return max(1, round(value * part))
