"""Statements of the judge: facts, each with the instant at which it was made.

A fact is a kind, the instant at which it was made, the instant that it is about, and figures. Sentences
are made elsewhere (studies/fates.py).
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class Kind(StrEnum):
    """The kind of a statement.

    CARRIED: the fleet does as well as its twin while a fault lasts. NOT_CARRIED: it is worse for a hold while
    a fault lasts. BACK: as well as its twin after the fault. ESCAPED: back, after METASTABLE was said.
    METASTABLE: it is trapped. ECHO, RELAPSE, LATER_WAVE: it was back and is worse again, because of tokens
    granted together, for another reason, or for one that cannot be told. OVER: that is over. LOST: agents
    were refused for good. OVERLOADED: even without faults the load is not carried.
    """

    CARRIED = "carried"
    NOT_CARRIED = "not-carried"
    BACK = "back"
    ESCAPED = "escaped"
    METASTABLE = "metastable"
    ECHO = "echo"
    RELAPSE = "relapse"
    LATER_WAVE = "later-wave"
    OVER = "over"
    LOST = "lost"
    OVERLOADED = "overloaded"


class Statement(NamedTuple):
    """One thing that the judge has said.

    Attributes
    ----------
    made_ns : int
        The instant at which it was made, from what had happened by then.
    kind : Kind
        What it is about.
    about_ns : int
        The instant or the onset that it is about: first sample of being back, onset of an echo.
    episode : int
        Which episode it belongs to, from 0; -1 for none (OVERLOADED, LOST before a fault).
    excursion : int
        Which excursion of its episode, from 0; -1 where it is about none.
    figures : dict
        Numbers that belong to it, by name.
    note : str
        What binds or grows, in a few words.
    """

    made_ns: int
    kind: Kind
    about_ns: int
    episode: int = -1
    excursion: int = -1
    figures: Mapping[str, float] = MappingProxyType({})
    note: str = ""
