import pytest

from tests.unit.engines.reference.small import S, sent, tally_of
from wavetank.engines.reference.measure import Measure
from wavetank.errors import AccountingError
from wavetank.policy.codes import Purpose, Stream
from wavetank.policy.keyed import draw, key_of, unit
from wavetank.protocol.order import Message

SILENT = """
    duration = "60s"
    seed = {seed}
    [fleet]
    agents = 1
    start = "cold"
    [[fleet.class]]
    name = "one"
    stateless = {{ rate = "1/min" }}
    [heartbeat]
    period = "3s"
    offline_after = "10s"
    offline_sweep = "7s"
    [[fault]]
    kind = "node-loss"
    node = 0
    at = "20s"
    lasts = "35s"
"""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sweeps_have_a_keyed_phase(seed: int) -> None:
    """The alarm comes with the first sweep that finds the agent silent for long enough."""
    tally = tally_of(SILENT.format(seed=seed))
    heard = [row.arrived_ns for row in sent(tally, Message.REQUEST) if row.stream == Stream.HEARTBEAT]
    last_ns = max(at for at in heard if at < 20 * S)
    fleet = key_of(seed, -1, Stream.HEARTBEAT, Purpose.SWEEP_PHASE)
    sweeps = range(int(unit(draw(fleet, 0, 0)) * 7 * S), 60 * S, 7 * S)
    alarm_ns = next(at for at in sweeps if at - last_ns >= 10 * S)
    assert tally.offline_alarms == 1
    assert tally.offline_detection.sum_ns == alarm_ns - last_ns


def test_books_are_checked_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Measure, "delivered", lambda *_: None)
    with pytest.raises(AccountingError, match="stateless events"):
        tally_of("""
            duration = "5s"
            [fleet]
            agents = 2
            [[fleet.class]]
            name = "one"
            stateless = { rate = "1/s" }
        """)
