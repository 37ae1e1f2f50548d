"""The words of a scenario and their codes."""

from enum import IntEnum

import pytest

from wavetank.policy import codes, registry


def test_words_are_spelt_as_scenarios_spell_them() -> None:
    assert registry.BACKOFF_LAWS == {
        "none": 0,
        "fixed": 1,
        "exponential": 2,
        "full-jitter": 3,
        "equal-jitter": 4,
        "decorrelated": 5,
        "scaled-jitter": 6,
    }
    assert registry.TLS_VERSIONS == {"none": 0, "1.2": 2, "1.3": 3}
    assert registry.ANSWERS == {"refuse": 0, "429": 1, "503": 2, "silence": 3}
    assert "before-expiry" in registry.RENEWALS
    assert "per-request-mac" in registry.AUTH_SCHEMES


@pytest.mark.parametrize(
    ("choices", "members"),
    [
        (registry.LAWS, codes.LawKind),
        (registry.PROCESSES, codes.ProcessKind),
        (registry.BACKOFF_LAWS, codes.BackoffLaw),
        (registry.STARTS, codes.StartKind),
        (registry.AUTH_SCHEMES, codes.AuthScheme),
        (registry.RENEWALS, codes.Renewal),
        (registry.ON_REJECTIONS, codes.OnRejection),
        (registry.OVERFLOWS, codes.Overflow),
        (registry.AGES_FROM, codes.AgeFrom),
        (registry.STRATEGIES, codes.Strategy),
        (registry.TLS_VERSIONS, codes.Tls),
        (registry.CHANNELS, codes.Channel),
        (registry.BALANCER_POLICIES, codes.BalancerPolicy),
        (registry.DISPATCHES, codes.Dispatch),
        (registry.ANSWERS, codes.Answer),
        (registry.FAULT_KINDS, codes.FaultKind),
    ],
)
def test_every_code_has_one_word(choices: dict[str, int], members: type[IntEnum]) -> None:
    assert sorted(choices.values()) == sorted(int(member) for member in members)
    assert all(type(code) is int for code in choices.values())
