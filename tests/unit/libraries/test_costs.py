import pytest

from tests.unit.libraries.conftest import Make
from tests.unit.libraries.records import card, measurement, row, whole
from wavetank.libraries.catalogue import read_library
from wavetank.libraries.costs import Use, at, uses
from wavetank.libraries.interval import Interval


def only(made: Make, record: dict[str, object], text: str = "") -> Use:
    (use,) = uses(read_library(made(text, a=record)))
    return use


def test_two_sizes_tell_the_request_from_its_bytes(made: Make) -> None:
    use = only(made, whole())
    assert use.server is not None
    assert use.server.at(0) == pytest.approx((30, 40, 50))
    assert use.server.at(25_000) == pytest.approx((80, 90, 100))
    assert use.agent is not None
    assert use.agent.at(25_000) == pytest.approx((35, 45, 55))


def test_one_size_leaves_open_what_is_per_byte() -> None:
    points = ((50_000, Interval(90.0, 100.0, 110.0)),)
    assert at(points, 50_000) == (90, 100, 110)
    assert at(points, 25_000) == (45, 75, 110)  # all per byte; half and half; all per request
    assert at(points, 100_000) == (90, 150, 220)


def test_a_line_that_falls_is_noise_and_taken_as_level() -> None:
    points = ((5_000, Interval(90.0, 100.0, 110.0)), (50_000, Interval(80.0, 95.0, 120.0)))
    assert at(points, 500_000).mid == 100
    assert at(points, 500_000).high == pytest.approx(220)


def test_a_connection_is_what_a_new_one_costs_more(made: Make) -> None:
    use = only(made, whole())
    assert use.server is not None
    assert use.server.connect_us == pytest.approx((480, 500, 520))
    assert use.server.resume_us is None
    assert use.wire is not None
    assert use.wire.connect == pytest.approx((1500, 1500, 1500))
    assert use.down is not None
    assert use.down.request[0][1] == pytest.approx((800, 800, 800))


def test_resumed_connections_are_apart(made: Make) -> None:
    record = whole()
    record["rows"].append(row("new", 100, client=390, server=340, tls="resumed"))
    (use,) = uses(read_library(made(a=record)))
    assert use.server is not None
    assert use.server.resume_us is not None
    assert use.server.resume_us.mid == pytest.approx(340 - 140)


def test_a_websocket_opens_as_http1_does_whatever_http2_costs(made: Make) -> None:
    record = measurement(
        row(server=300, protocol="http2"),
        row("new", server=2_300, protocol="http2"),
        row(server=140),
        row("new", server=640),
        row("stream", server=90, protocol="websocket"),
    )
    stream = {use.protocol: use for use in uses(read_library(made(a=record)))}["websocket"]
    assert stream.server is not None
    assert stream.server.connect_us is not None
    assert stream.server.connect_us.mid == pytest.approx(640 - 140)


def test_costs_belong_to_the_end_where_the_library_stands(made: Make) -> None:
    use = only(made, measurement(row() | {"server": "other"}))
    assert use.server is None
    assert use.agent is not None


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "one HTTP/1.1"),
        ({"protocol": "websocket", "connection": "stream"}, "one WebSocket"),
        ({"protocol": "grpc", "connection": "stream"}, "one stream"),
        ({"protocol": "zmtp", "tls": "curve"}, "one CURVE"),
        ({"tls": "none"}, "one HTTP/1.1 plain"),
    ],
)
def test_a_use_is_named_by_what_tells_it_apart(made: Make, changes: dict[str, str], name: str) -> None:
    assert only(made, measurement(row() | changes)).name == name


OTHERS = """
[[third_party]]
source = "other hands: a test"
[[third_party.row]]
protocol = "http1"
connection = "keep-alive"
tls = "full"
batch_events = 100
event_bytes = 500
client = "one"
server = "one"
repetitions = 1
server_cpu_us = { median = 999, low = 999, high = 999 }
[[third_party.row]]
protocol = "websocket"
connection = "stream"
tls = "full"
batch_events = 100
event_bytes = 500
client = "one"
server = "one"
repetitions = 1
server_cpu_us = { median = 777, low = 777, high = 777 }
"""


def test_what_was_measured_goes_before_what_others_say(made: Make) -> None:
    sides = uses(read_library(made(card(more=OTHERS), a=whole())))
    assert [(use.protocol, use.figures) for use in sides] == [
        ("http1", "measured"),
        ("websocket", "third-party"),
    ]
    bare = uses(read_library(made(card("two", more=OTHERS.replace('"one"', '"two"')), name="two")))
    assert {use.figures for use in bare} == {"third-party"}
