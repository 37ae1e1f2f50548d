"""Communication libraries and their costs: cards, measurements, and what they mean for a fleet."""

from wavetank.libraries.card import Answer, Card, Cell
from wavetank.libraries.catalogue import Library, find_library, list_libraries
from wavetank.libraries.measured import Measurement, Row, Spread, TokenRow
from wavetank.libraries.tradeoff import Tradeoff, compare

__all__ = [
    "Answer",
    "Card",
    "Cell",
    "Library",
    "Measurement",
    "Row",
    "Spread",
    "TokenRow",
    "Tradeoff",
    "compare",
    "find_library",
    "list_libraries",
]
