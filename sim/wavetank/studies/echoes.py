"""Echoes foreseen: tokens that are granted together expire together, and the logins come again.

Closed forms from the length of a token's life and of a fault; what they say is held against simulated runs
in tests/verify. Rule: docs/model.md#statements.
"""

from collections.abc import Iterator
from math import ceil, inf

from wavetank.policy.codes import AuthScheme, FaultKind, Renewal, StartKind
from wavetank.policy.registry import FAULT_KINDS
from wavetank.scenario.resolved import Resolved
from wavetank.studies.finding import Finding, Remedy, warning
from wavetank.studies.flows import SECOND, token_life_s
from wavetank.studies.formatting import duration, figure, many
from wavetank.studies.load import loads, login_capacity_per_s
from wavetank.studies.pasting import at_most, lasting, line

TOGETHER = (FaultKind.COLD_START, FaultKind.KEY_ROTATION)
"""Faults after which every agent needs a new token."""
REMEDIES = (
    "with auth.renew = before-expiry, which renews each token at a random time; for a first start also "
    "fleet.start = ramp"
)
NOTABLE_S = 1.0
"""A wave that the servers can do within a second is none."""


def findings(resolved: Resolved) -> Iterator[Finding]:
    """Yield a warning where many agents log in at once and their tokens live equally long.

    Jitter is enough when the servers can do the logins that it spreads beside their other work.
    """
    if resolved.auth.scheme != AuthScheme.SERVER_TOKEN or not resolved.auth.ttl_ns:
        return
    agents = sum(kind.agents for kind in resolved.classes if not kind.invalid_credentials)
    causes, jitter_s = _causes(resolved), _jitter_s(resolved)
    at_best_s = agents / login_capacity_per_s(resolved)
    if not causes or at_best_s < NOTABLE_S or jitter_s * _spare_per_s(resolved) >= agents:
        return
    rate = figure("login_rate_per_s", login_capacity_per_s(resolved))
    life, spread = duration(token_life_s(resolved)), "no jitter"
    if jitter_s:
        spread = f"a jitter of only {duration(jitter_s)}"
    how = "at once"
    if not _at_once(resolved):
        asked = figure("login_rate_per_s", agents * SECOND / resolved.ramp_ns)
        how = f"within {duration(resolved.ramp_ns / SECOND)}, {asked}"
    yield warning(
        "auth.jitter",
        f"{_causes_text(causes)} makes {many(agents, 'agent')} log in {how}. The servers can do {rate}, so "
        f"this first wave takes at least {duration(at_best_s)}. Its tokens live {life} with {spread}, so the "
        f"agents log in together again every {life}: echoes. What spreads them: auth.jitter "
        f"{_needed(resolved, agents)} {REMEDIES}.",
        _remedy(resolved, agents, at_best_s),
    )


def _remedy(resolved: Resolved, agents: int, at_best_s: float) -> Remedy:
    """Renewal at a random time, over twice what the servers need, or half of a token's life at most."""
    spare_per_s = _spare_per_s(resolved)
    ttl_s = resolved.auth.ttl_ns / SECOND
    jitter_s = min(ttl_s / 2, 2 * ceil(agents / spare_per_s) if spare_per_s else inf)
    renewed = (
        "" if resolved.auth.renewal == Renewal.BEFORE_EXPIRY else line("auth.renew", "before-expiry") + "\n"
    )
    last_s = max((each.at_ns + each.lasts_ns for each in resolved.faults), default=0) / SECOND
    return Remedy(
        renewed + line("auth.jitter", at_most(jitter_s)),
        "login_peak_per_s",
        (f"warmup={ceil(last_s + at_best_s * 3)}s", *lasting(resolved, last_s + 2.5 * ttl_s)),
        ("auth.ttl", "fleet.start"),
        (("agents", float(agents)), ("at_best_s", at_best_s), ("per_s", agents / at_best_s)),
    )


def _needed(resolved: Resolved, agents: int) -> str:
    """The jitter that spreads the logins of so many agents over what the servers can do beside their load."""
    spare_per_s = _spare_per_s(resolved)
    needed_s = ceil(agents / spare_per_s) if spare_per_s else inf
    if needed_s >= resolved.auth.ttl_ns / SECOND:
        return "of the whole life of a token and more capacity for logins, or a longer life,"
    return f'= "{needed_s}s" or more'


def _at_once(resolved: Resolved) -> bool:
    """Whether anything makes all agents log in at one instant."""
    return resolved.start != StartKind.RAMP or any(fault.kind in TOGETHER for fault in resolved.faults)


def _spare_per_s(resolved: Resolved) -> float:
    """Return how many logins per second the servers can do beside the fleet's mean load."""
    mean, _ = loads(resolved)
    return login_capacity_per_s(resolved, max(0.0, 1 - mean.utilisation))


def _causes(resolved: Resolved) -> list[str]:
    """List the causes that make all agents log in at once, in the words of a scenario."""
    kinds = {fault.kind for fault in resolved.faults if fault.kind in TOGETHER}
    causes = [f"fault {word}" for word, code in FAULT_KINDS.items() if code in kinds]
    if resolved.start == StartKind.COLD:
        causes.insert(0, "fleet.start = cold")
    agents = sum(kind.agents for kind in resolved.classes if not kind.invalid_credentials)
    if (
        resolved.start == StartKind.RAMP
        and resolved.ramp_ns * login_capacity_per_s(resolved) < agents * SECOND
    ):
        causes.insert(0, "fleet.ramp")
    return causes


def _causes_text(causes: list[str]) -> str:
    text = " or ".join(causes)
    return text[:1].upper() + text[1:] if text.startswith("fault") else text


def _jitter_s(resolved: Resolved) -> float:
    """The random part of a token's life in s: none where it is renewed at its expiry or when rejected."""
    auth = resolved.auth
    return auth.jitter_ns / SECOND if auth.renewal == Renewal.BEFORE_EXPIRY else 0.0
