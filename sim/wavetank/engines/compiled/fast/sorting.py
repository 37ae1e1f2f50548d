"""Sorting the arrivals of a window by their keys.

Few entries are inserted one by one, many are sorted digit by digit. A key holds the time within the
window, then the agent (docs/model.md#order).
"""

from __future__ import annotations

from wavetank.engines.compiled.fast.layouts import (
    Fast,
)
from wavetank.engines.compiled.toolchain.kernels import kernel
from wavetank.engines.compiled.toolchain.structs import store, word

ENTRY_BYTES = 16
"""Two words."""

DIGIT_BITS = 12
"""The counters of a pass take 32 KiB, as much as a core's first cache holds."""

DIGITS = 1 << DIGIT_BITS
FEW = 16
"""So many entries are sorted faster by insertion than by digits."""


@kernel
def move(to: int, source: int, count: int) -> None:
    """Copy entries."""
    for at in range(0, ENTRY_BYTES * count, 8):
        store(to + at, word(source + at))


@kernel
def sort(f: Fast) -> None:
    """Sort the entries by their keys: spread by the first bits of their time, then put right by insertion.

    Where many come at once, digit by digit, from the agents on.
    """
    n = f.entry_count
    if n > FEW:
        bits = 1
        while n >> bits and bits < DIGIT_BITS and bits < f.shift:
            bits += 1
        if one_digit(f, 32 + f.shift - bits, (1 << bits) - 1) > FEW:
            bits = 2
            while f.agent_most >> bits - 2:
                bits += 1
            by_digits(f, 0, bits)
            by_digits(f, 32, f.shift)
            return
    insert_all(f.entries, n)


@kernel
def insert_all(entries: int, n: int) -> None:
    """Sort few entries."""
    for i in range(1, n):
        place = entries + ENTRY_BYTES * i
        key, address = word(place), word(place + 8)
        while place > entries and word(place - ENTRY_BYTES) > key:
            move(place, place - ENTRY_BYTES, 1)
            place -= ENTRY_BYTES
        store(place, key)
        store(place + 8, address)


@kernel
def by_digits(f: Fast, low: int, bits: int) -> None:
    """Sort by `bits` bits of the key from `low` on, the least digit first; equal ones keep their order."""
    width = -(-bits // -(-bits // DIGIT_BITS))
    at = low
    while at < low + bits:
        one_digit(f, at, (1 << min(width, low + bits - at)) - 1)
        at += width


@kernel
def one_digit(f: Fast, at: int, mask: int) -> int:
    """Distribute the entries by one digit of their keys; returns how many have the most frequent one."""
    counts = f.digits
    for digit in range(mask + 1):
        store(counts + 8 * digit, 0)
    end = f.entries + ENTRY_BYTES * f.entry_count
    for entry in range(f.entries, end, ENTRY_BYTES):
        place = counts + 8 * (word(entry) >> at & mask)
        store(place, word(place) + 1)
    before, most = f.spare, 0
    for digit in range(mask + 1):
        count = word(counts + 8 * digit)
        most = max(most, count)
        store(counts + 8 * digit, before)
        before += ENTRY_BYTES * count
    for entry in range(f.entries, end, ENTRY_BYTES):
        place = counts + 8 * (word(entry) >> at & mask)
        to = word(place)
        move(to, entry, 1)
        store(place, to + ENTRY_BYTES)
    f.entries, f.spare = f.spare, f.entries
    return most
