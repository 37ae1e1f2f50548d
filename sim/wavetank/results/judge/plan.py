"""The judge's plan: what it has to know of a scenario besides the samples, as plain numbers.

It is made once before a run, by closed forms, and never changes. studies/judge_plan.py makes it from a
scenario.
"""

from typing import NamedTuple

from wavetank.policy.codes import FaultKind
from wavetank.results.judge.grid import Grid
from wavetank.scenario.resolved import Fault

FOREVER_NS = 1 << 62
"""The end of a fault that has none."""
LASTS = frozenset({FaultKind.NODE_RESTART, FaultKind.NODE_LOSS, FaultKind.BROWN_OUT})
"""Faults that last; the others happen in one instant."""


class Span(NamedTuple):
    """From when to when a fault lasts, in ns; `end_ns` is FOREVER_NS for one that does not end."""

    begin_ns: int
    end_ns: int


def span_of(fault: Fault) -> Span:
    """Return from when to when a fault lasts."""
    lasts_ns = fault.lasts_ns if FaultKind(fault.kind) in LASTS else 0
    return Span(fault.at_ns, fault.at_ns + lasts_ns)


class Resource(NamedTuple):
    """Something that recovery has to share with the ordinary load.

    Attributes
    ----------
    name : str
        What it is called in sentences.
    capacity_per_s : float
        Work it can do per second, in its own unit (CPU seconds, logins, requests, connections, events).
    per_login, per_request, per_event : float
        What one login, one queued request and one event in an outbox take of it.
    used : str
        Which count of a sample says how much the twin uses ("busy", "logins", "requests", "connects",
        "acknowledged").
    """

    name: str
    capacity_per_s: float
    per_login: float
    per_request: float
    per_event: float
    used: str


class Bound(NamedTuple):
    """The most events per second that one part of the system lets through, by closed form."""

    name: str
    events_per_s: float


class JudgePlan(NamedTuple):
    """Numbers of one scenario that the judge works with.

    Attributes
    ----------
    grid : Grid
        The judging grid.
    agents : int
        Size of the fleet.
    batch_events : float
        Mean number of events in a batch.
    faults : tuple of Span
        In the order of the scenario.
    revivals_ns : tuple of int
        Instants at which agents that are offline begin anew (cold starts).
    warmup_ns : int
        The scenario's warm-up.
    has_signals, has_events, all_closed, has_commands, only_heartbeats : bool
        Which traffic there is: any at all, events, none but closed loops of them, commands, nothing but
        heartbeats.
    token_life_ns : int
        From the grant of a token to its renewal, 0 without tokens.
    periods_ns : tuple of int
        Other regular periods, of which an echo may keep time.
    resources : tuple of Resource
        What limits a recovery; the first one is the cores.
    bounds : tuple of Bound
        What limits the flow of events, for naming what is overloaded.
    filling_events : float
        Most events that wait in batches that no age sends, only because these batches are not full.
    startup_ns : int
        How long a fleet that begins cold or in a ramp may take to log in; 0 for one that is running.
    refused : int
        Agents that the server refuses from the beginning, and that never give up.
    """

    grid: Grid
    agents: int
    batch_events: float
    faults: tuple[Span, ...]
    revivals_ns: tuple[int, ...]
    warmup_ns: int
    has_events: bool
    all_closed: bool
    has_commands: bool
    only_heartbeats: bool
    token_life_ns: int
    periods_ns: tuple[int, ...]
    resources: tuple[Resource, ...]
    bounds: tuple[Bound, ...]
    filling_events: float = 0.0
    startup_ns: int = 0
    has_signals: bool = True
    refused: int = 0
