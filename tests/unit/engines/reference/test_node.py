from tests.unit.engines.reference.small import MS, sent, tally_of
from wavetank.policy.codes import Cause, Stream
from wavetank.protocol.order import Message


def test_accept_queue_is_first_come_first_served() -> None:
    """One connection at a time, five in the queue: they are served in the order in which they came."""
    classes = "\n".join(
        f"""
        [[fleet.class]]
        name = "c{index}"
        share = "20%"
        stateless = {{ rate = "1/min", process = "constant", phase = "{phase}ms" }}
        """
        for index, phase in enumerate((1040, 1010, 1030, 1000, 1020))
    )
    tally = tally_of(f"""
        duration = "20s"
        [fleet]
        agents = 5
        start = "cold"
        {classes}
        [batching]
        stateless = {{ count = 1 }}
        [server]
        cores = 4
        service = {{ stateless = "100ms" }}
        limits = {{ connections = 1, accept_queue = 10 }}
    """)
    came = [row.agent for row in sent(tally, Message.SYN)]
    assert came == [3, 1, 4, 2, 0]
    assert [row.agent for row in sent(tally, Message.RESPONSE)] == came
    assert tally.connections_max == 1


def test_time_out_at_the_server_frees_its_place() -> None:
    """A 408 ends the request for the limit of requests in flight, though its job still runs."""
    tally = tally_of("""
        duration = "2s"
        [fleet]
        agents = 2
        start = "cold"
        [[fleet.class]]
        name = "first"
        share = "50%"
        stateless = { rate = "1/min", process = "constant", phase = "0ms" }
        [[fleet.class]]
        name = "second"
        stateless = { rate = "1/min", process = "constant", phase = "100ms" }
        [batching]
        stateless = { count = 1 }
        [retry]
        stateless = { attempts = 1 }
        [server]
        cores = 2
        service = { stateless = "200ms" }
        route_timeout = { stateless = "50ms" }
        limits = { in_flight = 1 }
    """)
    answers = [(row.agent, row.sent_ns // MS, row.status) for row in sent(tally, Message.RESPONSE)]
    assert answers == [(0, 50, 408), (1, 150, 408)]


def test_refused_request_takes_no_place() -> None:
    """A request above the limit is answered 503 and does not count for those that follow."""
    phases = (0, 10, 250)
    classes = "\n".join(
        f"""
        [[fleet.class]]
        name = "c{index}"
        share = "{share}%"
        stateless = {{ rate = "1/min", process = "constant", phase = "{phase}ms" }}
        """
        for index, (phase, share) in enumerate(zip(phases, (33.3, 33.3, 33.4), strict=True))
    )
    tally = tally_of(f"""
        duration = "2s"
        [fleet]
        agents = 3
        start = "cold"
        {classes}
        [batching]
        stateless = {{ count = 1 }}
        [retry]
        stateless = {{ attempts = 1 }}
        [server]
        cores = 2
        service = {{ parse = "20ms", stateless = "180ms" }}
        limits = {{ in_flight = 1 }}
    """)
    answers = [(row.agent, row.sent_ns // MS, row.status) for row in sent(tally, Message.RESPONSE)]
    assert answers == [(1, 30, 503), (0, 200, 200), (2, 450, 200)]


def test_abandoned_job_dies_with_its_node() -> None:
    """The first agent hangs up at 300 ms; its job would end at 600 ms, but the node restarts at 400 ms."""
    tally = tally_of("""
        duration = "2s"
        [fleet]
        agents = 3
        start = "cold"
        [[fleet.class]]
        name = "first"
        share = "33.3%"
        stateless = { rate = "1/min", process = "constant", phase = "100ms" }
        [[fleet.class]]
        name = "second"
        share = "33.3%"
        stateless = { rate = "1/min", process = "constant", phase = "700ms" }
        [[fleet.class]]
        name = "third"
        share = "33.4%"
        stateless = { rate = "1/min", process = "constant", phase = "750ms" }
        [batching]
        stateless = { count = 1 }
        [retry]
        stateless = { attempts = 1, timeout = "200ms" }
        [server]
        cores = 4
        service = { stateless = "500ms" }
        serve_abandoned = true
        limits = { in_flight = 1 }
        [[fault]]
        kind = "node-restart"
        at = "400ms"
        node = 0
        down = "50ms"
    """)
    assert tally.events[0].received == 1
    # a count of -1 would let in both that come after the restart
    assert tally.causes[Cause.IN_FLIGHT] == 1
    answers = [(row.agent, row.sent_ns // MS, row.status) for row in sent(tally, Message.RESPONSE)]
    assert answers == [(2, 750, 503)]


def test_silence_is_counted_and_is_no_rejection() -> None:
    """The limit of requests in flight answers the second request with nothing."""
    tally = tally_of("""
        duration = "2s"
        [fleet]
        agents = 2
        start = "cold"
        [[fleet.class]]
        name = "first"
        share = "50%"
        stateless = { rate = "1/min", process = "constant", phase = "100ms" }
        [[fleet.class]]
        name = "second"
        stateless = { rate = "1/min", process = "constant", phase = "200ms" }
        [batching]
        stateless = { count = 1 }
        [retry]
        stateless = { attempts = 1, timeout = "500ms" }
        [server]
        cores = 2
        service = { stateless = "300ms" }
        limits = { in_flight = { value = 1, answer = "silence" } }
    """)
    assert tally.silent[Cause.IN_FLIGHT] == 1
    assert sum(tally.silent) == 1
    assert sum(tally.causes) == 0
    assert tally.timed_out[Stream.STATELESS] == 1


def test_job_that_ends_makes_room_for_who_comes_then() -> None:
    """An act at an instant comes before a message that arrives at that instant."""
    tally = tally_of("""
        duration = "2s"
        [fleet]
        agents = 2
        start = "cold"
        [[fleet.class]]
        name = "first"
        share = "50%"
        stateless = { rate = "1/min", process = "constant", phase = "100ms" }
        [[fleet.class]]
        name = "second"
        stateless = { rate = "1/min", process = "constant", phase = "300ms" }
        [batching]
        stateless = { count = 1 }
        [retry]
        stateless = { attempts = 1 }
        [server]
        service = { stateless = "200ms" }
        limits = { in_flight = 1 }
    """)
    answers = [(row.agent, row.sent_ns // MS, row.status) for row in sent(tally, Message.RESPONSE)]
    assert answers == [(0, 300, 200), (1, 500, 200)]
