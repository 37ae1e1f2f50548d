"""Goes through the text of a batch and cuts it into events, without making anything of their data."""

import re
from collections.abc import Callable

from wavetank.real.server import bodies
from wavetank.real.server.fleet import Agent
from wavetank.real.server.identity import own
from wavetank.real.server.json_text import JsonText
from wavetank.real.server.json_walk import DEEPEST, SMALL, not_json
from wavetank.real.transports.server.messages import Refused

MOST_SEQUENCE = 2**63 - 1
"""The largest whole number that SQLite stores as such."""
_WHO = ("agent", "uuid")
# An event in its usual form, up to its data.
_USUAL = re.compile(
    r'\{[ \t]*+(?:"sequence"[ \t]*+:[ \t]*+(0|[1-9][0-9]{0,17})[ \t]*+,[ \t]*+)?"data"[ \t]*+:[ \t]*+'
)
# A line of a log, most likely.
_STRING = r'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})){0,64}+"'
_WHOLE = rf"{_USUAL.pattern}({_STRING}|{SMALL})[ \t]*+\}}[ \t]*+"
# Whole small events, one with what separates it from the next: one step for each, where _event takes ten.
_ITEM = re.compile(rf"{_WHOLE}[\r\n]?+,[ \t\n\r]*+")
_LINE = re.compile(rf"{_WHOLE}\r?+\n[ \t\n\r]*+")


class BatchReader:
    """Goes through the text of a batch once and collects its events.

    They are kept as `sequences` (of a stateful batch) and `data`, item by item. An object for each would be
    work for the garbage collector, which lets no other thread go on meanwhile.
    """

    def __init__(self, text: JsonText, stateful: bool, agent: Agent, most_events: int) -> None:
        self.sequences: list[int] = []
        self.data: list[str] = []
        self._text = text
        self._stateful = stateful
        self._agent = agent
        self._most_events = most_events
        self._known = ("sequence", "data", *_WHO) if stateful else ("data", *_WHO)

    def whole(self) -> object:
        """Read {epoch, events: [...]}; returns what it says is the epoch."""
        # The batch, the list and the event are around the data.
        room = DEEPEST - 3
        listed = False
        known = ("epoch", "events", *_WHO) if self._stateful else ("events", *_WHO)
        said: dict[str, object] = {}

        def take(name: str, at: int) -> int:
            nonlocal listed
            self._once(name, said, known, "a batch")
            if name == "events" and self._at(at) == "[":
                listed, said[name] = True, None
                return self._text.items(at, lambda at: self._event(self._small(_ITEM, at), room))
            said[name], end = self._text.value(at, DEEPEST - 1)
            return end

        at = self._text.space(0)
        if self._at(at) != "{":
            end = self._text.value(at, DEEPEST)[1]
            self._ends(end)
            raise Refused(422, "a batch is a JSON object", "fields")
        self._ends(self._text.members(at, take))
        self._own(said)
        if not listed:
            raise Refused(422, "events is a list", "fields")
        return said.get("epoch")

    def lines(self) -> object:
        """Read one event a line; returns the epoch of the first line of a stateful batch."""
        at, epoch = self._text.space(0), None
        if self._stateful:
            said, at = self._line(at, self._first)
            epoch = said
        while (at := self._small(_LINE, at)) < len(self._text.text):
            _, at = self._line(at, lambda at: (None, self._event(at, DEEPEST - 1)))
        return epoch

    def _first(self, at: int) -> tuple[object, int]:
        noun = "the first line of a stateful batch"
        if at == len(self._text.text):
            raise Refused(422, f"{noun} is a JSON object", "fields")
        value, end = self._text.value(at, DEEPEST)
        return bodies.fields(value, ("epoch",), noun).get("epoch"), end

    def _line(self, at: int, take: Callable[[int], tuple[object, int]]) -> tuple[object, int]:
        """Return the value of a line, and where the next line begins that is not empty. Raises Refused."""
        value, end = take(at)
        text = self._text.text
        after = self._text.space(end)
        if text.find("\n", at, end) >= 0 or (after < len(text) and text.find("\n", end, after) < 0):
            raise not_json()
        return value, after

    def _small(self, form: re.Pattern[str], at: int) -> int:
        """Take small events for as long as they come one behind the other; returns where that ends."""
        text, match = self._text.text, form.match
        for _ in range(self._most_events - len(self.data)):
            event = match(text, at)
            if event is None or (event[1] is not None) != self._stateful:
                break
            if self._stateful:
                self.sequences.append(int(event[1]))
            self.data.append(event[2])
            at = event.end()
        return at

    def _event(self, at: int, room: int) -> int:
        """Take the event that begins at `at`; returns where it ends. Raises Refused."""
        if len(self.data) == self._most_events:
            raise Refused(413, f"more than {self._most_events} events; send them in several requests", "body")
        usual = _USUAL.match(self._text.text, at)
        if usual is not None and (usual[1] is not None) == self._stateful:
            begin = usual.end()
            end = self._text.value(begin, room)[1]
            if self._at(end) == "}":
                self._add(int(usual[1]) if self._stateful else None, begin, end)
                return end + 1
        return self._unusual(at, room)

    def _unusual(self, at: int, room: int) -> int:
        if self._at(at) != "{":
            self._text.value(at, room)
            raise Refused(422, "an event is a JSON object", "fields")
        said: dict[str, object] = {}
        where = (0, 0)

        def take(name: str, at: int) -> int:
            nonlocal where
            self._once(name, said, self._known, "an event")
            said[name], end = self._text.value(at, room)
            if name == "data":
                where = (at, end)
            return end

        end = self._text.members(at, take)
        self._own(said)
        if "data" not in said:
            raise Refused(422, "an event needs data", "fields")
        sequence = said.get("sequence")
        if self._stateful and (type(sequence) is not int or not 0 <= sequence <= MOST_SEQUENCE):
            raise Refused(422, "sequence is a whole number from 0 to 2^63-1", "fields")
        self._add(sequence if type(sequence) is int else None, *where)
        return end

    def _add(self, sequence: int | None, begin: int, end: int) -> None:
        if sequence is not None:
            self.sequences.append(sequence)
        self.data.append(self._text.text[begin:end])

    def _once(self, name: str, said: dict[str, object], known: tuple[str, ...], noun: str) -> None:
        if name not in known:
            raise Refused(422, f"{noun} has the fields {', '.join(known)}, and no others", "fields")
        if name in said:
            raise Refused(422, f"{name} comes twice in {noun}", "fields")

    def _own(self, said: dict[str, object]) -> None:
        for name in _WHO:
            if name in said:
                own(self._agent, said[name])

    def _at(self, at: int) -> str:
        return self._text.text[at : at + 1]

    def _ends(self, at: int) -> None:
        if self._text.space(at) != len(self._text.text):
            raise not_json()
