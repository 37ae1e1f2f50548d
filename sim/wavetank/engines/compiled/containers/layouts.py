"""The structures of containers: pools, pending events, histograms, queues and growing lists.

Sizes and offsets of fields follow from the order in which a layout names them. Code never writes them as
numbers.
"""

from __future__ import annotations

from wavetank.engines.compiled.toolchain.structs import Inner, Layout, at, i4, i8, ints


class Pool(Inner):
    """Structures of one size: a list of free ones, and the rest of the latest chunk.

    `mistakes` counts what a checked build has found (pools.py).
    """

    free: i8
    next: i8
    end: i8
    size: i8
    chunks: i8
    mistakes: i8


class Event(Layout):
    """Something that will happen: `high` and `low` are its place among those of the same instant."""

    when_ns: i8
    high: i8
    low: i8
    ref: i8


class Sum(Inner):
    """An exact sum in two words, `high` in units of 2**62."""

    low: i8
    high: i8


class Times(Layout):
    """How many single observations a bin of a histogram holds, modulo 2**32."""

    n: i4


TIMES_BYTES = Times.fields["n"].size


class Histogram(Layout):
    """As results.histogram; `counts` is the address of the first bin's `Times`.

    Four bytes a bin, because the bins in use are what most runs touch most often: at eight, those of a fleet
    fill the second-level cache (1 MiB for both cores of an EPYC) and a request costs 5 % more.
    """

    count: i8
    sum: Sum
    max_ns: i8
    counts: i8
    weights: ints
    steps: ints


class Gauge(Inner):
    """A level, and its moment: the sum of each change times when it was, in ns from an agreed beginning.

    The moment is `coarse` * 2**30 + `fine`: a product of a fleet's events and a step in ns needs more than
    64 bits. The parts hold it as long as fewer than 2**33 changes lie between two looks (`Level` says what
    a look is).
    """

    value: i8
    coarse: i8
    fine: i8


class Calendar(Inner):
    """Pending events: those of the current bucket, later ones in buckets, far ones in lists."""

    bucket: i8
    first: i8
    bucket_events: i8
    capacity: i8
    in_order: i8
    buckets: i8
    mask: i8
    half_shift: i8
    shift: i8
    current: i8
    count: i8
    far_count: i8
    visited: i8
    drained: i8
    chunks: Pool


class Fifo(Inner):
    """Entries (instant, structure, mark) in the order of their instants: a ring. `what` they are about."""

    ring: i8
    capacity: i8
    first: i8
    count: i8
    what: i8


class Words(Inner):
    """A list of int64 that grows."""

    address: i8
    count: i8
    capacity: i8


event_at = at(Event)
times_at = at(Times)
histogram_at = at(Histogram)
HISTOGRAM_BYTES = Histogram.size
