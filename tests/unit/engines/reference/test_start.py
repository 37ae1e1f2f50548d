from tests.unit.engines.reference.small import S, sent, tally_of
from wavetank.protocol.order import Message

HELD = """
    duration = "40s"
    fleet.agents = 400
    [[fleet.class]]
    name = "a"
    [commands]
    channel = "long-poll"
    hold = "60s"
    server_hold = "30s"
"""


def test_holds_of_a_steady_fleet_end_all_over_the_shorter_hold() -> None:
    """docs/model.md#start: ages are uniform, so that the first answers are, whichever side ends the hold."""
    first: dict[int, int] = {}
    for row in sent(tally_of(HELD), Message.RESPONSE):
        first.setdefault(row.agent, row.sent_ns)
    assert len(first) == 400
    ends = sorted(first.values())
    assert 0 <= ends[0] < S
    assert 29 * S < ends[-1] <= 30 * S
    # the greatest distance from the uniform distribution; 1.63 / sqrt(n) is met by 99 of 100 samples
    distance = max(abs(end / (30 * S) - rank / 400) for rank, end in enumerate(ends))
    assert distance < 1.63 / 20
