"""The designs of a sweep: every combination of the values, or a sample of the ranges.

A sample is the same for the same number of points and seed. Equal designs are made once. Samples are Latin
hypercubes or Sobol points over the ranges; lists are covered evenly.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from math import prod

from wavetank.errors import WavetankError
from wavetank.studies.sweeping.axes import Axis
from wavetank.studies.sweeping.sobol import MOST_DIMENSIONS, latin, sobol

SOBOL, LATIN = "sobol", "lhs"
MOST_DESIGNS = 100_000
"""Each takes some milliseconds before its first run: more than this is no sweep for one command."""


class BadSweep(WavetankError):
    """A sweep was asked for something that makes no sense; the text says what would."""


def points_of(
    axes: Sequence[Axis], sample: str | None = None, points: int | None = None, seed: int = 1
) -> list[tuple[str, ...]]:
    """Return the values of every design, one for each axis.

    Parameters
    ----------
    axes
        What is varied.
    sample
        None: every combination of the values. "sobol" or "lhs": so many `points` of the cube of all axes,
        where a list of values takes equal parts.
    points
        How many; a number is needed with a `sample`, and none without.
    seed
        Of the sample.

    Raises
    ------
    BadSweep
        Where these do not fit together.
    """
    if not axes:
        raise BadSweep("nothing is varied; give --vary KEY=A,B,C")
    if sample is None:
        return _grid(axes, points)
    if sample not in (SOBOL, LATIN):
        raise BadSweep(f"there is no sample {sample!r}; take {SOBOL} or {LATIN}")
    if points is None or not 1 <= points <= MOST_DESIGNS:
        raise BadSweep(f"--sample {sample} needs --points, from 1 to {MOST_DESIGNS:,}")
    if sample == SOBOL and len(axes) > MOST_DIMENSIONS:
        raise BadSweep(
            f"{len(axes)} keys; --sample {SOBOL} takes {MOST_DIMENSIONS} at most, {LATIN} any number"
        )
    cube = sobol(points, len(axes), seed) if sample == SOBOL else latin(points, len(axes), seed)
    designs = [tuple(_value(axis, share) for axis, share in zip(axes, point, strict=True)) for point in cube]
    return list(dict.fromkeys(designs))


def _grid(axes: Sequence[Axis], points: int | None) -> list[tuple[str, ...]]:
    if points is not None:
        raise BadSweep("--points goes with --sample; a grid has as many as its values give")
    for axis in axes:
        if not axis.values:
            raise BadSweep(f"{axis.key} has a range without a number of values; write {axis.key}=A..B:N")
    count = prod(len(axis.values) for axis in axes)
    if count > MOST_DESIGNS:
        raise BadSweep(f"{count:,} designs; a sweep has {MOST_DESIGNS:,} at most: take --sample and --points")
    return list(product(*(axis.values for axis in axes)))


def _value(axis: Axis, share: float) -> str:
    if axis.values:
        return axis.values[int(share * len(axis.values))]
    assert axis.span is not None
    return axis.span.whole_at(share) if axis.span.whole else axis.span.at(Fraction(share))
