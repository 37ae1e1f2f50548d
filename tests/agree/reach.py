"""Reach of scenarios: the features that engines are asked for, and the events that may occur in a run."""

from collections import Counter
from collections.abc import Iterator

from wavetank.engines.features import FEATURES, features
from wavetank.policy.codes import Cause, DropCause, Stream
from wavetank.protocol.order import Message
from wavetank.protocol.waits import patience_of
from wavetank.results.metrics import LIMITS
from wavetank.results.requests import Outcome
from wavetank.results.tally import Tally
from wavetank.scenario.resolved import Resolved

STREAMS = tuple(stream for stream in Stream if stream is not Stream.REGISTER)
OUTCOMES = tuple(f"{stream.name.lower()} {outcome.name.lower()}" for stream in STREAMS for outcome in Outcome)
SILENCES = tuple(f"silence for {cause.name.lower()}" for cause in LIMITS)
CAUSES = tuple(f"refused for {cause.name.lower()}" for cause in Cause if cause is not Cause.NONE)
DROPS = tuple(f"dropped for {cause.name.lower()}" for cause in DropCause)
OTHERS = (
    "retry", "third attempt", "two at once", "batch of several", "duplicate", "dropped but received",
    "full handshake", "resumed handshake", "kept connection", "wait for a core", "wasted work",
    "offline alarm", "agent offline", "command delivered", "hold from before the run",
    "hold of the agent over", "poll unheard", "poll without a connection", "node taken out",
    "message lost in a silent node", "events queued at the end",
    "two ends in one instant",
    "start at another's end",
)  # fmt: skip
HAPPENINGS = (*OUTCOMES, *CAUSES, *SILENCES, *DROPS, *OTHERS)


def happened(resolved: Resolved, tally: Tally) -> Iterator[str]:
    """Which of HAPPENINGS a run of the reference engine shows, with requests and trace."""
    rows = tally.requests
    assert rows is not None
    for stream in STREAMS:
        for outcome in Outcome:
            if ((rows["stream"] == stream) & (rows["outcome"] == outcome)).any():
                yield f"{stream.name.lower()} {outcome.name.lower()}"
    yield from (f"refused for {cause.name.lower()}" for cause in Cause if tally.causes[cause])
    yield from (f"silence for {cause.name.lower()}" for cause in LIMITS if tally.silent[cause])
    drops = [sum(events.dropped[cause] for events in tally.events) for cause in DropCause]
    yield from (f"dropped for {cause.name.lower()}" for cause in DropCause if drops[cause])
    yield from (name for name, so in _others(resolved, tally).items() if so)


def _others(resolved: Resolved, tally: Tally) -> dict[str, bool]:
    rows, trace, events = tally.requests, tally.trace, tally.events
    assert rows is not None
    polls = rows[(rows["stream"] == Stream.COMMANDS) & (rows["outcome"] == Outcome.OK)]
    ends = Counter(rows["end_ns"][rows["end_ns"] >= 0].tolist())
    connected = {row[2:6] for row in trace if row.message == Message.SYN}
    asked = {row[2:6] for row in trace if row.message == Message.REQUEST}
    return {
        "retry": tally.retries > 0,
        "third attempt": bool((rows["attempt"] >= 2).any()),
        "two at once": _overlapping(rows[["agent", "stream", "start_ns", "end_ns"]].tolist()),
        "batch of several": any(row.message == Message.REQUEST and row.events > 1 for row in trace),
        "duplicate": any(counts.duplicated for counts in events),
        "dropped but received": any(counts.dropped_but_received for counts in events),
        "full handshake": tally.window_handshakes[0] > 0,
        "resumed handshake": tally.window_handshakes[1] > 0,
        "kept connection": bool(asked - connected),
        "wait for a core": tally.wait_waited > 0,
        "wasted work": any(tally.wasted_ns),
        "offline alarm": tally.offline_alarms > 0,
        "agent offline": tally.offline_max > 0,
        "command delivered": tally.commands_delivered > 0,
        "hold from before the run": bool((rows["start_ns"] < 0).any()),
        "hold of the agent over": bool(
            resolved.commands.hold_ns
            and (polls["end_ns"] - polls["start_ns"] == resolved.commands.hold_ns).any()
        ),
        "node taken out": tally.node_detection.count > 0,
        "poll unheard": tally.polls_unheard > 0,
        "poll without a connection": bool(
            patience_of(resolved.retry, resolved.commands).hold_is_shorter
            and tally.timed_out[Stream.COMMANDS]
        ),
        "message lost in a silent node": any(
            row.arrived_ns < 0 and row.message == Message.SYN for row in trace
        ),
        "events queued at the end": any(counts.queued for counts in events),
        "two ends in one instant": any(count > 1 for count in ends.values()),
        "start at another's end": bool(set(rows["start_ns"][rows["attempt"] == 0].tolist()) & set(ends)),
    }


def _overlapping(requests: list[tuple[int, int, int, int]]) -> bool:
    """Whether a stream of an agent had two requests at one time."""
    until: dict[tuple[int, int], int] = {}
    for agent, stream, start_ns, end_ns in requests:
        if start_ns < until.get((agent, stream), start_ns):
            return True
        last_ns = 2**63 if end_ns < 0 else end_ns
        until[agent, stream] = max(last_ns, until.get((agent, stream), last_ns))
    return False


class Reach:
    """How many scenarios had each feature, and in how many each thing happened."""

    def __init__(self) -> None:
        self.scenarios = 0
        self._counts: Counter[str] = Counter()

    def add(self, resolved: Resolved, tally: Tally) -> None:
        """One scenario and what the reference engine counted."""
        self.scenarios += 1
        self._counts.update({*features(resolved), *happened(resolved, tally)})

    def missed(self, wanted: tuple[str, ...]) -> list[str]:
        """List the features and events that no scenario reached."""
        return [outcome for outcome in wanted if not self._counts[outcome]]

    def __str__(self) -> str:
        names = (*FEATURES, *HAPPENINGS)
        lines = [f"{self._counts[name]:>7,}  {name}" for name in names]
        return "\n".join([f"reached in {self.scenarios:,} scenarios:", *lines])
