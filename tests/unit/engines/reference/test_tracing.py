"""The trace says who sent what."""

import pytest

from tests.unit.engines.reference.small import S, sent, tally_of
from wavetank.protocol.order import Message

KEPT = """
    duration = "60s"
    fleet.agents = 1
    connection = { strategy = "keep-alive", idle_timeout = "AGENT" }
    server.idle_timeout = "SERVER"
    batching.stateless = { count = 1 }
    [[fleet.class]]
    name = "one"
    stateless = { process = "constant", rate = "2/min" }
"""


@pytest.mark.parametrize(("agent", "server", "up"), [("3s", "9s", 1), ("9s", "3s", 0)])
def test_an_idle_connection_is_closed_by_whoever_waits_less(agent: str, server: str, up: int) -> None:
    closings = sent(tally_of(KEPT.replace("AGENT", agent).replace("SERVER", server)), Message.FIN)
    assert closings
    assert {row.up for row in closings} == {up}


def test_a_reset_says_who_gave_up() -> None:
    text = KEPT.replace("AGENT", "9s").replace("SERVER", "9s")
    impatient = "\nretry.stateless.timeout = '1s'"
    slow = tally_of(text.replace("[[fleet", f"server.service.stateless = '2s'{impatient}\n[[fleet"))
    assert {row.up for row in sent(slow, Message.RESET)} == {1}
    down = """
    retry.stateless.backoff = { law = "fixed", base = "9s" }
    fault = [{ kind = "node-restart", at = "1s", node = 0, down = "58s" }]
    """
    refused = tally_of(text.replace("[[fleet", f"{down}[[fleet"))
    assert {row.up for row in sent(refused, Message.RESET)} == {0}
    assert all(row.sent_ns >= S for row in sent(refused, Message.RESET))


def test_every_other_message_goes_its_own_way() -> None:
    trace = tally_of(KEPT.replace("AGENT", "3s").replace("SERVER", "9s")).trace
    ways = {Message(row.message): row.up for row in trace}
    assert ways == {
        Message.SYN: 1, Message.SYN_ACK: 0, Message.REQUEST: 1, Message.RESPONSE: 0, Message.FIN: 1,
    }  # fmt: skip
