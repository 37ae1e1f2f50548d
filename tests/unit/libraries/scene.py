"""A fleet whose load is easy to work out, and a decision with round prices."""

from wavetank.libraries.decision import Decision
from wavetank.scenario import Scenario, loads

TEXT = """
name = "easy"
duration = "2min"  # two spans of 60 s, which a verdict needs
[fleet]
agents = 1000
[[fleet.class]]
name = "a"
share = "100%"
stateless = { rate = "1/s", process = "constant", size = "500B" }
[batching.stateless]
count = 10
[connection]
strategy = "per-request"
tls = { version = "1.3" }
[server]
cores = 4
service.stateless = "2ms"
service.parse = "9ms"
service.handshake = "9ms"
"""


def scene(*sets: str) -> Scenario:
    """1000 agents, each a batch of 10 events of 500 bytes every 10 s; the application takes 2 ms of each."""
    return loads(TEXT, sets)


def decision(**more: object) -> Decision:
    """A core 1 an hour, a GB of memory 2, a GB to the agents 3."""
    prices = {"core_hour": 1, "gb_hour": 2, "gb_to_servers": 0, "gb_to_agents": 3}
    raw: dict[str, object] = {
        "name": "test",
        "currency": "EUR",
        "prices": prices,
        "criterion": [
            {"id": "money", "name": "Money", "weight": 3, "figure": "money", "better": "less", "why": "x"},
            {"id": "cpu", "name": "CPU", "weight": 1, "figure": "agent_cpu", "better": "less", "why": "x"},
        ],
        "sources": {f"prices.{name}": "a test" for name in prices},
        **more,
    }
    return Decision.model_validate(raw)
