"""Rows of a trace, written by hand: one agent, times in seconds."""

from dataclasses import replace

from tests.unit.studies.cases import QUEUE, scenario
from wavetank.policy.codes import Stream
from wavetank.protocol.order import Message
from wavetank.results.result import FaultSpan, Result
from wavetank.results.trace import TraceRow
from wavetank.studies.replications import run

NEVER_S = -1e-9
LEG_S = 0.02
UPWARD = (Message.SYN, Message.ACK, Message.TLS_KEY, Message.REQUEST, Message.FIN)


def row(
    message: Message, sent_s: float, arrived_s: float | None = None, *, stream: Stream = Stream.STATELESS,
    request: int = 0, attempt: int = 0, status: int = 0, events: int = 0, up: bool | None = None,
) -> TraceRow:  # fmt: skip
    """One message of agent 0; it takes LEG_S unless it is said when it arrives.

    It goes the way that such a message goes (FIN up, RESET down) unless `up` is given.
    """
    upward = message in UPWARD if up is None else up
    arrived = sent_s + LEG_S if arrived_s is None else arrived_s
    return TraceRow(
        round(sent_s * 1e9),
        round(arrived * 1e9),
        0,
        stream,
        request,
        attempt,
        message,
        0,
        status,
        events,
        int(upward),
    )


def exchange(
    at_s: float, stream: Stream = Stream.STATELESS, *, request: int = 0, attempt: int = 0, status: int = 200,
    events: int = 0, commands: int = 0,
) -> list[TraceRow]:  # fmt: skip
    """A whole exchange without TLS: SYN at `at_s`, the answer at the agent 4 legs later."""
    about = {"stream": stream, "request": request, "attempt": attempt}
    times = [at_s + leg * LEG_S for leg in range(5)]
    return [
        row(Message.SYN, times[0], **about),  # type: ignore[arg-type]
        row(Message.SYN_ACK, times[1], **about),  # type: ignore[arg-type]
        row(Message.REQUEST, times[2], events=events, **about),  # type: ignore[arg-type]
        row(Message.RESPONSE, times[3], status=status, events=commands, **about),  # type: ignore[arg-type]
        row(Message.FIN, times[4], **about),  # type: ignore[arg-type]
    ]


def traced(rows: list[TraceRow], faults: tuple[FaultSpan, ...] = (), end_s: float = 1000.0) -> Result:
    """A result of a run that ends at `end_s` and holds these rows."""
    base = run(scenario(QUEUE, "duration=5s"))
    ordered = tuple(sorted(rows, key=lambda row: (row.sent_ns, *row[2:7])))
    return replace(base, trace_rows=ordered, faults=faults, columns={"t_s": [0.0, end_s]})
