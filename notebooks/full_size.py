"""The runs at full size that `capacity_planning` is held against, stored as `full_size.json`.

`make fullsize` writes them anew: 10,000 agents on real nodes, minutes of CPU for each design.
"""

import json
import os
from pathlib import Path
from typing import Any

import wavetank as wt

STORE = Path(__file__).with_suffix(".json")
SITE = ("fleet.agents=10_000", "server.cores=2", "balancer.health_check=2s", "duration=630s")
STORM = "fault=[{ kind = 'cold-start', at = '30s' }]"
CACHED = "auth.key=cached"
KEPT = ("connection.strategy=keep-alive", "connection.idle_timeout=60s")

DESIGNS = {
    "as it is, 3 nodes": ("server.nodes=3",),
    "as it is, 5 nodes": ("server.nodes=5",),
    "cached key, 2 nodes": ("server.nodes=2", CACHED),
    "cached key, kept connections, 3 nodes": ("server.nodes=3", CACHED, *KEPT),
}
THIN = 5
"""Of the series every fifth bin is kept."""

METRICS = (
    "recovery_s",
    "events_queued",
    "events_dropped",
    "event_latency_p99_s",
    "server_utilisation",
    "server_utilisation.wasted",
)


def answer(design: str) -> dict[str, Any]:
    """What a design does in the storm: verdict, the metrics above, backlog over time."""
    sets = (*SITE, *DESIGNS[design], STORM)
    result = wt.run(wt.load("wazuh-60", sets))
    return {
        "scenario": "wazuh-60",
        "sets": list(sets),
        "hash": result.hash,
        "model_version": result.model_version,
        "verdict": result.verdict,
        "summary": {name: result.summary[name] for name in METRICS},
        "t_s": [round(start_s, 3) for start_s in result.columns["t_s"][::THIN]],
        "backlog": [round(value) for value in result.columns["backlog"][::THIN]],
    }


def main() -> None:
    """Run all designs, one after the other, and store them."""
    found = {}
    for design in DESIGNS:
        found[design] = answer(design)
        print(f"{design}: {found[design]['verdict']}", flush=True)
    made = STORE.with_suffix(".tmp")
    lines = [f"{json.dumps(design)}: {json.dumps(one, allow_nan=False)}" for design, one in found.items()]
    made.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    os.replace(made, STORE)


if __name__ == "__main__":
    main()
