"""Small scenarios for the tests of studies and of the command line."""

from wavetank.scenario import Scenario, loads
from wavetank.scenario.resolved import Resolved

QUEUE = """
name = "queue"
duration = "30s"

[fleet]
agents = 20

[[fleet.class]]
name = "desk"
stateless = { rate = "1/s" }

[server]
service.stateless = { law = "exponential", mean = "10ms" }
"""

STORM = """
name = "storm"
duration = "60s"

[fleet]
agents = 20

[[fleet.class]]
name = "desk"
network = "office"
stateless = { rate = "1/s", size = "400B" }

[network.office]
delay = "20ms"

[auth]
scheme = "server-token"
ttl = "40s"

[batching.stateless]
age = "1s"
age_from = "flush"

[connection]
tls = { version = "1.3" }

[retry.login]
timeout = "5s"
backoff = { law = "fixed", base = "1s" }

[retry.stateless]
timeout = "5s"
backoff = { law = "fixed", base = "1s" }

[server]
cores = 2
service.handshake = "2ms"
service.login = "10ms"
service.stateless = "2ms"

[[fault]]
kind = "node-restart"
at = "20s"
node = 0
down = "3s"
"""


def scenario(text: str = QUEUE, *sets: str) -> Scenario:
    """A scenario from its text, with --set words."""
    return loads(text, sets)


def resolved(text: str = QUEUE, *sets: str) -> Resolved:
    """The same, resolved."""
    return scenario(text, *sets).resolve()
