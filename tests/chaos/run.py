"""Kills agents and server while events flow, and sees that none is lost and none is doubled.

    python -m tests.chaos.run [--seed N] [--kills N] [--events N] [--keep DIR]

Exit status 0: every accepted event is stored, once. 1: not so; it says which. The seed is printed, and
makes the same run again, as far as the machine's own timing lets it.
"""

import argparse
import secrets
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.chaos.storm import POINTS, Verdict, storm
from tests.unit.real.agent.lives import storm as rotated

ROUNDS = 2
"""How often each named point is met."""


def main() -> int:
    """Make one storm; the exit status."""
    parser = argparse.ArgumentParser(prog="tests.chaos.run", description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**9))
    parser.add_argument("--kills", type=int, default=60, help="at random times; more come at named points")
    parser.add_argument("--events", type=int, default=50_000, help="accepted events, at least")
    parser.add_argument("--rotations", type=int, default=100, help="files that are rotated step by step")
    parser.add_argument("--keep", type=Path, help="keep data and logs in this folder")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    begun_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        base = options.keep or Path(folder)
        base.mkdir(parents=True, exist_ok=True)
        verdict, done = storm(base, options.seed, POINTS * ROUNDS, options.kills, options.events, show)
    show("")
    torn = rotations(options.rotations)
    for label, count in sorted(done.items()):
        print(f"{count:5}  {label}")
    print(f"{options.rotations} followed files, rotated, looked at and left at every step: {len(torn)} wrong")
    for line in torn:
        print(f"  {line}")
    return report(verdict, options.seed, time.monotonic() - begun_s) or bool(torn)


def rotations(runs: int) -> list[str]:
    """Rotate many files in one process, with looks and kills between the steps; what went wrong."""
    wrong = []
    for seed in range(runs):
        show(f"followed file {seed + 1}/{runs}")
        with tempfile.TemporaryDirectory(prefix="rotated-") as folder:
            written, accepted, lost = rotated(Path(folder), seed, 8)
        if Counter(written) != Counter(accepted) or not set(lost) <= {"followed.cut"}:
            wrong.append(f"seed {seed}: {len(written)} written, {len(accepted)} accepted, {lost}")
    show("")
    return wrong


def show(text: str) -> None:
    """A line that tells how far it is; silent where nobody looks."""
    if sys.stderr.isatty():
        print(f"\r{text:<78}", end="" if text else "\r", file=sys.stderr, flush=True)


def report(verdict: Verdict, seed: int, took_s: float) -> int:
    """Say how it went; the exit status."""
    print(
        f"{verdict.accepted:,} accepted, {verdict.stored:,} stored ({verdict.doubtful:,} in doubt),"
        f" {verdict.repeats:,} sent again and recognised, in {took_s:.0f} s:"
        f" {len(verdict.lost)} lost, {len(verdict.doubled)} doubled, {len(verdict.strange)} strange,"
        f" {verdict.conflicting} conflicting"
    )
    for fate, events in (("lost", verdict.lost), ("doubled", verdict.doubled), ("strange", verdict.strange)):
        for event in events[:5]:
            print(f"  {fate}: {event[:60]}")
    for event in verdict.unbalanced:
        print(f"  {event}")
    if not verdict.good:
        print(f"again: make chaos ARGS='--seed {seed}'")
    return 0 if verdict.good else 1


if __name__ == "__main__":
    raise SystemExit(main())
