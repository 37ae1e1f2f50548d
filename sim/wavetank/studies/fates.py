"""The fate of a fleet in sentences, made of the judge's statements.

Facts come from the judge, sentences from here, and no sentence says more than its fact: where nothing was
shown within the run, it says so.
"""

from collections.abc import Sequence

from wavetank.results.judge.outcomes import IS_BACK, Outcome
from wavetank.results.judge.statements import Kind, Statement
from wavetank.results.judge.verdict import Verdict, echo_metrics
from wavetank.results.result import Result
from wavetank.results.shares import share_of
from wavetank.studies.formatting import duration, figure, many


def fate(result: Result) -> str:
    """Return what becomes of the fleet as the end of a sentence: "is back 11 min 3 s after the fault"."""
    if result.replications > 1:
        return _fate_of_many(result)
    return fate_of(result.judgements[0])


def sentence(result: Result) -> str:
    """Return the verdict as sentences of their own, with what explains it and the engine's remarks."""
    parts = [f"The fleet {fate(result)}."]
    if result.replications == 1:
        parts += explanations(result.judgements[0])
    return " ".join((*parts, *result.said))


# ---- one run --------------------------------------------------------------------------------------


def fate_of(verdict: Verdict) -> str:
    """Return what became of the fleet in one run, as the end of a sentence."""
    return {
        Outcome.STABLE: _stable,
        Outcome.CARRIED: _carried,
        Outcome.BACK: _back,
        Outcome.BACK_ECHO: _back,
        Outcome.BACK_RELAPSE: _back,
        Outcome.ESCAPED: _escaped,
        Outcome.UNDECIDED: _undecided,
        Outcome.NOT_CARRIED: _not_carried,
        Outcome.LOST: _lost,
        Outcome.METASTABLE: _trapped,
        Outcome.OVERLOADED: _overloaded,
    }[verdict.outcome](verdict)


def _stable(_: Verdict) -> str:
    return "is stable so far"


def _last(verdict: Verdict, *kinds: Kind) -> Statement:
    return verdict.of(*kinds)[-1]


def _carried(verdict: Verdict) -> str:
    since = duration(_last(verdict, Kind.CARRIED).figures["after_s"])
    return f"carries the fault: within {since} as well as without it"


def _back(verdict: Verdict) -> str:
    recovery = verdict.recovery
    value_s = recovery.value_s if recovery is not None and recovery.value_s is not None else 0.0
    text = f"is back {duration(value_s)} after the fault" if value_s else "is back at once"
    return text + _later(verdict)


def _later(verdict: Verdict) -> str:
    """Tell of echoes and relapses after a fleet was back, as the end of a sentence."""
    echoes, others = verdict.of(Kind.ECHO), verdict.of(Kind.RELAPSE, Kind.LATER_WAVE)
    parts = []
    if echoes:
        parts.append(f"followed by {many(len(echoes), 'echo', 'echoes')}")
    if others:
        first = duration(others[0].figures["after_s"])
        parts.append(f"but worse again {first} after the fault")
    return "".join(f", {part}" for part in parts)


def _escaped(verdict: Verdict) -> str:
    said = _last(verdict, Kind.METASTABLE)
    after = duration(said.figures["after_s"])
    if said.excursion >= 0:
        return f"{_back(verdict)} and trapped for more than {after} (escaped)"
    return f"{_back(verdict)}, although still trapped after {after} (escaped)"


def _undecided(verdict: Verdict) -> str:
    recovery = verdict.recovery
    run = f"; run at least {duration(verdict.decides_s)}" if verdict.decides_s else ""
    if recovery is None and verdict.waiting:
        return f"is undecided: {many(verdict.waiting, 'agent')} still wait when the run ends{run}"
    if recovery is None:
        why = "the run is too short to judge" if verdict.decides_s else "there is nothing to judge by"
        if verdict.piles_up:
            why = "events pile up, and the run is too short to say whether that goes on"
        return f"is undecided: {why}{run}"
    if not verdict.decides_s:
        return "is undecided: there is nothing to judge by"
    if recovery.value_s is None and recovery.open_s:
        return f"is not back when the run ends, {duration(recovery.open_s)} after the fault (undecided{run})"
    return f"is undecided: the fault still lasts when the run ends{run}"


def _not_carried(_: Verdict) -> str:
    return "does not carry the fault: worse than without it while the fault lasts"


def _lost(verdict: Verdict) -> str:
    agents = int(_last(verdict, Kind.LOST).figures["agents"])
    back = verdict.of(Kind.BACK, Kind.ESCAPED)
    others = (
        f", and the others are back {duration(back[-1].figures['after_s'])} after the fault" if back else ""
    )
    return f"has lost {many(agents, 'agent')} for good{others}"


def _trapped(verdict: Verdict) -> str:
    said = _last(verdict, Kind.METASTABLE)
    after = duration(said.figures["after_s"])
    if said.excursion >= 0:
        text = f"is back at first, but trapped since: {after} after it got worse"
    else:
        text = f"is still trapped {after} after the fault"
    multiple = said.figures.get("multiple", 0.0)
    times = f", {multiple:.1f} times what the spare capacity needs" if multiple else ""
    harm = "the backlog grows" if said.note == "grows" else "nothing gets better"
    return f"{text}{times}, and {harm} (metastable)"


def _overloaded(verdict: Verdict) -> str:
    said = _last(verdict, Kind.OVERLOADED)
    created = many(int(said.figures["created"]), "event")
    faults = " even without faults" if verdict.recoveries else ""
    if said.note == "waiting":
        harm = f"{many(int(said.figures['waiting']), 'agent or command', 'agents or commands')} wait in vain"
    elif said.note == "dropped":
        harm = f"{int(said.figures['dropped']):,} of {created} are dropped"
    else:
        harm = f"{round(said.figures['growth']):,} of {created} pile up"
    bottleneck = f" (bottleneck: {verdict.binds})" if verdict.binds else ""
    return f"is overloaded{faults}: {harm}{bottleneck}"


def explanations(verdict: Verdict) -> list[str]:
    """Return sentences that say how exact a recovery is, and where echoes come from."""
    sentences = []
    if verdict.outcome in IS_BACK and verdict.recovery is not None and verdict.recovery.value_s:
        sentences.append(f"This time is known to within {duration(verdict.step_s)}.")
    echoes = verdict.of(Kind.ECHO)
    if echoes:
        height = echo_metrics(verdict).get("echo_height_max")
        if height is not None:
            high = figure("echo_height_max", height)
            sentences.append(f"The highest echo reaches {high} of the first peak.")
        sentences.append(_cause(echoes[0]))
    if verdict.settled_s:
        longer = duration(verdict.settled_s)
        sentences.append(f"The simulation went on for {longer} past the scenario's duration.")
    return sentences


def _cause(echo: Statement) -> str:
    """Explain an echo and say what helps."""
    if "marked_share" in echo.figures:
        return (
            "Tokens that were granted together expire together. "
            "A random token lifetime, or renewal with jitter, spreads them."
        )
    return f"The echoes follow a period of {duration(echo.figures['period_s'])}."


# ---- replications ---------------------------------------------------------------------------------


def _fate_of_many(result: Result) -> str:
    shares = result.shares
    back = [outcome for outcome in shares if outcome in IS_BACK]
    parts = []
    if back:
        count, total = sum(shares[outcome].count for outcome in back), result.replications
        echoes = _echoes(result)
        parts.append(f"is back in {_of(count, total)}{_interval(count, total)}{_median(result)}{echoes}")
    others = {outcome: share for outcome, share in shares.items() if outcome not in back}
    for outcome, share in others.items():
        known = bool(parts) and parts[0].startswith("is ")
        words = WORDS[outcome].removeprefix("is ") if known else WORDS[outcome]
        parts.append(f"{words} in {_of(share.count, share.total)}")
    return "; ".join(parts)


WORDS = {
    Outcome.STABLE: "is stable so far",
    Outcome.CARRIED: "carries the fault",
    Outcome.UNDECIDED: "is undecided",
    Outcome.NOT_CARRIED: "does not carry the fault",
    Outcome.LOST: "has lost agents for good",
    Outcome.METASTABLE: "is trapped",
    Outcome.OVERLOADED: "is overloaded",
}
"""The fate of a fleet that is not back, as the end of a sentence."""


def _of(count: int, total: int) -> str:
    return f"all {total} runs" if count == total else f"{count} of {total} runs"


def _interval(count: int, total: int) -> str:
    share = share_of(count, total)
    if share.low is None or share.high is None:
        return ""
    return f" [{100 * share.low:.0f} %, {100 * share.high:.0f} %]"


def _echoes(result: Result) -> str:
    """In how many runs echoes followed."""
    count = sum(bool(judgement.of(Kind.ECHO)) for judgement in result.judgements)
    return f", with echoes in {_of(count, result.replications)}" if count else ""


def _median(result: Result) -> str:
    median = result.recovery
    if median is None or median.value is None:
        return ""
    pair = ""
    if median.low is not None and median.high is not None:
        pair = f" [{span(median.low, median.high)}]"
    return f", {duration(median.value)}{pair} after the fault (median)"


def span(low_s: float, high_s: float) -> str:
    """Return two durations as an interval: "10 min 30 s, 12 min 50 s"."""
    return f"{duration(low_s)}, {duration(high_s)}"


def letters_of(letters: Sequence[str]) -> str:
    """Return names of designs as people list them: "A, B and C"."""
    return letters[0] if len(letters) == 1 else f"{', '.join(letters[:-1])} and {letters[-1]}"


__all__ = ["WORDS", "explanations", "fate", "fate_of", "letters_of", "sentence", "span"]
