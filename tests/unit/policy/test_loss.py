"""Loss: how often a leg is lost in a row, and how late it is."""

import pytest

from wavetank.policy.codes import Purpose, Stream
from wavetank.policy.keyed import MASK, draw, key_of, mix, unit
from wavetank.policy.loss import retransmission_ns

MS = 10**6
KEY = key_of(7, 1, Stream.STATELESS, Purpose.DELAY_REQUEST)
WORDS = [draw(KEY, request, 0) for request in range(100_000)]


def losses(loss: float) -> list[int]:
    """How often each of the legs is lost in a row."""
    waits = {200 * MS * (2**k - 1): k for k in range(11)}
    return [waits[retransmission_ns(loss, bits)] for bits in WORDS]


def test_without_loss_nothing_is_late() -> None:
    assert not any(retransmission_ns(0.0, bits) for bits in WORDS)


def test_waits_double_up_to_the_tenth() -> None:
    """200, 200 + 400, 200 + 400 + 800 ms, ...: a uniform is below k of 1/2, 1/4, 1/8, ..."""
    waits_ms = {retransmission_ns(0.5, bits) // MS for bits in WORDS}
    every = [0, 200, 600, 1_400, 3_000, 6_200, 12_600, 25_400, 51_000, 102_200, 204_600]
    assert sorted(waits_ms) == every
    for bits in WORDS[:1_000]:
        k = sum(unit(mix(bits)) < 0.5**j for j in range(1, 11))
        assert retransmission_ns(0.5, bits) == every[k] * MS


def test_what_is_nearly_always_lost_arrives_all_the_same() -> None:
    assert max(retransmission_ns(1.0, bits) for bits in (0, 1, MASK, *WORDS[:100])) == 204_600 * MS


@pytest.mark.parametrize("loss", [0.01, 0.1, 0.3])
def test_mean_is_that_of_the_closed_form(loss: float) -> None:
    """E[2**k - 1] = sum of 2**(j-1) loss**j over j from 1 to 10; within four standard errors."""
    values = [retransmission_ns(loss, bits) / (200 * MS) for bits in WORDS]
    mean = sum(2 ** (j - 1) * loss**j for j in range(1, 11))
    square = sum((2**k - 1) ** 2 * loss**k * (1 - loss) for k in range(10)) + 1_023**2 * loss**10
    error = ((square - mean**2) / len(values)) ** 0.5
    assert sum(values) / len(values) == pytest.approx(mean, abs=4 * error)
    assert losses(loss).count(0) / len(WORDS) == pytest.approx(1 - loss, abs=4 * 0.5 / len(WORDS) ** 0.5)


def test_loss_does_not_depend_on_the_delay() -> None:
    """Of the legs whose delay is short, as many are lost as of the others."""
    lost = [retransmission_ns(0.3, bits) > 0 for bits in WORDS if unit(bits) < 0.3]
    assert sum(lost) / len(lost) == pytest.approx(0.3, abs=4 * 0.46 / len(lost) ** 0.5)
