from tests.verify.experiment import tally_of
from wavetank.results.states import CONNECTED, OFFLINE, RETRYING, WAITING


def states(text: str) -> list[set[int]]:
    """The states that each agent was in, in every tenth of the run."""
    rows = tally_of(text).states
    tenth = len(rows[0]) // 10
    return [{state for row in rows for state in row[at : at + tenth]} for at in range(0, 10 * tenth, tenth)]


def test_a_poll_that_is_held_at_last_is_well() -> None:
    """Refused from 20 s to 40 s, tried again each 2 s, then held to the end."""
    shown = states(
        """
        duration = "100s"
        fleet = { agents = 3, start = "cold", class = [{ network = "near" }] }
        network.near.delay = "10ms"
        commands.channel = "long-poll"
        retry.commands.backoff = { law = "fixed", base = "2s" }
        fault = [{ kind = "node-restart", at = "20s", node = 0, down = "20s" }]
        """
    )
    assert shown[1] == {CONNECTED}
    assert RETRYING in shown[3]
    assert shown[5:] == [{CONNECTED}] * 5


def test_every_state_is_seen() -> None:
    text = """
        duration = "100s"
        fleet = { agents = 4, class = [{ network = "near", CREDENTIALS }] }
        network.near.delay = "500ms"
        auth = { scheme = "server-token", ttl = "10s" }
        retry.login.backoff = { law = "fixed", base = "9s" }
        fault = [{ kind = "node-restart", at = "50s", node = 0, down = "5s" }]
        """
    seen = set.union(*states(text.replace(", CREDENTIALS", "")))
    assert seen == {CONNECTED, WAITING, RETRYING}
    refused = states(text.replace("CREDENTIALS", 'credentials = "invalid"'))
    assert refused[-1] == {OFFLINE}
