import pytest

from wavetank.face.libraries.handshakes import Handshake, handshakes
from wavetank.libraries.costs import MEASURED, OTHERS, REQUEST, STREAM, Side, Use
from wavetank.libraries.interval import Interval, exactly

FULL, RESUMED = Interval(400, 500, 600), Interval(100, 200, 300)


def side(full: Interval | None = FULL, resumed: Interval | None = RESUMED) -> Side:
    return Side(((50_000, exactly(100)),), full, resumed)


def use(name: str, agent: Side | None, server: Side | None, **more: str) -> Use:
    words = {"protocol": "http1", "mode": REQUEST, "secured": "tls", "figures": MEASURED, **more}
    return Use(name, **words, agent=agent, server=server, wire=None, down=None)


def test_full_and_resumed_at_each_end() -> None:
    (line,) = handshakes([use("one", side(resumed=None), side())])
    assert line == Handshake(
        "one HTTP/1.1", "500 [400, 600]", "200 [100, 300]", "500 [400, 600]", "not measured: see the end"
    )


def test_the_cheapest_server_first_then_those_that_are_none() -> None:
    dear = use("dear", None, side(Interval(800, 900, 1000)))
    ranked = handshakes([use("only-agent", side(), None), dear, use("cheap", None, side())])
    assert [line.name.split()[0] for line in ranked] == ["cheap", "dear", "only-agent"]
    assert ranked[0][3:] == ("–", "–")
    assert ranked[2][1:3] == ("–", "–")


@pytest.mark.parametrize(
    ("more", "why"),
    [({"secured": "curve"}, "CURVE resumes nothing"), ({"figures": OTHERS}, "not in their figures")],
)
def test_an_empty_cell_says_why(more: dict[str, str], why: str) -> None:
    (line,) = handshakes([use("one", None, side(resumed=None), **more)])
    assert line.server_resumed == why


def test_streams_plain_ones_and_those_without_new_connections_are_left_out() -> None:
    plain, stream = use("plain", None, side(), secured="none"), use("s", None, side(), mode=STREAM)
    assert handshakes([plain, stream, use("kept", None, side(None, None))]) == []
