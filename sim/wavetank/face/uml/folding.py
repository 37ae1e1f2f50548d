"""Repetitions in a list of steps, folded; what is still too long for a page, cut."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from wavetank.face.uml.steps import Step

Run = tuple[Step, ...]
"""Consecutive steps of one attempt."""

LONGEST_BODY = 8
"""So many runs, at most, make what is repeated."""


class Block(NamedTuple):
    """Steps repeated `len(rounds)` times in a row: every round's steps, position by position the same."""

    rounds: tuple[Run, ...]

    @property
    def steps(self) -> Run:
        """Those of the first round."""
        return self.rounds[0]

    @property
    def lines(self) -> int:
        """How many lines it takes."""
        return len(self.steps) + (2 if len(self.rounds) > 1 else 0)

    @property
    def messages(self) -> int:
        """How many messages it stands for."""
        return sum(len(steps) for steps in self.rounds)


class Gap(NamedTuple):
    """Blocks that were left out."""

    left_out: tuple[Block, ...]


def folded(steps: Iterable[Step], least: int) -> list[Block]:
    """The steps as blocks: what comes `least` times in a row or more is one."""
    runs = [tuple(run) for _, run in groupby(steps, key=lambda step: step.key)]
    signatures = [tuple(step.signature for step in run) for run in runs]
    blocks = []
    at = 0
    while at < len(runs):
        length, times = _repetition(signatures, at, least)
        rounds = [runs[at + length * turn : at + length * (turn + 1)] for turn in range(times)]
        blocks.append(Block(tuple(tuple(step for run in body for step in run) for body in rounds)))
        at += length * times
    return blocks


def _repetition(signatures: Sequence[object], at: int, least: int) -> tuple[int, int]:
    """Of what begins at `at`: the number of runs in one round, and of rounds; the ones that fold most."""
    best, most = (1, 1), 0
    for length in range(1, LONGEST_BODY + 1):
        body = signatures[at : at + length]
        times = 1
        while signatures[at + times * length : at + (times + 1) * length] == body:
            times += 1
        if len(body) == length and times >= least and (times - 1) * length > most:
            best, most = (length, times), (times - 1) * length
    return best


def cut(blocks: Sequence[Block], most_lines: int) -> list[Block | Gap]:
    """The blocks, without some in the middle where they take more than `most_lines`."""
    if sum(block.lines for block in blocks) <= most_lines:
        return list(blocks)
    head = _fitting(blocks, most_lines * 2 // 3)
    tail = _fitting(blocks[::-1], most_lines - most_lines * 2 // 3)
    return [*blocks[:head], Gap(tuple(blocks[head : len(blocks) - tail])), *blocks[len(blocks) - tail :]]


def _fitting(blocks: Sequence[Block], most_lines: int) -> int:
    """How many of the first blocks fit."""
    lines = 0
    for index, block in enumerate(blocks):
        lines += block.lines
        if lines > most_lines:
            return index
    return len(blocks)
