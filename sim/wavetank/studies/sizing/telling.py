"""Put a sizing into sentences: the answer, what it rests on, and why less is not enough.

The terminal, the page and the notebook all use these sentences. The first one is the answer with its
probability and confidence. Then follow the conditions of the answer, the designs next to it, and the
resource that leaves the least room. A sentence states no more than the evidence: a design without a claim
has no probability. Nothing is decided here.
"""

from collections.abc import Iterator

from wavetank.studies import formatting
from wavetank.studies.sequential import Decision
from wavetank.studies.sizing.answer import Answer
from wavetank.studies.sizing.asked import Asked, decision_of
from wavetank.studies.sizing.conditions import DAY, FAULTS, NODE
from wavetank.studies.sizing.margins import Margin
from wavetank.studies.sizing.resources import Resource

SUBJECTS = {DAY: "an ordinary day", NODE: "one node lost", FAULTS: "the scenario's faults"}
RESOURCES = {
    "cores": "CPU",
    "login_rate": "the limit on logins",
    "request_rate": "the limit on requests",
    "connect_rate": "the limit on new connections",
    "connections": "open connections",
    "in_flight": "requests in flight",
    "workers": "workers",
    "store": "the store",
    "server.limits.bandwidth": "the network card",
}
"""Words for the resources of the closed forms."""


def sentences(size: Answer) -> Iterator[str]:
    """Yield what a planner has to know, the answer first."""
    yield headline(size)
    if size.rank is not None:
        for asked in _main(size, size.rank):
            yield f"{size.sought.text(size.rank)}, {of_condition(size, asked)}."
    yield from _less(size)
    yield from _binding(size)
    yield from size.notes


def headline(size: Answer) -> str:
    """Return the answer in one sentence."""
    word, percent = size.sought.word, 100 * (1 - 3 / size.claim.threshold)
    sure = f"with probability {size.claim.probability:.2f} or more, at {percent:.0f} % confidence"
    if size.rank is not None and not size.runs:
        sure = "in the long run, by closed form"
    if size.rank is not None:
        each = " each" if size.nodes > 1 else ""
        server = f"{formatting.many(size.nodes, 'node')} with {formatting.many(size.cores, 'core')}{each}"
        serve = "serves" if size.nodes == 1 else "serve"
        amount = f"{server} {serve} {formatting.many(size.agents, 'agent')}"
        extra = f" and {size.sought.text(size.rank)}" if word == "connections" else ""
        return f"{amount}{extra}, {sure}."
    if size.decision is Decision.UNDECIDED:
        return f"Undecided: no number of {word} could be shown to do, {sure}."
    return f"No number of {word} that was tried does, {sure}."


def _main(size: Answer, rank: int) -> list[Asked]:
    return [asked for asked in size.of(rank) if not asked.few]


def of_condition(size: Answer, asked: Asked) -> str:
    """Return what became of one condition: "the scenario's faults hold in 48 of 48 runs, ..."."""
    evidence, subject = asked.evidence, SUBJECTS[asked.condition]
    runs = f"{evidence.runs} of {evidence.runs}"
    tightest = tightest_of(asked)
    reached = f", {reached_text(tightest)}" if tightest is not None else ""
    if not evidence.runs:
        fate = "holds" if evidence.decision is Decision.HOLDS else "falls short"
        return f"{subject}: {fate} by Erlang's C formula, without a run{reached}"
    if evidence.decision is Decision.HOLDS:
        runs = f"{evidence.held} of {evidence.runs}"
        claim = "" if asked.few or asked.condition == DAY else f" (P >= {evidence.low:.2f})"
        return f"{subject}: holds in {runs} runs{claim}{reached}"
    if evidence.decision is Decision.FAILS:
        short = evidence.failed or evidence.runs
        return f"{subject}: falls short in {short} of {evidence.runs} runs{reached}"
    counts = f"{evidence.held} held and {evidence.failed} failed of {evidence.runs} runs"
    more = ""
    if asked.condition != DAY and not asked.few:
        more = f", P between {evidence.low:.2f} and {evidence.high:.2f}"
        more += f", {evidence.needed} more runs without a failure would decide"
    return f"{subject}: undecided, {counts}{more}{reached}"


def tightest_of(asked: Asked) -> Margin | None:
    """Return the objective that came nearest to its bound, or missed it by most."""
    return max(asked.margins, key=lambda margin: margin.ratio, default=None)


def reached_text(margin: Margin) -> str:
    """Return how near the runs came to a bound: "back after 6 min 56 s at most (bound 8 min)"."""
    bound = formatting.figure(margin.metric, margin.bound)
    value = None if margin.worst == float("inf") else margin.worst
    worst = formatting.figure(margin.metric, value) if value is not None else formatting.NEVER
    if margin.metric.startswith("recovery_s"):
        if value is None or margin.at_least:
            ended = f" within {worst}" if margin.at_least else ""
            return f"the slowest is not back{ended} (bound {bound})"
        return f"the slowest is back after {worst} (bound {bound})"
    more = "more than " if margin.at_least else ""
    return f"{formatting.title_of(margin.metric)} up to {more}{worst} (bound {bound})"


def _less(size: Answer) -> Iterator[str]:
    """Say why the designs next to the answer are none."""
    ranks = sorted({asked.rank for asked in size.asked} - {size.rank}, reverse=True)
    for rank in ranks:
        asked = size.of(rank)
        decision = decision_of(asked)
        worst = [each for each in asked if each.evidence.decision is decision]
        if size.rank is not None and rank > size.rank:
            runs = sum(each.evidence.runs for each in asked)
            fate = "all hold" if decision is Decision.HOLDS else "not all hold"
            yield f"{size.sought.text(rank)}, to make sure: {runs} runs, {fate}."
        elif worst:
            yield f"{size.sought.text(rank)}, {of_condition(size, worst[0])}."


def _binding(size: Answer) -> Iterator[str]:
    main = [] if size.rank is None else _main(size, size.rank)
    pairs = [(margin.ratio, asked, margin) for asked in main for margin in asked.margins]
    if pairs:
        ratio, asked, margin = max(pairs, key=lambda pair: pair[0])
        name, bound = formatting.title_of(margin.metric), formatting.figure(margin.metric, margin.bound)
        reached = f"{100 * ratio:.0f} % of {bound}"
        yield f"Nearest to its bound: {SUBJECTS[asked.condition]}, {name} at {reached} in the worst run."
    if size.resources:
        first, *others = map(resource_text, size.resources)
        yield f"What binds, by closed form: {first}."
        if others:
            yield f"Others: {'; '.join(others)}."


def resource_text(resource: Resource) -> str:
    """Return how much of a resource is used: "CPU, one node lost: 63 % (alone: 3)"."""
    name = RESOURCES.get(resource.name, resource.name)
    alone = f" (alone: {resource.alone:,})" if resource.alone is not None else ""
    return f"{name}, {SUBJECTS[resource.condition]}: {100 * resource.share:.0f} %{alone}"
