import itertools

from hypothesis import given
from hypothesis import strategies as st

from wavetank.protocol.lines import Lines, Tail
from wavetank.protocol.wire import EVENT_MOST_BYTES


@given(st.lists(st.binary(max_size=20).filter(lambda line: b"\n" not in line)), st.lists(st.integers(0, 300)))
def test_however_it_is_cut_the_lines_are_whole(texts: list[bytes], cuts: list[int]) -> None:
    data = b"".join(line + b"\n" for line in texts)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    lines = Lines()
    found = [text for first, end in itertools.pairwise(edges) for text in lines.feed(data[first:end])]
    assert found == [line.decode("utf-8", errors="backslashreplace") for line in texts]
    assert lines.end() == []


def test_last_line_without_an_end_is_given_at_the_end() -> None:
    lines = Lines()
    assert lines.feed(b"a\nb") == ["a"]
    assert lines.end() == ["b"]


def test_line_too_long_is_given_once_too_long_and_not_kept() -> None:
    lines = Lines()
    found = [text for _ in range(40) for text in lines.feed(b"x" * 65_536)]
    assert [len(text) > EVENT_MOST_BYTES for text in found] == [True]
    assert len(lines.rest) == 0
    assert lines.feed(b"xx\nnext\n") == ["next"]


def test_tail_goes_on_where_it_was() -> None:
    tail = Tail(7, 100, None)
    assert tail.feed(b"a\nb\nhal") == ["a", "b"]
    assert tail.position() == [7, 4, False]
    again = Tail(7, 100, tail.position())
    assert again.offset == 4
    assert again.feed(b"half\n") == ["half"]


def test_tail_begins_anew_in_another_file_or_one_that_was_cut() -> None:
    assert Tail(8, 100, [7, 4, False]).offset == 0
    assert Tail(7, 3, [7, 4, False]).offset == 0
    tail = Tail(7, 100, [7, 4, False])
    assert [tail.ended(8, 100), tail.ended(7, 3), tail.ended(7, 4)] == [True, True, False]


def test_tail_remembers_that_it_is_inside_a_line_too_long() -> None:
    tail = Tail(7, 10**7, None)
    tail.feed(b"x" * (EVENT_MOST_BYTES + 1))
    again = Tail(7, 10**7, tail.position())
    assert again.feed(b"xxx\nnext\n") == ["next"]
