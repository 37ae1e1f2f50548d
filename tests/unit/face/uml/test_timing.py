import re
from itertools import pairwise

import pytest

from tests.unit.studies.cases import QUEUE, STORM, scenario
from wavetank.face.uml.page import Drawing
from wavetank.face.uml.sequence import NothingToDraw, clock
from wavetank.face.uml.timing import LEAST_PX, token_life
from wavetank.studies.replications import run

CALM = (
    "fault=[]",
    "fleet.agents=1",
    "fleet.start=cold",
    "duration=90s",
    "auth.margin=10s",
    "auth.renew=before-expiry",
)
SLOW = (*CALM, "network.office.delay=1s", "retry.login.timeout=20s", "retry.stateless.timeout=20s")


def life(*sets: str, text: str = STORM, agent: int = 0) -> Drawing:
    asked = scenario(text, *sets)
    return token_life(asked.resolve(), run(asked, trace_agents=[agent]), agent)


def lanes(drawing: Drawing) -> dict[str, list[tuple[str, str]]]:
    """Lane -> (clock, what it is from then on)."""
    words = dict(re.findall(r'A has "([^"]*)" as (\S+)', drawing.source))
    names = {alias: word for word, alias in words.items()}
    states: dict[str, list[tuple[str, str]]] = {}
    now = ""
    for line in drawing.source.splitlines():
        if match := re.fullmatch(r'C is "(.*)"', line):
            now = match[1]
        elif match := re.fullmatch(r"(A|T\d) is (.*)", line):
            states.setdefault(match[1], []).append((now, names.get(match[2], match[2].strip('"'))))
    return states


def seconds(at: str) -> float:
    minutes, rest = at.split(":")
    return 60 * int(minutes) + float(rest)


def test_a_calm_life_in_full() -> None:
    states = lanes(life(*SLOW))
    # SYN, SYN-ACK, ClientHello, ServerHello, request, answer: six legs of 1 s, 2 ms and 10 ms of work;
    # the token lives 40 s from the end of that work, and is renewed 10 s before its end
    assert states["A"] == [
        ("0:00.000", "logging in"), ("0:06.012", "valid"), ("0:35.012", "renewing"), ("0:41.024", "valid"),
        ("1:10.024", "renewing"), ("1:16.036", "valid"),
    ]  # fmt: skip
    assert states["T1"] == [("0:00.000", "{hidden}"), ("0:05.012", "accepted"), ("0:45.012", "{hidden}")]
    assert states["T2"] == [("0:00.000", "{hidden}"), ("0:40.024", "accepted"), ("1:20.024", "{hidden}")]


def test_expiry_while_renewing_is_a_login_again() -> None:
    states = lanes(life(*SLOW, "auth.margin=3s"))["A"]
    assert states[2:5] == [("0:42.012", "renewing"), ("0:45.012", "logging in"), ("0:48.024", "valid")]


def test_renewal_on_expiry_and_on_rejection() -> None:
    on_expiry = lanes(life(*SLOW, "auth.renew=on-expiry"))["A"]
    assert [word for _, word in on_expiry][:4] == ["logging in", "valid", "logging in", "valid"]
    rejected = lanes(life(*SLOW, "auth.renew=on-rejection", "auth.on_rejection=resume"))
    assert [word for _, word in rejected["A"]][:4] == ["logging in", "valid", "logging in", "valid"]
    assert seconds(rejected["A"][2][0]) > seconds(rejected["T1"][2][0])


def test_failed_logins_wait() -> None:
    faults = "fault=[{kind='node-loss', at='0s', node=0, lasts='12s'}]"
    words = [word for _, word in lanes(life(*CALM[1:], faults))["A"]]
    assert words[:5] == ["logging in", "login wait", "logging in", "login wait", "logging in"]


def test_a_cold_start_loses_the_token() -> None:
    fault = "fault=[{kind='cold-start', at='20s'}]"
    states = lanes(
        life("fleet.agents=1", fault, "auth.ttl=90s", "network.office.delay=1s", "retry.login.timeout=20s")
    )
    assert states["A"][:3] == [("0:00.000", "valid"), ("0:20.000", "logging in"), ("0:26.012", "valid")]


def test_places_are_in_order_and_never_too_near() -> None:
    source = life(*CALM).source
    places = [int(at) for at in re.findall(r"^@(\d+)$", source, re.MULTILINE)]
    assert places == sorted(places)
    assert min(after - before for before, after in pairwise(places)) >= LEAST_PX
    assert "Short steps are widened" in source


def test_instants_are_those_of_the_trace() -> None:
    asked = scenario(STORM, *SLOW)
    result = run(asked, trace_agents=[0])
    times = {clock(at) for row in result.trace_rows for at in (row.sent_ns, row.arrived_ns)}
    shown = [at for at, _ in lanes(token_life(asked.resolve(), result, 0))["A"]]
    assert set(shown) <= times


@pytest.mark.parametrize(
    ("text", "sets", "reason"),
    [
        (QUEUE, (), "agents get no token from the server"),
        (STORM, ("auth.ttl=1h", "fault=[]"), "agent 0 was given no token in the trace"),
    ],
)
def test_what_is_not_there_is_not_drawn(text: str, sets: tuple[str, ...], reason: str) -> None:
    with pytest.raises(NothingToDraw, match=reason):
        life(*sets, text=text)
