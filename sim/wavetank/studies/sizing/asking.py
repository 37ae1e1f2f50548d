"""How a sizing is asked: what `size` was given, checked.

Mistakes in what was asked for end here, before anything is simulated, each with what would do. `Asking` is
the same for each fleet of a table over fleets.
"""

from collections.abc import Sequence
from typing import NamedTuple

from wavetank.studies.cells import CellStore
from wavetank.studies.simulate import Watch
from wavetank.studies.sizing.conditions import CONDITIONS
from wavetank.studies.sizing.sought import BadSize
from wavetank.units import parse_duration


class Asking(NamedTuple):
    """How a sizing is done: what `size` was given, read.

    Attributes
    ----------
    find : str
        What is looked for.
    probability : float
        P.
    through : tuple of str
        Conditions that are asked, where the scenario has them.
    away_ns : int or None
        How long a lost node stays away.
    engine, seed, workers, store, progress
        As for `sweep`.
    """

    find: str
    probability: float
    through: tuple[str, ...]
    away_ns: int | None
    engine: str | None
    seed: int | None
    workers: int | None
    store: CellStore | None
    progress: Watch | None


def asking_of(
    find: str,
    probability: float,
    through: Sequence[str],
    away: str | None,
    engine: str | None,
    seed: int | None,
    workers: int | None,
    store: CellStore | None,
    progress: Watch | None,
) -> Asking:
    """Check what `size` was given. Raises BadSize or UnitError."""
    if not 0.5 <= probability <= 0.999:
        raise BadSize(f"a probability of {probability}; take 0.5 to 0.999")
    unknown = [word for word in through if word not in CONDITIONS]
    if unknown or not through:
        wrong = repr(unknown[0]) if unknown else "none"
        raise BadSize(f"there is no condition {wrong}; take some of {', '.join(CONDITIONS)}")
    away_ns = None if away is None else parse_duration(away)
    if away_ns == 0:
        raise BadSize("a lost node stays away for some time; write one such as 5min")
    asked = tuple(word for word in CONDITIONS if word in through)
    return Asking(find, probability, asked, away_ns, engine, seed, workers, store, progress)
