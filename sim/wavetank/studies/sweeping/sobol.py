"""Points that fill a cube evenly: a Sobol sequence, and a Latin hypercube.

A Sobol sequence is most even for a power of two of points. It takes at most 11 dimensions here; a Latin
hypercube serves beyond. Both are shifted or shuffled by a seed, so the same seed gives the same points on
every machine. Coordinates lie in [0, 1), and no further library is needed.

References
----------
S. Joe and F. Y. Kuo, Constructing Sobol sequences with better two-dimensional projections, SIAM Journal on
Scientific Computing 30 (2008), 2635-2654: the polynomials and first direction numbers. M. D. McKay et al., A
comparison of three methods for selecting values of input variables, Technometrics 21 (1979), 239-245.
"""

from random import Random

BITS = 32
"""Of each coordinate: four billion places, as usual."""
MOST_DIMENSIONS = 11
"""The rows of direction numbers below, and one: a study of more keys takes a Latin hypercube."""
_DIRECTIONS: tuple[tuple[int, int, tuple[int, ...]], ...] = (
    (1, 0, (1,)),
    (2, 1, (1, 3)),
    (3, 1, (1, 3, 1)),
    (3, 2, (1, 1, 1)),
    (4, 1, (1, 1, 3, 3)),
    (4, 4, (1, 3, 5, 13)),
    (5, 2, (1, 1, 5, 5, 17)),
    (5, 4, (1, 1, 5, 5, 5)),
    (5, 7, (1, 1, 7, 11, 19)),
    (5, 11, (1, 1, 5, 1, 1)),
)
"""Degree, inner coefficients of the polynomial and first direction numbers, from the second dimension on."""


def _directions(dimension: int) -> list[int]:
    if dimension == 0:
        return [1 << (BITS - 1 - bit) for bit in range(BITS)]
    degree, inner, first = _DIRECTIONS[dimension - 1]
    directions = [number << (BITS - 1 - bit) for bit, number in enumerate(first)]
    for bit in range(degree, BITS):
        value = directions[bit - degree] ^ (directions[bit - degree] >> degree)
        for k in range(1, degree):
            if inner >> (degree - 1 - k) & 1:
                value ^= directions[bit - k]
        directions.append(value)
    return directions


def sobol(points: int, dimensions: int, seed: int | None = None) -> list[tuple[float, ...]]:
    """Return the first points of a Sobol sequence in [0, 1).

    Parameters
    ----------
    points
        How many; powers of two fill the cube most evenly.
    dimensions
        From 1 to 11.
    seed
        Of a random shift of all points, bit by bit, which keeps them even; None: the plain sequence.

    Raises
    ------
    ValueError
        For more dimensions.
    """
    if not 1 <= dimensions <= MOST_DIMENSIONS:
        raise ValueError(f"{dimensions} dimensions; a Sobol sequence has 1 to {MOST_DIMENSIONS} here")
    directions = [_directions(dimension) for dimension in range(dimensions)]
    chance = Random(seed)
    state = [0 if seed is None else chance.getrandbits(BITS) for _ in range(dimensions)]
    rows = []
    for index in range(points):
        rows.append(tuple(value / (1 << BITS) for value in state))
        # the Gray code of the next point differs in the lowest bit that is zero in this one's number
        bit = (~index & (index + 1)).bit_length() - 1
        state = [value ^ numbers[bit] for value, numbers in zip(state, directions, strict=True)]
    return rows


def latin(points: int, dimensions: int, seed: int) -> list[tuple[float, ...]]:
    """Return a Latin hypercube: in each dimension one point in each of `points` equal parts of [0, 1)."""
    chance = Random(seed)
    columns = []
    for _ in range(dimensions):
        parts = list(range(points))
        chance.shuffle(parts)
        columns.append([(part + chance.random()) / points for part in parts])
    return list(zip(*columns, strict=True))
