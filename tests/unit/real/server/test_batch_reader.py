"""Small events are taken in one step each; whatever the step is, the same comes of it as by the long way."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavetank.real.server import batch_reader
from wavetank.real.server.batch_reader import BatchReader
from wavetank.real.server.fleet import Agent
from wavetank.real.server.json_text import JsonText
from wavetank.real.transports.server.messages import Refused

NOTHING = re.compile("(?!)")
AGENT = Agent(0, 1, "0" * 32, "k")
MOST = 4

# Pieces of batches, right and wrong: put together they are nearly right most of the time.
DATA = (
    *["1", "0", "01", "-1", "1.5", "1e3", "1e999", "true", "null", "[]", "{}", "[1]", '{"a":1}'],
    '"x"',
    r'"\""',
    r'"\x"',
    '"\t"',
    f'"{"é" * 70}"',
)
FIELDS = (
    "",
    '"sequence":1,',
    '"sequence": 2 , ',
    '"sequence":-1,',
    '"sequence":01,',
    '"sequence":"1",',
    '"x":1,',
)
BETWEEN = (",", " , ", ",\n", "\n", "\r\n", "\n\n", "", ",,", ", \r\n\t")
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(("{", "{ ", "[", "")), st.sampled_from(FIELDS),
        st.sampled_from(('"data":', '"data" : ', "")),
        st.sampled_from(DATA), st.sampled_from(("}", " }", "}\t", "", "]")), st.sampled_from(BETWEEN),
    ),
    max_size=6,
)  # fmt: skip


def read(text: str, lines: bool, stateful: bool, most: int = MOST) -> object:
    reader = BatchReader(JsonText(text), stateful, AGENT, most)
    try:
        epoch = reader.lines() if lines else reader.whole()
    except Refused as why:
        return why.status
    return epoch, reader.sequences, reader.data


@given(events=EVENTS, usual=st.booleans(), lines=st.booleans(), stateful=st.booleans())
def test_as_by_the_long_way(events: list[tuple[str, ...]], usual: bool, lines: bool, stateful: bool) -> None:
    if usual:  # as clients write them, so that most are accepted
        field = '"sequence":7,' if stateful else ""
        events = [
            ("{", field, '"data":', data, "}", "\n" if lines else ",") for _, _, _, data, _, _ in events
        ]
    text = "".join(map("".join, events))
    epoch = '"epoch":"e",' if stateful else ""
    if lines:
        text = f'{{"epoch":"e"}}\n{text}' if stateful else text
    else:
        text = f'{{{epoch}"events":[{text.rstrip(",")}]}}'
    short = read(text, lines, stateful)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(batch_reader, "_ITEM", NOTHING)
        patched.setattr(batch_reader, "_LINE", NOTHING)
        assert read(text, lines, stateful) == short


@pytest.mark.parametrize("lines", [False, True])
def test_no_more_events_than_are_allowed(lines: bool) -> None:
    for count, most in ((3, 3), (4, 3), (6, 3)):
        some = [json.dumps({"data": number}) for number in range(count)]
        text = "".join(f"{number}\n" for number in some) if lines else f'{{"events":[{",".join(some)}]}}'
        assert read(text, lines, False, most) == ((None, [], ["0", "1", "2"]) if count == most else 413)
