"""The server's counters, in the text format of Prometheus (version 0.0.4)."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator

_BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Prometheus' usual bounds, and longer ones for the long poll."""

# Counters: name, label ("" for none), meaning. The first five are kept in the database.
_COUNTERS = (
    ("wavetank_events_stored_total", "", "Events committed since the database was made."),
    ("wavetank_events_duplicate_total", "", "Stateful events that were stored already."),
    ("wavetank_events_conflicting_total", "", "Of the duplicates, those with other contents."),
    ("wavetank_events_expired_total", "", "Events removed because of --keep-events."),
    ("wavetank_agent_clones_total", "", "Further hosts that logged in as an agent."),
    ("wavetank_events_received_total", "stream", "Events accepted for storing."),
    ("wavetank_events_dropped_total", "cause", "Stateless events accepted and then lost."),
    ("wavetank_logins_total", "result", "Logins of agents."),
    ("wavetank_registrations_total", "result", "Registrations of agents."),
    ("wavetank_refusals_total", "cause", "Requests answered with an error."),
    ("wavetank_commands_queued_total", "", "Commands queued for agents."),
    ("wavetank_commands_confirmed_total", "", "Commands that their agents confirmed."),
    ("wavetank_connections_total", "", "Connections whose TLS handshake was done."),
    ("wavetank_key_rotations_total", "", "Signing keys replaced."),
    ("wavetank_commit_failures_total", "", "Commits that the database refused."),
)
_KEPT = {
    "stored": "wavetank_events_stored_total",
    "duplicate": "wavetank_events_duplicate_total",
    "conflicting": "wavetank_events_conflicting_total",
    "expired": "wavetank_events_expired_total",
    "clones": "wavetank_agent_clones_total",
}
_LABELS = {
    "wavetank_events_received_total": ("stateless", "stateful"),
    "wavetank_events_dropped_total": ("store",),
    "wavetank_logins_total": ("granted", "refused", "limited"),
    "wavetank_registrations_total": ("new", "same", "conflict"),
}
_DURATION = "wavetank_request_duration_seconds"


class Metrics:
    """The counters of one server. Gauges are read when somebody asks."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._seconds: dict[str, list[int]] = {}
        self._sums: dict[str, float] = {}
        self._gauges: dict[str, tuple[str, Callable[[], float]]] = {}
        for name, label, _ in _COUNTERS:
            for value in _LABELS.get(name, ()) if label else ("",):
                self._counts[name, value] = 0

    def restore(self, counters: dict[str, int]) -> None:
        """Take up what the database has counted so far."""
        for kept, name in _KEPT.items():
            self._counts[name, ""] = counters.get(kept, 0)

    def add(self, name: str, label: str = "", by: int = 1) -> None:
        """Count: `name` without wavetank_ and _total."""
        self._counts[f"wavetank_{name}_total", label] += by

    def gauge(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        """A figure that is read when it is asked for: `name` without wavetank_."""
        self._gauges[f"wavetank_{name}"] = (meaning, value)

    def took(self, endpoint: str, seconds: float) -> None:
        """A request to `endpoint` was answered."""
        bins = self._seconds.setdefault(endpoint, [0] * (len(_BOUNDS_S) + 1))
        bins[bisect_left(_BOUNDS_S, seconds)] += 1
        self._sums[endpoint] = self._sums.get(endpoint, 0.0) + seconds

    def text(self) -> str:
        """Everything counted so far."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        for name, label, meaning in _COUNTERS:
            yield f"# HELP {name} {meaning}"
            yield f"# TYPE {name} counter"
            for (counted, value), total in sorted(self._counts.items()):
                if counted == name:
                    yield f'{name}{{{label}="{value}"}} {total}' if label else f"{name} {total}"
        for name, (meaning, value_of) in self._gauges.items():
            yield f"# HELP {name} {meaning}"
            yield f"# TYPE {name} gauge"
            yield f"{name} {value_of():g}"
        yield f"# HELP {_DURATION} From a request's header to its answer, held polls included."
        yield f"# TYPE {_DURATION} histogram"
        for endpoint, bins in sorted(self._seconds.items()):
            below = 0
            for bound, counted_in in zip((*_BOUNDS_S, "+Inf"), bins, strict=True):
                below += counted_in
                yield f'{_DURATION}_bucket{{endpoint="{endpoint}",le="{bound}"}} {below}'
            yield f'{_DURATION}_sum{{endpoint="{endpoint}"}} {self._sums[endpoint]:.6f}'
            yield f'{_DURATION}_count{{endpoint="{endpoint}"}} {below}'
