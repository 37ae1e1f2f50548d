"""Samples of one or two agents, by hand: every message takes 10 ms, and no work takes time."""

import pytest

from wavetank.engines.reference import start
from wavetank.engines.reference.stepping import Stepping
from wavetank.policy.codes import Cause
from wavetank.results.judge.grid import grid_of
from wavetank.results.judge.sample import NO_TOKEN, NOT_COUNTED, Level
from wavetank.scenario import loads

MS = 1_000_000
S = 1_000 * MS
FLEET = """
    duration = "100s"
    network.near.delay = "10ms"
    fleet = { agents = AGENTS, start = "cold", class = [{ name = "all", network = "near" STREAMS }] }
    """


def begun(more: str, agents: int = 1, streams: str = "", horizon_ns: int = 3_000 * S) -> Stepping:
    """A run of a small cold fleet."""
    text = FLEET.replace("AGENTS", str(agents)).replace("STREAMS", streams) + more
    return start(loads(text).resolve(), horizon_ns)


def test_failed_request_is_a_need_until_it_is_answered() -> None:
    """Refused at 6.02 s and, 2 s later, at 8.04 s; answered at 10.08 s, four legs after the third SYN."""
    run = begun(
        """
        retry.stateful.backoff = { law = "fixed", base = "2s" }
        batching.stateful.count = 1
        fault = [{ kind = "node-restart", at = "5s", node = 0, down = "4s" }]
        """,
        streams=', stateful = { process = "constant", rate = "1/h", phase = "6s" }',
    )
    run.advance(7 * S)
    sample = run.sample(True)
    assert sample.impaired == Level(1, 6_020 * MS)
    assert (sample.requests, sample.connects, sample.created, sample.settled.value) == (1, 1, 1, 0)
    run.advance(20 * S)
    sample = run.sample(False)
    assert sample.impaired == Level(0, -3_080 * MS)
    assert sample.impaired.mean(13 * S) == pytest.approx(3.08 / 13)
    assert sample.settled == Level(1, 3_080 * MS)
    assert (sample.requests, sample.connects, sample.created) == (3, 3, NOT_COUNTED)
    assert sample.acknowledged == 1


def test_poll_that_no_living_node_holds_is_a_need() -> None:
    """Held from 30 ms on; lost with its node at 5 s, which the agent notices at the end of its hold, 20 s."""
    run = begun(
        """
        commands = { channel = "long-poll", hold = "20s" }
        fault = [{ kind = "node-loss", at = "5s", node = 0, lasts = "10s" }]
        """
    )
    run.advance(5 * S)
    assert run.sample(False).impaired == Level(0, -30 * MS)
    run.advance(5 * S + 1)
    assert run.sample(False).impaired == Level(1, 0)
    run.advance(30 * S)
    assert run.sample(False).impaired == Level(0, -(15_030 * MS - 1))


def test_agent_without_credentials_is_offline_and_its_need_becomes_stale() -> None:
    """Both tokens, given at 30 ms, expire at 10.03 s. At 10.07 s one agent is refused, the other is well."""
    run = begun(
        """
        auth = { scheme = "server-token", ttl = "10s", renew = "on-expiry" }
        batching.stateful.count = 1
        fault = [{ kind = "invalid-credentials", at = "5s", share = "50%" }]
        """,
        agents=2,
        streams=', stateful = { process = "constant", rate = "1/s", phase = "500ms" }',
    )
    run.advance(10 * S)
    sample = run.sample(False)
    assert sample.renewed == (NO_TOKEN, NO_TOKEN)
    assert (sample.logins, sample.offline, run.offline_agents(), run.invalid_tokens()) == (2, 0, (), 0)
    assert sample.impaired == Level(0, -2 * 40 * MS)
    run.advance(20 * S)
    sample = run.sample(True)
    assert sample.renewed == (30 * MS, 30 * MS)
    assert sample.refused[Cause.CREDENTIALS] == 1
    assert sample.impaired == Level(1, (30 + 30 - 70) * MS)
    assert (sample.logins, sample.offline, sample.stale_needs) == (3, 1, 0)
    (lost,) = run.offline_agents()
    assert run.invalid_tokens() == 1
    stale_ns = 10_030 * MS + grid_of(run._world.resolved).stale_ns
    run.advance(stale_ns)
    assert run.sample(False).stale_needs == 0
    run.advance(stale_ns + 1)
    before = run.sample(True)
    assert before.stale_needs == 1
    run.leave([lost])
    sample = run.sample(True)
    assert (sample.impaired, sample.offline, sample.stale_needs) == (Level(0), 0, 0)
    assert (run.offline_agents(), run.invalid_tokens()) == ((), 0)
    # the lost agent delivered its events of 0.5 s to 9.5 s; of the other's all but the last, at most, are
    assert before.settled.value - sample.settled.value == 10
    assert 0 <= sample.created - sample.settled.value <= 1
    run.advance(stale_ns + S)
    assert run.sample(False).offline == 0


def test_rotation_voids_tokens_and_each_rejected_agent_has_a_need() -> None:
    """The next events after 5 s, at 5.5 s, are rejected 40 ms later; the login's answer takes as long."""
    run = begun(
        """
        auth = { scheme = "server-token", ttl = "1h", on_rejection = "resume" }
        batching.stateful.count = 1
        fault = [{ kind = "key-rotation", at = "5s" }]
        """,
        agents=2,
        streams=', stateful = { process = "constant", rate = "1/s", phase = "500ms" }',
    )
    run.advance(5 * S)
    run.sample(False)
    assert run.invalid_tokens() == 0
    run.advance(5 * S + 1)
    run.sample(False)
    assert run.invalid_tokens() == 2
    run.advance(6 * S)
    sample = run.sample(False)
    assert run.invalid_tokens() == 0
    assert sample.renewed == (30 * MS, 30 * MS)
    # impaired from the rejection until the repeated request is answered
    assert sample.impaired == Level(0, -2 * 80 * MS)
    assert sample.refused[Cause.TOKEN] == 2


def test_attempt_that_nobody_ends_is_a_need_after_a_reach() -> None:
    """The node is silent for 200 s; the SYN of 1 s is repeated, at last after 255 s: answered 40 ms later."""
    run = begun(
        """
        batching.stateful.count = 1
        fault = [{ kind = "node-loss", at = "500ms", node = 0, lasts = "200s" }]
        """,
        streams=', stateful = { process = "constant", rate = "1/h", phase = "1s" }',
    )
    reach_ns = grid_of(run._world.resolved).reach_ns
    begins_ns, ends_ns = S + reach_ns, 256_040 * MS
    assert S < begins_ns < ends_ns
    run.advance(begins_ns)
    assert run.sample(False).impaired == Level(0)
    run.advance(begins_ns + 10)
    assert run.sample(False).impaired == Level(1, begins_ns - begins_ns)
    run.advance(300 * S)
    assert run.sample(False).impaired == Level(0, -(ends_ns - begins_ns - 10))
    assert run.sample(False).connects == 9


def test_silence_begins_two_periods_after_the_last_heartbeat() -> None:
    """Heard at 4.03 s and, once the node is back and the SYN of 6 s is repeated at 21 s, at 21.03 s."""
    run = begun(
        """
        heartbeat = { period = "2s" }
        fault = [{ kind = "node-loss", at = "5s", node = 0, lasts = "10s" }]
        """
    )
    run.advance(30 * S)
    sample = run.sample(False)
    assert sample.silent == Level(0, (8_030 - 21_030) * MS)
    run.advance(100 * S)
    assert run.sample(False).silent == Level(0)


def test_commands_are_outstanding_until_they_are_polled_and_stale_when_old() -> None:
    """The node is away from 2 s on: no command is delivered after that."""
    run = begun(
        """
        commands = { channel = "poll", period = "500ms", rate = "1/s" }
        fault = [{ kind = "node-loss", at = "2s", node = 0, lasts = "10h" }]
        """
    )
    run.advance(10 * S)
    sample = run.sample(False)
    pending = run._world.board.pending[0]
    assert sample.outstanding.value == len(pending) > 0
    assert sample.stale_commands == 0
    stale_ns = pending[0] + grid_of(run._world.resolved).stale_ns
    run.advance(stale_ns)
    assert run.sample(False).stale_commands == 0
    run.advance(stale_ns + 1)
    assert run.sample(False).stale_commands == 1
    run.leave([0])
    assert run.sample(False).outstanding == Level(0)


def test_run_cannot_go_back_or_beyond_its_horizon_or_end_before_its_duration() -> None:
    run = begun("", horizon_ns=200 * S)
    run.advance(50 * S)
    for at_ns in (49 * S, 201 * S):
        with pytest.raises(ValueError, match="is not between"):
            run.advance(at_ns)
    with pytest.raises(ValueError, match="lasts"):
        run.finish()


def test_samples_are_for_judged_runs() -> None:
    run = start(loads(FLEET.replace("AGENTS", "1").replace("STREAMS", "")).resolve(), 100 * S, judged=False)
    run.advance(100 * S)
    with pytest.raises(ValueError, match="judged"):
        run.sample(False)
    assert run.finish().ended_ns == 100 * S
