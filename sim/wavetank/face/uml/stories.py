"""The committed sequence diagrams: small ordinary scenarios, each of which shows one thing when it is run."""

from math import inf
from typing import NamedTuple

from wavetank.face.uml.page import Drawing
from wavetank.face.uml.sequence import sequence_drawing
from wavetank.face.uml.timing import token_life
from wavetank.results.result import Result
from wavetank.scenario import Scenario, loads
from wavetank.studies.replications import run


class Story(NamedTuple):
    """A scenario, and which agent to watch from when until when."""

    name: str
    title: str
    scenario: str
    agent: int = 0
    begin_s: float = 0.0
    end_s: float = inf

    def load(self) -> Scenario:
        """The scenario, checked."""
        return loads(f'name = "{self.name}"\n{self.scenario}')

    def run(self) -> Result:
        """The traced run."""
        return run(self.load(), trace_agents=[self.agent], workers=1)

    def draw(self) -> Drawing:
        """The sequence diagram of it."""
        return sequence_drawing(self.run(), self.agent, self.begin_s, self.end_s, self.name, self.title)


_ONE = """
extends = "wazuh-60"
[[fleet.class]]
name = "workstation"
network = "office"
"""

STORIES = (
    Story(
        "sequence-login",
        "Login: the first token, and the first request that carries it",
        f"""
duration = "2s"
fleet.agents = 1
fleet.start = "cold"
{_ONE}
""",
    ),
    Story(
        "sequence-expired-token",
        "An expired token: rejected, replaced, and the batch sent again",
        f"""
duration = "40s"
fleet.agents = 1
fleet.start = "cold"
auth = {{ ttl = "30s", renew = "on-rejection", on_rejection = "resume" }}
commands.channel = "none"
{_ONE}
stateless.rate = "1/s"
""",
    ),
    Story(
        "sequence-stateless-batch",
        "Stateless batches: collected for 10 s, sent, acknowledged",
        f"""
duration = "5min"
fleet.agents = 1
commands.channel = "none"
{_ONE}
stateless.rate = "1/s"
""",
    ),
    Story(
        "sequence-stateful-replay",
        "A stateful batch is sent until it is acknowledged, whatever becomes of the node",
        f"""
duration = "2min"
fleet.agents = 1
commands.channel = "none"
server.service.stateful = "3s"
fault = [{{ kind = "node-restart", at = "10s", node = 0, down = "40s" }}]
{_ONE}
stateful.rate = "1/s"
""",
        end_s=120.0,  # the run goes on until the verdict on its fault is known
    ),
    Story(
        "sequence-commands-long-poll",
        "Commands by long poll: an empty answer after a minute, a command at once",
        f"""
duration = "8min"
fleet.agents = 1
fleet.start = "cold"
commands = {{ server_hold = "1min", rate = "30/h" }}
{_ONE}
""",
    ),
    Story(
        "sequence-commands-piggyback",
        "Commands on the answers to heartbeats",
        f"""
duration = "4min"
fleet.agents = 1
commands = {{ channel = "piggyback", rate = "30/h" }}
heartbeat.period = "10s"
{_ONE}
""",
    ),
    Story(
        "sequence-restart-storm",
        "A restart storm: everybody logs in at once, and again",
        """
extends = "restart-storm"
duration = "8min"
fleet.agents = 120
server.nodes = 1
server.cores = 1
fault = [{ kind = "cold-start", at = "30s" }]
server.sign.RS256.parsed = "540ms"
[server.service]  # ten times as slow, for a twelfth of the agents per node
handshake = "10ms"
login = "230ms"
stateless = "20ms"
stateful = "20ms"
commands = "20ms"
""",
        agent=119,
        begin_s=20.0,
    ),
)

TIMING = Story(
    "timing-token",
    "A token's life: renewed before it expires, over a slow network",
    f"""
duration = "130s"
fleet.agents = 1
fleet.start = "cold"
auth = {{ ttl = "60s", margin = "15s" }}
commands.channel = "none"
{_ONE}
stateless.rate = "1/s"
[network.office]
delay = "1s"
""",
)


def timing() -> Drawing:
    """The committed timing diagram."""
    return token_life(TIMING.load().resolve(), TIMING.run(), TIMING.agent, TIMING.title)
