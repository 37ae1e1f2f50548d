"""Run the designs of `capacity_planning` at full size, 10,000 agents, and store them as `full_size.json`.

`make fullsize` runs all of them, one after the other, which takes a few minutes. Names of designs after the
command run these alone.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import wavetank as wt

STORE = Path(__file__).with_suffix(".json")
SITE = ("fleet.agents=10_000", "server.cores=2", "balancer.health_check=2s", "duration=630s")
COLD = "{ kind = 'cold-start', at = '30s' }"
STORM = f"fault=[{COLD}]"
CACHED = "auth.key=cached"
KEPT = ("connection.strategy=keep-alive", "connection.idle_timeout=60s")

LIMITED = "server.limits.login_rate={ rate = '15/s', burst = 400, answer = '429', retry_after = '30s' }"
HANDSHAKE = "server.service.handshake=7.57ms"

DESIGNS = {
    "as it is, 2 nodes": ("server.nodes=2", STORM),
    "as it is, 3 nodes": ("server.nodes=3", STORM),
    "as it is, 4 nodes": ("server.nodes=4", STORM),
    "as it is, 5 nodes": ("server.nodes=5", STORM),
    "logins limited, 3 nodes": ("server.nodes=3", LIMITED, STORM),
    "logins limited, 4 nodes": ("server.nodes=4", LIMITED, STORM),
    "cached key, 2 nodes": ("server.nodes=2", CACHED, STORM),
    "cached key, kept connections, 3 nodes": ("server.nodes=3", CACHED, *KEPT, STORM),
    "cached key, kept connections, 3 nodes, 7.57 ms": ("server.nodes=3", CACHED, *KEPT, HANDSHAKE, STORM),
}
THIN = 5
"""Every fifth bin of the series is stored."""

METRICS = (
    "recovery_s",
    "events_queued",
    "events_dropped",
    "event_latency_p99_s",
    "server_utilisation",
    "server_utilisation.wasted",
)


def answer(design: str) -> dict[str, Any]:
    """Run a design through the storm and return its verdict, the metrics above and its backlog over time."""
    sets = (*SITE, *DESIGNS[design])
    result = wt.run(wt.load("wazuh-60", sets))
    return {
        "scenario": "wazuh-60",
        "sets": list(sets),
        "hash": result.hash,
        "model_version": result.model_version,
        "verdict": result.verdict,
        "summary": {name: result.summary[name] for name in METRICS},
        "censored": {name: result.censored[name] for name in METRICS if name in result.censored},
        "t_s": [round(start_s, 3) for start_s in result.columns["t_s"][::THIN]],
        "backlog": [round(value) for value in result.columns["backlog"][::THIN]],
    }


def main(names: list[str]) -> None:
    """Run the designs of these names, or all, one after the other, and store them with the others."""
    stored = json.loads(STORE.read_text(encoding="utf-8")) if names else {}
    for design in names or DESIGNS:
        stored[design] = answer(design)
        print(f"{design}: {stored[design]['verdict']}", flush=True)
    lines = [f"{json.dumps(design)}: {json.dumps(stored[design])}" for design in DESIGNS if design in stored]
    made = STORE.with_suffix(".tmp")
    made.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    os.replace(made, STORE)


if __name__ == "__main__":
    main(sys.argv[1:])
