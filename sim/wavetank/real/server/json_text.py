"""Where the values of a JSON text begin and end (RFC 8259), read in slices.

What is stored is the text that was sent, so nothing is made of a value but a check. The check is that of
Python's own parser, one window of the text after the other: a thread that parses 8 MiB at once would keep
all others waiting. A value that does not fit a window is walked through token by token (`json_walk`).
"""

import json
from collections.abc import Callable, Iterable
from typing import Final

from wavetank.real.server.json_walk import SPACE, end_of_value, finite, not_json, too_deep

WINDOW = 65_536
"""Parsed in 1 to 2 ms at worst, and large enough for nearly every event."""
Container = dict[str, object] | list[object]


class Large:
    """Stands for a value that was checked and not made: it is larger than a window."""


LARGE: Final = Large()


def _no_number(text: str) -> object:
    raise not_json()


_DECODE = json.JSONDecoder(parse_float=finite, parse_constant=_no_number).raw_decode


class JsonText:
    """A JSON text, of one value or of several."""

    def __init__(self, text: str, window: int = WINDOW) -> None:
        """Take a text. `window` is the number of characters that are parsed at once."""
        self.text = text
        self._most = window
        self._window = text[:window]
        self._base = 0

    def space(self, at: int) -> int:
        """Return the position after the white space that begins at `at`."""
        match = SPACE.match(self.text, at)
        return match.end() if match else at

    def value(self, at: int, room: int) -> tuple[object, int]:
        """The value that begins at `at`, `LARGE` where it is not made, and where it ends.

        `room`: how many containers may be inside one another in it. Raises Refused: 400, or 422 for a
        number that is not finite.
        """
        if not self._base <= at < self._base + len(self._window):
            self._slide(at)
        decoded = self._decoded(at)
        if decoded is None and at > self._base and self._base + len(self._window) < len(self.text):
            self._slide(at)
            decoded = self._decoded(at)
        if decoded is None:
            return LARGE, end_of_value(self.text, at, room)
        value, end = decoded
        brackets = self.text.count("[", at, end) + self.text.count("{", at, end)
        if brackets > room and _deeper(value, room):
            raise too_deep()
        return value, end

    def _slide(self, at: int) -> None:
        self._base, self._window = at, self.text[at : at + self._most]

    def _decoded(self, at: int) -> tuple[object, int] | None:
        """Decode the value at `at`; None if the window does not hold all of it, or if it is not JSON."""
        try:
            value, end = _DECODE(self._window, at - self._base)
        except (ValueError, RecursionError):
            return None
        whole = end < len(self._window) or self._base + end == len(self.text)
        return (value, self._base + end) if whole else None

    def items(self, at: int, take: Callable[[int], int]) -> int:
        """Walk through the array at `at`: `take` is given where an item begins, and returns where it ends."""
        return self._series(at, "]", take)

    def members(self, at: int, take: Callable[[str, int], int]) -> int:
        """Walk through the object at `at`: `take` is given a name and where its value begins."""

        def member(at: int) -> int:
            if self.text[at : at + 1] != '"':
                raise not_json()
            name, at = self.value(at, 0)
            at = self.space(at)
            if self.text[at : at + 1] != ":":
                raise not_json()
            return take(str(name) if isinstance(name, str) else "", self.space(at + 1))

        return self._series(at, "}", member)

    def _series(self, at: int, closing: str, take: Callable[[int], int]) -> int:
        text = self.text
        at = self.space(at + 1)
        if text[at : at + 1] == closing:
            return at + 1
        while True:
            at = self.space(take(at))
            if text[at : at + 1] == closing:
                return at + 1
            if text[at : at + 1] != ",":
                raise not_json()
            at = self.space(at + 1)


def _deeper(value: object, most: int) -> bool:
    """Whether a value has more than `most` containers inside one another."""
    level = _containers([value])
    for _ in range(most):
        level = [
            inner
            for container in level
            for inner in _containers(container.values() if isinstance(container, dict) else container)
        ]
    return bool(level)


def _containers(values: Iterable[object]) -> list[Container]:
    return [value for value in values if isinstance(value, dict | list)]
