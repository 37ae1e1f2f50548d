from tests.unit.face.uml.cases import exchange, row
from wavetank.face.uml.steps import Fate, Step, Way, steps
from wavetank.policy.codes import Stream
from wavetank.protocol.order import Message
from wavetank.results.result import FaultSpan
from wavetank.results.trace import TraceRow

END_NS = 1_000_000_000_000


def told(rows: list[TraceRow], *, compact: bool = False, faults: tuple[FaultSpan, ...] = ()) -> list[Step]:
    return steps(sorted(rows), faults, END_NS, compact)


def lines(rows: list[TraceRow], compact: bool = False) -> list[tuple[str, Way, float]]:
    return [(step.kind, step.way, step.at_ns / 1e9) for step in told(rows, compact=compact)]


def test_every_message_at_the_agents_own_time() -> None:
    assert lines(exchange(1.0, events=4)) == [
        ("SYN", Way.UP, 1.0),
        ("SYN-ACK", Way.DOWN, 1.04),
        ("POST /stateless", Way.UP, 1.04),
        ("200", Way.DOWN, 1.08),
        ("FIN", Way.UP, 1.08),
    ]
    assert [step.events for step in told(exchange(1.0, events=4))] == [0, 0, 4, 0, 0]


def test_compact_makes_one_step_of_a_connection() -> None:
    steps = told(exchange(1.0), compact=True)
    assert [step.kind for step in steps] == ["connect by TCP", "POST /stateless", "200"]
    assert (steps[0].way, steps[0].waited_ns) == (Way.BOTH, 40_000_000)


def test_compact_leaves_a_troubled_connection_as_it_is() -> None:
    rows = [row(Message.SYN, 1, -1e-9), row(Message.SYN, 2), row(Message.RESET, 2.02)]
    steps = told(rows, compact=True)
    assert [(step.kind, step.fate) for step in steps] == [
        ("SYN for POST /stateless", Fate.LOST), ("SYN again", Fate.ARRIVED), ("reset", Fate.ARRIVED),
    ]  # fmt: skip


def test_with_tls() -> None:
    rows = [
        row(Message.SYN, 1), row(Message.SYN_ACK, 1.02), row(Message.ACK, 1.04),
        row(Message.SERVER_HELLO, 1.06), row(Message.TLS_KEY, 1.08), row(Message.TLS_DONE, 1.1),
        row(Message.REQUEST, 1.12),
    ]  # fmt: skip
    assert [(kind, way) for kind, way, _ in lines(rows)] == [
        ("SYN", Way.UP), ("SYN-ACK", Way.DOWN), ("ACK, ClientHello", Way.UP), ("ServerHello", Way.DOWN),
        ("TLS keys", Way.UP), ("TLS finished", Way.DOWN), ("POST /stateless", Way.UP),
    ]  # fmt: skip
    assert [kind for kind, _, _ in lines(rows, compact=True)] == ["connect by TCP and TLS", "POST /stateless"]


def test_answers_say_what_comes_with_them() -> None:
    rows = [
        *exchange(1, Stream.LOGIN),
        *exchange(2, Stream.COMMANDS),
        *exchange(3, Stream.COMMANDS, request=1, commands=2),
        *exchange(4, Stream.HEARTBEAT, commands=1),
        *exchange(5, Stream.STATEFUL, status=401),
    ]
    kinds = [step.kind for step in told(rows) if step.kind[0].isdigit()]
    assert kinds == ["200, token", "200, no command", "200, commands", "200, commands", "401"]
    assert "GET /commands" in [step.kind for step in told(rows)]


def test_attempts_count_from_one() -> None:
    steps = told([*exchange(1), *exchange(2, attempt=1)])
    assert [step.attempt for step in steps if step.attempt] == [1, 2]
    asked = [step for step in steps if step.attempt]
    assert asked[0].signature != asked[1].signature


def test_what_never_arrived_is_lost_unless_the_run_ended() -> None:
    late_s = END_NS / 1e9 - 0.001
    rows = [*exchange(1), row(Message.SYN, 5, -1e-9, request=1), row(Message.SYN, late_s, -1e-9, request=2)]
    assert [step.fate for step in told(rows)][-2:] == [Fate.LOST, Fate.UNDER_WAY]


def test_an_agent_gives_up_and_a_node_resets() -> None:
    waits = [*exchange(1)[:3], row(Message.RESET, 61.0, up=True)]
    refused = [row(Message.SYN, 1), row(Message.RESET, 1.02)]
    struck = [*exchange(1)[:3], row(Message.RESET, 7.0)]
    fault = FaultSpan("node-restart", 7.0, 9.0)
    assert told(waits)[-1][2:4] == ("gives up", Way.UP)
    assert told(waits)[-1].waited_ns == 60_000_000_000
    assert told(refused)[-1][2:4] == ("reset", Way.DOWN)
    (reset,) = [step for step in told(struck, faults=(fault,)) if "reset" in step.kind]
    assert (reset.way, reset.at_ns) == (Way.DOWN, 7_020_000_000)


def test_an_answer_after_that_is_too_late() -> None:
    late = row(Message.RESPONSE, 70, status=408)
    steps = told([*exchange(1)[:3], row(Message.RESET, 61.0, up=True), late])
    assert steps[-1].kind == "408, too late"


def test_ends_of_connections_at_rest_and_of_polls() -> None:
    kept = [*exchange(1)[:4], row(Message.FIN, 31.0)]
    poll = [*exchange(1, Stream.COMMANDS)[:3], row(Message.FIN, 61.0, stream=Stream.COMMANDS)]
    assert told(kept)[-1].kind == "FIN (idle)"
    assert told(poll)[-1].kind == "end of poll"
    assert told(poll)[-1].waited_ns == 60_000_000_000


def test_what_stands_apart_from_its_request_says_which() -> None:
    poll = exchange(1, Stream.COMMANDS)
    poll[3] = row(Message.RESPONSE, 20, stream=Stream.COMMANDS, status=200)
    kinds = [step.kind for step in told([*poll[:4], *exchange(2)], compact=True)]
    assert kinds == [
        "connect by TCP", "GET /commands", "connect by TCP", "POST /stateless", "200",
        "200, no command to GET /commands",
    ]  # fmt: skip


def test_cause_before_effect_in_one_instant() -> None:
    rows = [*exchange(1, status=401), *exchange(1.08, Stream.LOGIN)]
    kinds = [step.kind for step in told(rows, compact=True)]
    assert kinds.index("401") < kinds.index("POST /login") - 1


def test_faults_are_told_with_their_ends() -> None:
    faults = (FaultSpan("node-restart", 2.0, 5.0), FaultSpan("key-rotation", 3.0, 3.0))
    kinds = [(step.kind, step.way, step.at_ns) for step in told([], faults=faults)]
    assert kinds == [
        ("node-restart", Way.NONE, 2_000_000_000),
        ("key-rotation", Way.NONE, 3_000_000_000),
        ("node-restart is over", Way.NONE, 5_000_000_000),
    ]


def test_whoever_closes_an_idle_connection() -> None:
    by_node = told([*exchange(1)[:4], row(Message.FIN, 31.0, up=False)])[-1]
    assert (by_node.kind, by_node.way, by_node.at_ns) == ("FIN (idle)", Way.DOWN, 31_020_000_000)
