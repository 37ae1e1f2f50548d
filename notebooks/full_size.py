"""The runs at full size that `capacity_planning` is held against, stored as `full_size.json`.

`make fullsize` writes them anew: 10,000 agents on real nodes, minutes for each design. Names of designs after
the command run these alone.
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
DEAR = "server.service.handshake=7.57ms"

DESIGNS = {
    "as it is, 3 nodes": ("server.nodes=3", STORM),
    "as it is, 5 nodes": ("server.nodes=5", STORM),
    "logins limited, 3 nodes": ("server.nodes=3", LIMITED, STORM),
    "cached key, 2 nodes": ("server.nodes=2", CACHED, STORM),
    "cached key, kept connections, 3 nodes": ("server.nodes=3", CACHED, *KEPT, STORM),
    "cached key, kept connections, 3 of 4 nodes, dear handshakes": (
        "server.nodes=3",
        CACHED,
        *KEPT,
        DEAR,
        STORM,
    ),
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
    sets = (*SITE, *DESIGNS[design])
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


def main(names: list[str]) -> None:
    """Run the designs of these names, or all, one after the other, and store them beside the others."""
    found = json.loads(STORE.read_text(encoding="utf-8")) if names else {}
    for design in names or DESIGNS:
        found[design] = answer(design)
        print(f"{design}: {found[design]['verdict']}", flush=True)
    lines = [f"{json.dumps(design)}: {json.dumps(found[design])}" for design in DESIGNS if design in found]
    made = STORE.with_suffix(".tmp")
    made.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    os.replace(made, STORE)


if __name__ == "__main__":
    main(sys.argv[1:])
