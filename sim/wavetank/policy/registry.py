"""The words of a scenario for every choice of policy, with their codes."""

from enum import IntEnum

from wavetank.policy.codes import (
    AgeFrom,
    Answer,
    AuthScheme,
    BackoffLaw,
    BalancerPolicy,
    Channel,
    CheckPhase,
    Dispatch,
    FaultKind,
    LawKind,
    OnRejection,
    Overflow,
    ProcessKind,
    Renewal,
    StartKind,
    Strategy,
    Tls,
)


def words(choices: type[IntEnum]) -> dict[str, int]:
    """Each member's name as scenarios write it: FULL_JITTER is "full-jitter"."""
    return {member.name.lower().replace("_", "-"): int(member) for member in choices}


LAWS = words(LawKind)
PROCESSES = words(ProcessKind)
BACKOFF_LAWS = words(BackoffLaw)
STARTS = words(StartKind)
AUTH_SCHEMES = words(AuthScheme)
RENEWALS = words(Renewal)
ON_REJECTIONS = words(OnRejection)
OVERFLOWS = words(Overflow)
AGES_FROM = words(AgeFrom)
STRATEGIES = words(Strategy)
CHANNELS = words(Channel)
BALANCER_POLICIES = words(BalancerPolicy)
CHECK_PHASES = words(CheckPhase)
DISPATCHES = words(Dispatch)
FAULT_KINDS = words(FaultKind)
TLS_VERSIONS = {"none": int(Tls.NONE), "1.2": int(Tls.V1_2), "1.3": int(Tls.V1_3)}
ANSWERS = {
    "refuse": int(Answer.REFUSE),
    "429": int(Answer.TOO_MANY_REQUESTS),
    "503": int(Answer.UNAVAILABLE),
    "silence": int(Answer.SILENCE),
}
