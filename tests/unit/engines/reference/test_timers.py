from tests.unit.engines.reference.small import S, attempt, sent, tally_of
from wavetank.engines.reference.clock import Clock
from wavetank.engines.reference.parts import Attempt
from wavetank.engines.reference.timers import Deadlines
from wavetank.protocol.order import Kind, Message

MANY = 1_000


def watched(clock: Clock, seen: list[tuple[int, int]]) -> Deadlines:
    def due(late: Attempt) -> None:
        late.over = True
        seen.append((clock.ns, late.key[0]))

    return Deadlines(clock, Kind.AGENT_DEADLINE, lambda tried: tried.over, due)


def test_deadlines_come_in_their_order() -> None:
    clock = Clock()
    seen: list[tuple[int, int]] = []
    deadlines = watched(clock, seen)
    for agent, at in ((5, 10), (3, 10), (4, 20)):
        deadlines.set(at, attempt(agent))
    clock.run_until(30, MANY)
    assert seen == [(10, 3), (10, 5), (20, 4)], "those of one instant by agent"


def test_what_is_over_has_no_deadline() -> None:
    clock = Clock()
    seen: list[tuple[int, int]] = []
    deadlines = watched(clock, seen)
    attempts = [attempt(agent) for agent in range(4)]
    for at, tried in enumerate(attempts, 10):
        deadlines.set(at, tried)
    attempts[0].over = attempts[2].over = True
    clock.run_until(30, MANY)
    assert seen == [(11, 1), (13, 3)]


def test_answer_in_the_instant_of_the_deadline_is_in_time() -> None:
    clock = Clock()
    seen: list[tuple[int, int]] = []
    deadlines = watched(clock, seen)
    tried = attempt(0)
    deadlines.set(10, tried)
    clock.call(10, (Kind.ANSWER_ARRIVES, 0, 2, 0, 0, 0), lambda _: setattr(tried, "over", True))
    clock.run_until(30, MANY)
    assert seen == []


def test_timer_is_armed_again_after_a_pause() -> None:
    clock = Clock()
    seen: list[tuple[int, int]] = []
    deadlines = watched(clock, seen)
    deadlines.set(10, attempt(0))
    clock.call(50, (Kind.FLUSH, 0, 0, 0, 0, 0), lambda _: deadlines.set(60, attempt(1)))
    clock.run_until(100, MANY)
    assert seen == [(10, 0), (60, 1)]


def test_deadlines_of_two_streams_may_coincide() -> None:
    stream = '{ rate = "1/min", process = "constant", phase = "1s" }'
    tally = tally_of(f"""
        duration = "5s"
        [fleet]
        agents = 2
        start = "cold"
        [[fleet.class]]
        name = "one"
        stateless = {stream}
        stateful = {stream}
        [batching]
        stateless = {{ count = 1 }}
        stateful = {{ count = 1 }}
        [retry]
        stateless = {{ timeout = "2s", attempts = 1 }}
        stateful = {{ timeout = "2s", attempts = 1 }}
        [server]
        cores = 4
        service = {{ stateless = "3s", stateful = "3s" }}
    """)
    resets = [(row.sent_ns, row.agent, row.stream) for row in sent(tally, Message.RESET)]
    assert resets == [(3 * S, 0, 2), (3 * S, 0, 3), (3 * S, 1, 2), (3 * S, 1, 3)]


def test_hold_and_route_time_out_may_coincide() -> None:
    tally = tally_of("""
        duration = "7s"
        [fleet]
        agents = 1
        start = "cold"
        [[fleet.class]]
        name = "one"
        stateless = { rate = "1/min" }
        [commands]
        channel = "long-poll"
        server_hold = "5s"
        [server]
        route_timeout = { commands = "5s" }
    """)
    answers = [row for row in sent(tally, Message.RESPONSE) if row.stream == 4]
    assert [(row.sent_ns, row.request) for row in answers] == [(5 * S, 0)], "one answer, not two"
