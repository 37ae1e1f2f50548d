import re

import pytest

from tests.unit.face.uml.cases import exchange, row, traced
from tests.unit.studies.cases import STORM, scenario
from wavetank.face.uml.sequence import MOST_LINES, NothingToDraw, clock, sequence_drawing, sequence_source
from wavetank.policy.codes import Stream
from wavetank.protocol.order import Message
from wavetank.results.result import FaultSpan, Result
from wavetank.results.trace import TraceRow
from wavetank.studies.replications import run

ARROWS = ("A -[", "S -[", "A <-[")


def body(result: Result, begin_s: float = 0, end_s: float = 1000, agent: int = 0) -> list[str]:
    """The lines of the diagram between the participants and the caption."""
    lines = sequence_source(result, agent, begin_s, end_s).splitlines()
    first = max(at for at, line in enumerate(lines) if line.startswith("participant"))
    return lines[first + 1 : -2]


def arrows(result: Result, begin_s: float = 0, end_s: float = 1000) -> list[str]:
    return [line.partition(" : ")[2] for line in body(result, begin_s, end_s) if line.startswith(ARROWS)]


def batches(count: int, every_s: float = 11.0) -> list[TraceRow]:
    return [
        row
        for index in range(count)
        for row in exchange(every_s * index, request=index, events=3 + index % 4)
    ]


def test_messages_with_their_times() -> None:
    assert body(traced(exchange(1, events=3))) == [
        "A -[#0072B2]> S : SYN",
        "note left: 0:01.000",
        "S -[#0072B2]-> A : SYN-ACK",
        "note left: 0:01.040",
        "A -[#0072B2]> S : POST /stateless, 3 events",
        "note left: 0:01.040",
        "S -[#0072B2]-> A : 200",
        "note left: 0:01.080",
        "A -[#0072B2]> S : FIN",
        "note left: 0:01.080",
    ]


def test_repeats_are_folded_and_say_how_often_in_what_time() -> None:
    lines = body(traced(batches(40)))
    assert lines[0] == "loop 40 times in 7 min 9 s"
    assert lines[-1] == "end"
    assert "A -[#0072B2]> S : POST /stateless, 3 to 6 events" in lines
    assert sum(line.startswith(ARROWS) for line in lines) == 5


def test_span_is_kept_to() -> None:
    assert arrows(traced(batches(10)), 20, 24) == arrows(traced(batches(10)), 64, 68)
    assert body(traced(batches(10)), 20, 24)[1] == "note left: 0:22.000"


def test_pauses_and_faults_are_told() -> None:
    fault = FaultSpan("node-restart", 5.0, 9.5)
    lines = body(traced([*exchange(1), *exchange(10, request=1)], (fault,)))
    assert "== node-restart, 0:05 ==" in lines
    assert "== node-restart is over, 0:09.500 ==" in lines
    assert "...9 s later..." not in lines
    assert "...9.92 s later..." in body(traced([*exchange(1), *exchange(11, request=1)]))


def test_lost_messages_are_crossed_out() -> None:
    lines = body(traced([row(Message.SYN, 1, -1e-9), row(Message.SYN, 2)]))
    assert lines[0] == "A -[#0072B2]>x S : SYN for POST /stateless (lost)"


def test_too_much_for_details_has_one_arrow_for_a_connection() -> None:
    rows = [
        *batches(3),
        *exchange(40, Stream.STATEFUL),
        *exchange(50, Stream.HEARTBEAT),
        *exchange(60, Stream.LOGIN),
    ]
    assert "connect by TCP (40 ms)" in arrows(traced(rows))
    assert "FIN" not in arrows(traced(rows))
    assert "Setting up a connection is one arrow" in sequence_source(traced(rows), 0, 0, 100)


def test_too_much_for_a_page_is_cut_and_says_so() -> None:
    streams = [Stream.STATELESS, Stream.STATEFUL, Stream.HEARTBEAT]
    rows = [
        row
        for index in range(200)
        for row in exchange(index, streams[(index * index // 7) % 3], request=index)
    ]
    drawn = body(traced(rows))
    lines = [line for line in drawn if line.startswith((*ARROWS, "loop", "end"))]
    assert len(lines) <= MOST_LINES
    (gap,) = [line for line in drawn if "more messages" in line]
    left_out = int(gap.strip(".").partition(" ")[0])
    loops = [int(line.split()[1]) for line in drawn if line.startswith("loop")]
    assert left_out > 200
    assert left_out < 600
    assert loops


def test_agent_that_was_not_traced() -> None:
    with pytest.raises(NothingToDraw, match=r"agent 5 was not traced.*trace_agents=\[5\]"):
        sequence_source(traced(exchange(1)), 5, 0, 10)


def test_agent_that_is_silent() -> None:
    fault = FaultSpan("node-restart", 25.0, 26.0)
    with pytest.raises(NothingToDraw, match=r"agent 0 says and hears nothing from 0:20.000 to 0:30.000"):
        sequence_source(traced(exchange(1), (fault,)), 0, 20, 30)


def test_a_real_storm_adds_up() -> None:
    """Every message of the trace is in the diagram, once: counted through the loops."""
    result = run(scenario(STORM), trace_agents=[3])
    rows = [row for row in result.trace_rows if row.agent == 3 and 15e9 <= row.sent_ns < 40e9]
    asked = [row for row in rows if row.message == Message.REQUEST]
    counted = 0
    times = 1
    for line in body(result, 15, 40, agent=3):
        assert "more messages" not in line
        if line.startswith("loop"):
            times = int(line.split()[1])
        elif line == "end":
            times = 1
        elif line.startswith("A -[") and re.search(r" : POST /", line):
            counted += times
    assert counted == len(asked) > 10


def test_names_the_nodes_and_the_scenario() -> None:
    drawing = sequence_drawing(traced(exchange(1)), 0, 0, 10)
    assert drawing.title == "queue"
    assert {"agent 0", "server"} <= set(drawing.labels)
    two = [row._replace(node=1) for row in exchange(2, request=1)]
    assert "nodes 0, 1" in sequence_drawing(traced([*exchange(1), *two]), 0, 0, 10).labels


@pytest.mark.parametrize(
    ("at_s", "text"),
    [(0, "0:00.000"), (120.04, "2:00.040"), (59.9996, "1:00.000"), (3_723.5, "1:02:03.500")],
)
def test_clock(at_s: float, text: str) -> None:
    assert clock(round(at_s * 1e9)) == text


def test_a_fault_is_never_left_out() -> None:
    streams = [Stream.STATELESS, Stream.STATEFUL, Stream.HEARTBEAT]
    rows = [row for at in range(60) for row in exchange(10.0 * at, streams[at * at // 7 % 3], request=at)]
    fault = FaultSpan("node-restart", 301.0, 308.0)
    lines = body(traced(rows, (fault,)), 0, 1000)
    (gap,) = [line for line in lines if "more messages" in line]
    assert gap.endswith("; node-restart, 5:01; node-restart is over, 5:08...")
