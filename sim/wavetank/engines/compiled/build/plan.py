"""Write a resolved scenario into memory: numbers by name, laws and tables as arrays.

Every number of a resolved scenario that kernels read is written here or in fleet.py and servers.py, once.
A field that a layout has and nobody writes stays 0.
"""

from wavetank.engines.compiled.build.arena import Arena
from wavetank.engines.compiled.model import parts
from wavetank.engines.compiled.model.sending import ACTIONS
from wavetank.policy.choices import names_all
from wavetank.policy.codes import (
    AuthScheme,
    Dispatch,
    Strategy,
    Stream,
)
from wavetank.policy.keyed import GOLDEN, mix
from wavetank.policy.laws import FIXED_LAWS, NO_LAW
from wavetank.protocol.tables import EXCHANGE, TOKEN, Table
from wavetank.protocol.waits import patience_of
from wavetank.results.windows import windows_of

names_all(__name__, Dispatch, "SHARED PER_WORKER")
names_all(__name__, Strategy, "PER_REQUEST KEEP_ALIVE")
names_all(__name__, AuthScheme, "NONE SERVER_TOKEN SELF_TOKEN PER_REQUEST_MAC")

LOOP = 300
"""Events per agent in one instant that a real beginning of a whole fleet never comes near."""


class PlanMemory(Arena):
    """The plan of a run."""

    def _numbers(self) -> None:
        r = self.resolved
        for name in ("duration_ns", "warmup_ns", "bin_ns", "sample_bins", "start", "ramp_ns"):
            self.set(name, getattr(r, name))
        for name, word in (("seed", r.seed), ("seed_key", mix(r.seed + GOLDEN))):
            self.set(name, word - (1 << 64) if word >> 63 else word)
        self.set("latency_end_ns", r.duration_ns - r.tail_ns)
        windows = windows_of(r)
        self.entries = max(1, windows.number)
        self.set("edges_ns", windows.edges_ns)
        self.set("window_of_piece", windows.of_piece)
        bins = -(-r.duration_ns // r.bin_ns)
        for name in ("bins", "bin_room"):
            self.set(name, bins)
        for name in ("horizon_ns", "until_ns", "booked_until_ns", "busy_until_ns"):
            self.set(name, r.duration_ns)
        self.set("login_second", -1)
        self.set("agent_count", r.agents)
        self.set("most_at_once", LOOP * (r.agents + 100))

    def _plans(self) -> None:
        r = self.resolved
        for name in ("auth", "connection", "heartbeat", "balancer", "server", "store"):
            self.set(name, getattr(r, name))
        self.set("command_plan", r.commands)
        self.set("empirical", r.empirical)
        self.set("route_timeout_ns", r.server.route_timeout_ns)
        self.table("operations", parts._Laws, r.server.service.operation)
        self.table("retries", parts._Retries, r.retry)
        patience = patience_of(r.retry, r.commands)
        self.set("patience_ns", patience.ns)
        self.set("hold_is_shorter", patience.hold_is_shorter)
        self.set("needs_token", r.auth.scheme == AuthScheme.SERVER_TOKEN)
        self.set("keeps_alive", r.connection.strategy == Strategy.KEEP_ALIVE)
        self.set("per_worker", r.server.dispatch == Dispatch.PER_WORKER)
        self.set("token_table", _flat(TOKEN))
        self.set("exchange_table", _flat(EXCHANGE))
        self._fixed_costs()

    def _fixed_costs(self) -> None:
        """Write the costs that all requests share because no law has to be drawn (see costs.py)."""
        r = self.resolved
        service, authenticates = r.server.service, r.auth.scheme != AuthScheme.NONE
        fixed, is_fixed = [], []
        for stream in Stream:
            login = stream == Stream.LOGIN
            laws = (
                service.parse,
                service.auth if authenticates and not login else NO_LAW,
                service.operation[stream],
                service.per_event,
                service.per_byte,
                r.auth.sign if login else NO_LAW,
            )
            is_fixed.append(all(law.kind in FIXED_LAWS for law in laws))
            fixed += [law.low for law in laws]
        self.set("is_fixed", is_fixed)
        self.set("fixed_costs", fixed)


def _flat(table: Table) -> list[int]:
    return [after * ACTIONS + action for row in table for after, action in row]
