"""Decisions of policy and protocol that kernels call as they stand. They know nothing of it.

Policy and protocol are plain Python functions of scalars; both engines and the real agent call the same
ones. So an agent's rule stands in one place.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from wavetank.policy import (
    admission,
    arrivals,
    backoff,
    balancing,
    flush,
    health,
    keyed,
    laws,
    loss,
    poisson_tree,
    rate_map,
    renewal,
    steady,
)
from wavetank.protocol import server, session, waits

_NAMES: tuple[tuple[ModuleType, tuple[str, ...]], ...] = (
    (keyed, ("mix", "key_of", "key_under", "draw", "unit")),
    (laws, ("sample", "residual", "_erlang", "_lognormal", "_hyperexponential", "_residual_uniform")),
    (loss, ("retransmission_ns",)),
    (rate_map, ("piece_of", "op_until", "time_at")),
    (poisson_tree, ("page_count", "ones", "first_half", "position", "count_before", "offset_of")),
    (arrivals, ("count", "time_of", "phase_ns_of")),
    (steady, ("_nothing_in", "gathering", "carried", "carried_ns")),
    (admission, ("reserve", "take")),
    (backoff, ("wait",)),
    (balancing, ("choose", "less_busy", "rival")),
    (flush, ("due_ns",)),
    (health, ("first_check_ns", "streak_after", "believed")),
    (renewal, ("due_ns",)),
    (session, ("usable", "need_event", "due_event", "is_final", "failure_event", "rejection_event")),
    (server, ("why_refused",)),
    (waits, ("back_off", "renewal_ns")),
)

DECISIONS: tuple[Callable[..., Any], ...] = tuple(
    getattr(module, name) for module, names in _NAMES for name in names
)
