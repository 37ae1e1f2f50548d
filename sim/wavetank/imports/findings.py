"""The findings of an import, as plain data."""

from dataclasses import dataclass
from typing import NamedTuple

from wavetank.imports.changes import Profile
from wavetank.imports.classes import ClientClass
from wavetank.imports.dispersion import Judgement
from wavetank.imports.fitting import Fitted
from wavetank.imports.problems import Reason
from wavetank.imports.reading import Key
from wavetank.imports.records import Floats


class Source(NamedTuple):
    """A file that was read, and the format that it was taken for."""

    file: str
    format: str


class Rates(NamedTuple):
    """Arrivals a second in bins of `width_s` (of the whole log, even where the profile is that of a day)."""

    width_s: float
    per_s: Floats


class Arrivals(NamedTuple):
    """When requests came: how many, from when on, the rate over time, the process, and who sent them."""

    total: int
    first_s: float
    profile: Profile
    judgement: Judgement
    classes: tuple[ClientClass, ...]
    rates: Rates


@dataclass(frozen=True)
class Findings:
    """The findings of an import.

    Attributes
    ----------
    sources : the files with their formats
    rows : how many requests, or values, were read
    dropped : which lines were left out, why, and the numbers of the first
    arrivals : rate over time, process and classes of clients; None where the files have no times
    service : durations in seconds with every law that was tried; None where there are none
    up, down : bytes of requests and of responses, likewise
    keys : keys of a scenario that a file says outright, as a configuration does
    notes : remarks: what has no counterpart in a scenario, what was chosen
    """

    sources: tuple[Source, ...]
    rows: int
    dropped: tuple[Reason, ...]
    arrivals: Arrivals | None
    service: Fitted | None
    up: Fitted | None
    down: Fitted | None
    keys: tuple[Key, ...]
    notes: tuple[str, ...]
