"""Columns of texts as numbers: with the unit that is said, or with the unit that each value carries."""

from collections.abc import Callable, Sequence

import numpy as np

from wavetank.errors import UnitError
from wavetank.imports.asking import Asked
from wavetank.imports.instants import SCALES, Instants, in_range
from wavetank.imports.problems import ImportProblem, shown
from wavetank.imports.reading import Found
from wavetank.imports.records import Floats, numbers
from wavetank.units import SECOND, parse_duration, parse_size

LOOKED_AT = 1000  # values that tell whether a column has units; the others are like them


class Units:
    """Turns the columns of one file into seconds and bytes, in the units that the user says."""

    def __init__(self, file: str, asked: Asked) -> None:
        self._file = file
        self._asked = asked
        self._instants = Instants()

    def instants(self, texts: Sequence[str]) -> Floats:
        """Seconds since 1970, or since whatever a column of plain numbers counts from."""
        values = numbers(texts, 1.0, self._asked.comma)
        if np.isfinite(values).any():
            if self._asked.unit_s is not None and self._asked.aspect == "arrivals":
                return values * self._asked.unit_s
            middle = float(np.nanmedian(values))
            return values / next((scale for scale in SCALES if in_range(middle / scale)), 1.0)
        return np.array(list(map(self._instants.__getitem__, texts)), dtype=np.float64)

    def durations(self, texts: Sequence[str], lines: Sequence[int]) -> Floats:
        """Seconds. Raises ImportProblem where a number has no unit and none is said."""
        if self._has_units(texts):
            return self._own(texts, parse_duration, 1 / SECOND)
        values = numbers(texts, 1.0, self._asked.comma)
        self._check_comma(texts, values, lines)
        if self._asked.unit_s is None and np.isfinite(values).any():
            index = int(np.flatnonzero(np.isfinite(values))[0])
            raise ImportProblem(
                f'{self._file}:{lines[index]}: "{shown(texts[index])}" has no unit; say --unit ms, or another'
            )
        return values * (self._asked.unit_s or 1.0)

    def sizes(self, texts: Sequence[str], lines: Sequence[int]) -> Floats:
        """Bytes; a number without a unit is bytes unless another is said."""
        if self._has_units(texts):
            return self._own(texts, parse_size, 1.0)
        values = numbers(texts, self._asked.unit_bytes or 1.0, self._asked.comma)
        self._check_comma(texts, values, lines)
        return values

    def _check_comma(self, texts: Sequence[str], values: Floats, lines: Sequence[int]) -> None:
        """12,5 is a number only where the decimal mark is said."""
        if self._asked.comma or np.isfinite(values).any():
            return
        index = next((i for i, text in enumerate(texts) if text.replace(",", "", 1).isdigit()), None)
        if index is not None:
            raise ImportProblem(
                f'{self._file}:{lines[index]}: "{shown(texts[index])}" has a decimal comma; say --decimal ,'
            )

    def _has_units(self, texts: Sequence[str]) -> bool:
        first = next((text for text in texts[:LOOKED_AT] if text.strip()), "")
        return first[:1].isdigit() and first.strip()[-1].isalpha()

    def _own(self, texts: Sequence[str], parse: Callable[[str], int], factor: float) -> Floats:
        def value(text: str) -> float:
            try:
                return parse(text.strip().replace(",", ".") if self._asked.comma else text.strip()) * factor
            except UnitError:
                return np.nan

        return np.array([value(text) for text in texts], dtype=np.float64)


LOAD_TEST = Found(notes=("these arrivals are those that the load test made, not those of your clients.",))
