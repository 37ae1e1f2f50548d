"""Small live runs: a few agents for a few seconds."""

from wavetank.scenario import Scenario, loads

FEW = """
name = "few"
duration = "4s"

[fleet]
agents = 12

[[fleet.class]]
name = "desk"
share = "75%"
network = "near"
stateless = { rate = "2/s", size = "100B" }
stateful = { rate = "1/s", size = { law = "uniform", low = "50B", high = "150B" } }

[[fleet.class]]
name = "printer"
share = "25%"
stateless = { rate = "3/s", process = "constant", size = "2B" }

[network.near]
delay = "5ms"

[auth]
scheme = "server-token"
ttl = "15min"
renew = "before-expiry"
margin = "1min"
on_rejection = "resume"

[batching.stateless]
age = "1s"
age_from = "flush"
buffer_events = 1000

[batching.stateful]
age = "500ms"
count = 3

[connection]
strategy = "keep-alive"
tls = { version = "1.3", resume = true }

[commands]
channel = "long-poll"
rate = "10/min"

[retry.login]
timeout = "10s"
backoff = { law = "full-jitter", base = "100ms", cap = "1s" }

[retry.stateless]
timeout = "10s"
backoff = { law = "full-jitter", base = "100ms", cap = "1s" }

[retry.stateful]
timeout = "10s"
backoff = { law = "full-jitter", base = "100ms", cap = "1s" }

[retry.commands]
backoff = { law = "full-jitter", base = "100ms", cap = "1s" }
"""


def few(*changes: str) -> Scenario:
    """The small scenario, changed."""
    scenario = loads(FEW)
    return scenario.but(*changes) if changes else scenario
