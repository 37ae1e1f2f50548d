"""Which engines there are, what each honours, and which one answers.

An engine states the features that it honours; the refusal of a scenario is computed from that.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple, Protocol, cast

from wavetank.engines.features import features
from wavetank.engines.live import honours
from wavetank.engines.progress import Progress
from wavetank.engines.stepped import SteppedRun
from wavetank.errors import MissingExtra, UnsupportedByEngine
from wavetank.results.tally import Tally
from wavetank.scenario.resolved import Resolved

BYTES_PER_AGENT = 8_000
"""Bytes that an agent takes in an engine that does not say how many."""


class Run(Protocol):
    """The interface of every engine: simulate a resolved scenario and return the exact counts."""

    def __call__(
        self,
        resolved: Resolved,
        trace_agents: Iterable[int] = (),
        trace_rows: int = ...,
        progress: Progress | None = None,
        requests: bool = False,
        **more: object,
    ) -> Tally:
        """Simulate `resolved`; keep at most `trace_rows` messages of `trace_agents`.

        With `requests`, every attempt is a row of the tally's `requests` (see `results.requests`); `more` is
        what only this engine understands.
        """
        ...


class Start(Protocol):
    """The second interface of a simulating engine: begin a run that is advanced and judged step by step."""

    def __call__(
        self,
        resolved: Resolved,
        horizon_ns: int,
        trace_agents: Iterable[int] = (),
        trace_rows: int = ...,
        progress: Progress | None = None,
        requests: bool = False,
        **more: object,
    ) -> SteppedRun:
        """Begin a run of `resolved` that ends at `horizon_ns` at the latest.

        `horizon_ns` is not before the duration; the other parameters are those of `Run`.
        """
        ...


class UnknownEngine(UnsupportedByEngine):
    """There is no engine of that name; `key` lists those that there are."""

    def __str__(self) -> str:
        return f"there is no engine {self.engine}; known: {self.key}"


class Engine(NamedTuple):
    """An engine: its module (imported when it is needed, with a function `run`) and what it honours.

    `refuses` finds what else it cannot honour. An engine that is `real` takes the time that it is about,
    and the machine for itself; it is chosen by name only, and its twins are simulated.
    `needs` is the package that it cannot do without, of the extra of that name ("" for none). An engine that
    `frees_threads` does not hold the interpreter's lock while it simulates.
    """

    name: str
    module: str
    meaning: str
    honours: frozenset[str]
    refuses: Callable[[Resolved], Iterable[str]] = lambda _: ()
    real: bool = False
    needs: str = ""
    extra: str = ""
    frees_threads: bool = False

    @property
    def installed(self) -> bool:
        """Whether the package that it needs is there."""
        return not self.needs or find_spec(self.needs) is not None

    @property
    def run(self) -> Run:
        """The function that simulates."""
        return cast(Run, import_module(self.module).run)

    @property
    def start(self) -> Start:
        """The function that begins a stepped run; AttributeError for an engine that is `real`."""
        return cast(Start, import_module(self.module).start)

    def needs_no_samples(self, resolved: Resolved, traced: bool) -> bool:
        """Whether the engine is faster without samples, and what they would say is known without them."""
        knows = getattr(import_module(self.module), "needs_no_samples", None)
        return bool(knows and knows(resolved, traced))

    def agent_bytes(self, resolved: Resolved) -> int:
        """About how much memory each agent of a scenario takes."""
        asks = getattr(import_module(self.module), "agent_bytes", None)
        return int(asks(resolved)) if asks else BYTES_PER_AGENT

    def explain(self, resolved: Resolved, traced: bool = False) -> str:
        """Which of its ways an engine takes for a scenario, and why; `traced`: whether messages are kept."""
        explains = getattr(import_module(self.module), "explain", None)
        return explains(resolved, traced) if explains else f"the only one there is: {self.meaning}"


EVERYTHING: frozenset[str] = frozenset({"*"})
"""Every key of the schema."""

_COMPILED: dict[str, tuple[str, ...]] = {
    "process": ("poisson", "constant", "closed"),
    "fleet.start": ("cold", "ramp"),
    "auth.scheme": ("server-token", "self-token", "per-request-mac"),
    "connection.strategy": ("keep-alive",),
    "commands.channel": ("poll", "long-poll", "piggyback"),
    "balancer.policy": ("random", "round-robin", "power-of-two"),
    "fault.kind": (
        "node-restart", "node-loss", "key-rotation", "invalid-credentials", "brown-out", "cold-start",
    ),
    "server.limits": (
        "connections", "in_flight", "in_flight_bytes", "body", "connect_rate", "request_rate", "login_rate",
        "bandwidth",
    ),
    "": (
        "profile", "fleet.class.credentials", "network.loss", "connection.tls", "heartbeat", "server.nodes",
        "server.blocking", "server.dispatch", "server.serve_abandoned", "server.route_timeout", "store",
    ),
}  # fmt: skip
"""Features that `compiled` supports; a new word is refused until it is equal, and listed here."""


def _listed(honoured: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    joint = {"": "", "server.limits": "."}
    return frozenset(
        f"{key}{joint.get(key, ' = ')}{word}" for key, words in honoured.items() for word in words
    )


ENGINES: tuple[Engine, ...] = (
    Engine(
        "compiled",
        "wavetank.engines.compiled",
        "the same model as Numba kernels: the same figures, for a million agents",
        _listed(_COMPILED),
        needs="numba",
        extra="fast",
        frees_threads=True,
    ),
    Engine(
        "reference",
        "wavetank.engines.reference",
        "SimPy processes, readable and traced: the definition at work",
        EVERYTHING,
    ),
    Engine(
        "live",
        "wavetank.engines.live",
        "the runnable agent as a real fleet against the real server, in real time",
        honours.HONOURED,
        honours.refusals,
        real=True,
    ),
)
"""Every engine, the preferred one first."""


def names() -> tuple[str, ...]:
    """The names of all engines, the preferred one first."""
    return tuple(engine.name for engine in ENGINES)


def refused(engine: Engine, resolved: Resolved) -> tuple[str, ...]:
    """The features of a scenario that an engine does not honour."""
    return (*_missing(engine.honours, features(resolved)), *engine.refuses(resolved))


def _missing(honours: Collection[str], asked: Iterable[str]) -> tuple[str, ...]:
    return () if "*" in honours else tuple(value for value in asked if value not in honours)


def choose(resolved: Resolved, name: str | None = None, among: tuple[Engine, ...] = ENGINES) -> Engine:
    """The engine of that name, or without one the first that is installed and honours the scenario.

    Raises UnknownEngine for an unknown name, MissingExtra where it is not installed, UnsupportedByEngine
    naming the first key not honoured.
    """
    if name is not None:
        known = {engine.name: engine for engine in among}
        if name not in known:
            raise UnknownEngine(name, ", ".join(known))
        among = (known[name],)
        if not among[0].installed:
            raise MissingExtra(among[0].needs, among[0].extra)
    among = tuple(engine for engine in among if engine.installed)
    for engine in among:
        if (name is not None or not engine.real) and not refused(engine, resolved):
            return engine
    raise UnsupportedByEngine(among[0].name, refused(among[0], resolved)[0])
