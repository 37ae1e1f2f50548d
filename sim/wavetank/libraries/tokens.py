"""Measure the cost of making and checking a token: a library and OpenSSL alone in turns."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from wavetank.libraries.building import Program
from wavetank.libraries.measured import TokenRow
from wavetank.libraries.noise import Turn, busy_now, others_share, repeated
from wavetank.libraries.process import Process, Used, pinned
from wavetank.libraries.transport import spread

SLICES = 3
"""Each library is timed in so many turns, so that a slow second of the machine hits them all."""

_ABOUT_NS = 8_000_000
"""CPU time that one part of a repetition should take; the calls in it are chosen for that."""
_MOST_CALLS = 500
"""A call that takes nanoseconds needs no more for two digits."""


class Bench(NamedTuple):
    """A token probe, and what it said of itself."""

    program: Program
    about: dict[str, Any]


class Outcome(NamedTuple):
    """Rows of the baseline and of the library, the share that others took, repetitions left out."""

    baseline: TokenRow
    library: TokenRow
    others: float
    left_out: int


class _Found(NamedTuple):
    """Microseconds a call in one repetition."""

    baseline: float
    library: float


def start(program: Program, folder: Path) -> Process:
    """A token probe with the keys of a folder."""
    words = ["tokens", "--keys", str(folder)]
    return Process(program, words, pinned(0), folder / f"{program.id}.tokens.log")


def measure_tokens(
    bench: Bench, baseline: Bench, folder: Path, repetitions: int
) -> Iterator[tuple[str, Outcome]]:
    """Each algorithm, key kept and parsed. Raises ProbeProblem, TooBusy."""
    with start(bench.program, folder) as process, start(baseline.program, folder) as raw:
        for algorithm in bench.about["algorithms"]:
            for key in bench.about["keys"]:
                label = f"{algorithm}, key {key}"
                yield (
                    label,
                    _measure(f"{bench.program.id} ({label})", algorithm, key, process, raw, repetitions),
                )


def _measure(
    label: str, algorithm: str, key: str, process: Process, raw: Process, repetitions: int
) -> Outcome:
    costs = {}
    for word in ("sign", "verify"):
        asks = [_Ask(each, f"{word} {algorithm} {key}") for each in (raw, process)]
        turns, left_out = repeated(f"{label}, {word}", repetitions, partial(_turn, asks))
        costs[word] = (asks, [turn.found for turn in turns], [turn.others for turn in turns], left_out)

    def row(end: int) -> TokenRow:
        spreads = {
            f"{word}_us": spread([costs_us[end] for costs_us in each[1]]) for word, each in costs.items()
        }
        return TokenRow(
            algorithm=algorithm,
            key=key,
            repetitions=min(len(each[1]) for each in costs.values()),
            token_bytes=costs["sign"][0][end].bytes,
            **spreads,
        )

    others = [share for each in costs.values() for share in each[2]]
    return Outcome(row(0), row(1), sum(others) / len(others), sum(each[3] for each in costs.values()))


class _Ask:
    """One call of a probe, made so often at a time that the clock can tell."""

    def __init__(self, process: Process, words: str) -> None:
        self._process = process
        self._words = words
        self.bytes = int(process.say(f"{words} 2")["bytes"])
        before = process.used()
        process.say(f"{words} 10")
        one_ns = max(1, process.used().since(before).cpu_ns // 10)
        self.calls = min(_MOST_CALLS, max(5, _ABOUT_NS // one_ns))

    def used(self) -> Used:
        """Return the CPU time and the waiting of `calls` calls."""
        before = self._process.used()
        self._process.say(f"{self._words} {self.calls}")
        return self._process.used().since(before)


def _turn(asks: Sequence[_Ask]) -> Turn[_Found]:
    before = busy_now()
    used = [[ask.used() for ask in asks] for _ in range(SLICES)]
    cpu_ns = [sum(usage.cpu_ns for usage in each) for each in zip(*used, strict=True)]
    waited_ns = sum(each[0].waited_ns for each in used)
    cost_us = _Found(*(ns / 1e3 / SLICES / ask.calls for ns, ask in zip(cpu_ns, asks, strict=True)))
    others = others_share(before, busy_now(), sum(cpu_ns) / 1e9)
    return Turn(cost_us.baseline, cost_us, waited_ns / (waited_ns + cpu_ns[0]), others)
