"""Why it came so, in one sentence: clauses chosen by what the run shows, every number a metric of it.

A clause is a text with metrics in braces. It is left out where the run lacks one of them, or where one is
nought or infinite. No clause holds a number of its own.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from wavetank.face.report import bins
from wavetank.policy.codes import Activity, Cause
from wavetank.results.judge.outcomes import IS_BACK, Outcome
from wavetank.results.result import Result
from wavetank.results.summary import Summary
from wavetank.studies import formatting

BUSY = 0.9
"""A utilisation from which on the cores are what there is too little of."""

NOTABLE = 0.02
"""A share of the core time that is worth a word."""

_ACTIVITIES = {
    Activity.HANDSHAKE: "TLS handshakes",
    Activity.PARSE: "reading headers",
    Activity.AUTH: "checking tokens",
    Activity.LOGIN: "logins",
    Activity.EVENTS: "batches of events",
    Activity.COMMANDS: "polls for commands",
    Activity.HEARTBEAT: "heartbeats",
}
_TURNED_AWAY = {
    Cause.TOKEN: "for a token that was not valid",
    Cause.CREDENTIALS: "for their credentials",
    Cause.BODY: "for their size",
    Cause.IN_FLIGHT: "by the limit on requests in flight",
    Cause.IN_FLIGHT_BYTES: "by the limit on bytes in flight",
    Cause.REQUEST_RATE: "by the limit on the request rate",
    Cause.LOGIN_RATE: "by the limit on the login rate",
    Cause.CONNECT_RATE: "by the limit on new connections",
    Cause.CONNECTIONS: "by the limit on open connections",
    Cause.ROUTE_TIMEOUT: "by a time-out at the server",
}


_OF_A_STORM = (Activity.LOGIN, Activity.HANDSHAKE)
"""Activities of which a fleet needs more in a storm than on a calm day."""


class Part(NamedTuple):
    """A piece of the sentence: plain text, or the figure of `metric`."""

    text: str
    metric: str = ""


Sentence = tuple[Part, ...]


def causal_sentence(result: Result) -> Sentence:
    """One sentence on what led to the verdict."""
    lead, clauses, end = _telling(result.outcome)(result)
    parted = [parts for text in clauses if (parts := _clause(text, result.summary))]
    last = next((parts for text in end if (parts := _clause(text, result.summary))), None)
    return _joined(lead, parted, last)


def _telling(outcome: Outcome) -> "Callable[[Result], Told]":
    """Return the function that explains an outcome."""
    if outcome in IS_BACK or outcome is Outcome.LOST:
        return _recovered
    return {
        Outcome.STABLE: _calm,
        Outcome.CARRIED: _calm,
        Outcome.NOT_CARRIED: _stuck,
        Outcome.METASTABLE: _stuck,
        Outcome.OVERLOADED: _overloaded,
        Outcome.UNDECIDED: _undecided,
    }[outcome]


def plain(sentence: Sequence[Part]) -> str:
    """The sentence as text."""
    return "".join(part.text for part in sentence)


Told = tuple[str, Sequence[str], Sequence[str]]
"""The beginning of a sentence, its clauses in order, and possible endings (the first that the run has)."""


def _calm(result: Result) -> Told:
    clauses = [
        "the cores are busy {server_utilisation} of the time",
        "one job in a hundred waits longer than {server_wait_p99_s} for one of them",
        "{request_rate_per_s} requests a second bring {goodput_per_s} events",
    ]
    ends = [
        "and all but one event in a hundred arrive within {event_latency_p99_s}",
        "but more than one event in a hundred does not arrive in time: {events_dropped} are given up",
        "but more than one event in a hundred does not arrive in time: {events_queued} still wait at the end",
    ]
    return "", clauses, ends


def _recovered(result: Result) -> Told:
    summary = result.summary
    ends = ["and the fleet is back {recovery_s} after the fault has ended"]
    if summary.get("recovery_s") == 0:
        ends = ["and the fleet is back at once"]
    needed = "the cores have room for it, busy {server_utilisation} of the time"
    if _of(summary, "server_utilisation") >= BUSY:
        needed = "the cores are busy {server_utilisation} of the time"
    return _after(result), [*_storm(result), needed], ends


def _stuck(result: Result) -> Told:
    return _after(result), _storm(result), ["so {events_queued} events still wait when the run ends"]


def _undecided(result: Result) -> Told:
    waiting = "and {events_queued} events wait at the end"
    if not result.faults:
        return "there is too little to judge by: ", _calm(result)[1], [waiting]
    return _after(result), _storm(result), ["and {events_queued} events still wait when the run ends"]


def _overloaded(result: Result) -> Told:
    summary = result.summary
    lead = "even without the fault, " if result.faults else ""
    busy, produced = _of(summary, "server_utilisation"), _of(summary, "events_produced")
    turned = _of(summary, "rejected_total")
    if busy >= BUSY:
        clauses = [
            "the cores are busy {server_utilisation} of the time" + _most_with(summary),
            "one job in a hundred waits longer than {server_wait_p99_s} for one of them",
            *_given_up(summary),
        ]
    elif turned > 0.1 * _of(summary, "requests_total"):
        clauses = [*_rejections(summary), "the cores are busy only {server_utilisation} of the time"]
    else:
        slow = "every other request for events takes more than {request_latency_p50_s.stateless}"
        clauses = ["the agents themselves hold their events back", slow,
                   "the cores are busy only {server_utilisation} of the time"]  # fmt: skip
    ends = ["so {events_queued} events wait at the end, more and more"]
    if _of(summary, "events_dropped") > max(0.01 * produced, _of(summary, "events_queued")):
        ends = ["so {events_dropped} of {events_produced} events are given up"]
    return lead, [*clauses, "{goodput_per_s} events a second get through"], ends


def _after(result: Result) -> str:
    kinds = " and ".join(dict.fromkeys(span.kind for span in result.faults))
    return f"after the {kinds}, " if kinds else ""


def _storm(result: Result) -> list[str]:
    """List the consequences of a fault, cause by cause."""
    summary = result.summary
    clauses = []
    if logins_surge(result):
        clauses.append("logins peak at {login_peak_per_s} a second against {login_rate_per_s} on average")
    top = _top(summary)
    if top in _OF_A_STORM and _share(summary, top) > NOTABLE:
        clauses.append(
            f"{{server_utilisation.{top.name.lower()}}} of all core time goes into {_ACTIVITIES[top]}"
        )
    if _of(summary, "server_wait_p99_s") >= 1:
        clauses.append("one job in a hundred waits longer than {server_wait_p99_s} for a core")
    clauses += _given_up(summary)
    if _of(summary, "server_utilisation.wasted") > NOTABLE:
        clauses.append(
            "{server_utilisation.wasted} of all core time goes into requests that their agents had abandoned"
        )
    return clauses


def logins_surge(result: Result) -> bool:
    """Whether logins after the first fault are more at once than before, and three times the mean then."""
    rates = list(zip(*bins.points(result, "logins"), strict=True))
    begin_s = min((span.begin_s for span in result.faults), default=0.0) - bins.bin_s(result)
    before = [rate for at_s, rate in rates if at_s < begin_s]
    after = max((rate for at_s, rate in rates if at_s >= begin_s), default=0.0)
    usual = sum(before) / len(before) if before else _of(result.summary, "login_rate_per_s")
    return after > max([3 * usual, *before])


def _given_up(summary: Summary) -> list[str]:
    if _of(summary, "timeouts_total"):
        return ["agents give up waiting {timeouts_total} times and repeat {retries_total} requests"]
    if _of(summary, "requests_lost_total") > _of(summary, "rejected_total"):
        return ["{requests_lost_total} requests are refused or reset, {retries_total} are repeated"]
    return [*_rejections(summary), "{retries_total} requests are repeated"]


def _rejections(summary: Summary) -> list[str]:
    causes = [cause for cause in Cause if cause is not Cause.NONE]
    top = max(causes, key=lambda cause: _of(summary, f"rejected_total.{cause.name.lower()}"))
    return [f"{{rejected_total.{top.name.lower()}}} requests are turned away {_TURNED_AWAY[top]}"]


def _most_with(summary: Summary) -> str:
    top = _top(summary)
    return f", {{server_utilisation.{top.name.lower()}}} with {_ACTIVITIES[top]}" if top is not None else ""


def _top(summary: Summary) -> Activity | None:
    """Return the activity that the cores spend most time on."""
    top = max(Activity, key=lambda activity: _share(summary, activity))
    return top if _share(summary, top) else None


def _share(summary: Summary, activity: Activity) -> float:
    return _of(summary, f"server_utilisation.{activity.name.lower()}")


def _of(summary: Summary, metric: str) -> float:
    return float(summary.get(metric) or 0)


def _clause(text: str, summary: Summary) -> list[Part] | None:
    """The clause with its figures, None where one of them is missing, nought or infinite."""
    parts = []
    for index, piece in enumerate(re.split(r"\{([^}]+)\}", text)):
        if index % 2 == 0:
            parts.append(Part(piece))
        elif not summary.get(piece):
            return None
        else:
            parts.append(Part(formatting.figure(piece, summary[piece]).removesuffix("/s"), piece))
    return [part for part in parts if part.text]


def _joined(lead: str, clauses: Sequence[list[Part]], last: list[Part] | None) -> Sentence:
    pieces = list(_punctuated(clauses, last)) or [Part("nothing was asked of the servers")]
    first, *rest = [Part(lead), *pieces] if lead else pieces
    return (first._replace(text=first.text[:1].upper() + first.text[1:]), *rest, Part("."))


def _punctuated(clauses: Sequence[list[Part]], last: list[Part] | None) -> Iterator[Part]:
    for index, clause in enumerate(clauses):
        if index:
            yield Part("; ")
        yield from clause
    if last is not None:
        if clauses:
            yield Part(", ")
        yield from last
