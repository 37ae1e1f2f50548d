import itertools

from hypothesis import given
from hypothesis import strategies as st

from wavetank.protocol.lines import Lines, Tail
from wavetank.protocol.marks import HEAD_BYTES, SEAM_BYTES, digest
from wavetank.protocol.wire import EVENT_MOST_BYTES


@given(st.lists(st.binary(max_size=20).filter(lambda line: b"\n" not in line)), st.lists(st.integers(0, 300)))
def test_however_it_is_cut_the_lines_are_whole(texts: list[bytes], cuts: list[int]) -> None:
    data = b"".join(line + b"\n" for line in texts)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    lines = Lines()
    whole = [text for first, end in itertools.pairwise(edges) for text in lines.feed(data[first:end])]
    assert whole == [line.decode("utf-8", errors="backslashreplace") for line in texts]
    assert lines.end() == []


def test_last_line_without_an_end_is_given_at_the_end() -> None:
    lines = Lines()
    assert lines.feed(b"a\nb") == ["a"]
    assert lines.end() == ["b"]


def test_line_too_long_is_given_once_too_long_and_not_kept() -> None:
    lines = Lines()
    given = [text for _ in range(40) for text in lines.feed(b"x" * 65_536)]
    assert [len(text) > EVENT_MOST_BYTES for text in given] == [True]
    assert len(lines.rest) == 0
    assert lines.feed(b"xx\nnext\n") == ["next"]


def test_tail_goes_on_behind_the_last_whole_line() -> None:
    tail = Tail(1, 7)
    assert tail.feed(b"a\nb\nhal") == ["a", "b"]
    mark = tail.mark(5)
    assert mark[:5] == (1, 7, 4, False, 5)
    assert (mark.head, mark.seam) == (digest(b"a\nb\n"), digest(b"a\nb\n"))
    again = Tail(1, 7, mark, b"a\nb\n", b"a\nb\n")
    assert again.offset == 4
    assert again.feed(b"half\n") == ["half"]
    assert again.mark(5).head == digest(b"a\nb\nhalf\n")


@given(st.binary(max_size=900), st.lists(st.integers(0, 900)))
def test_marks_tell_of_the_bytes_before_them(data: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    tail = Tail(1, 7)
    for first, end in itertools.pairwise(edges):
        tail.feed(data[first:end])
        mark = tail.mark(0)
        assert mark.offset == data[:end].rfind(b"\n") + 1
        assert mark.head == digest(data[: min(mark.offset, HEAD_BYTES)])
        assert mark.seam == digest(data[mark.seam_offset : mark.offset])
        assert mark.seam_bytes == min(mark.offset, SEAM_BYTES)
        assert tail.seam == data[max(0, end - SEAM_BYTES) : end]


def test_tail_remembers_that_it_is_inside_a_line_too_long() -> None:
    tail = Tail(1, 7)
    tail.feed(b"x" * (EVENT_MOST_BYTES + 1))
    mark = tail.mark(0)
    again = Tail(1, 7, mark, b"x" * mark.head_bytes, b"x" * mark.seam_bytes)
    assert again.feed(b"xxx\nnext\n") == ["next"]
