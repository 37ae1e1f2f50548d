import gzip
import tracemalloc
from collections.abc import Callable

import pytest
import zstandard

from wavetank.real.server.codings import unpack
from wavetank.real.transports.server.body import Chunked
from wavetank.real.transports.server.limits import Limits
from wavetank.real.transports.server.messages import Refused

MOST = Limits().members
PACK = [("gzip", gzip.compress), ("zstd", zstandard.compress)]


def refusal(coding: str, body: bytes, most: int = 100) -> int:
    with pytest.raises(Refused) as why:
        unpack(coding, body, most, MOST)
    return why.value.status


@pytest.mark.parametrize(("coding", "pack"), PACK)
@pytest.mark.parametrize("size", [0, 1, 70])
def test_members_up_to_the_limit(coding: str, pack: Callable[[bytes], bytes], size: int) -> None:
    """Empty ones, small ones, and some that are larger than the pieces in which they are read."""
    member = bytes(range(256)) * size
    assert unpack(coding, pack(member) * MOST, MOST * len(member), MOST) == member * MOST
    assert refusal(coding, pack(member) * (MOST + 1), 10**9) == 413


@pytest.mark.parametrize(("coding", "pack"), PACK)
def test_size_up_to_the_limit(coding: str, pack: Callable[[bytes], bytes]) -> None:
    assert unpack(coding, pack(bytes(100)), 100, MOST) == bytes(100)
    assert refusal(coding, pack(bytes(101))) == 413
    assert refusal(coding, pack(bytes(50)) + pack(bytes(51))) == 413


def test_a_bomb_is_unpacked_no_further_than_the_limit() -> None:
    bomb = gzip.compress(bytes(50 * 2**20))
    tracemalloc.start()
    try:
        assert refusal("gzip", bomb, 10_000) == 413
        assert tracemalloc.get_traced_memory()[1] < 500_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("coding", "pack"), PACK)
def test_what_is_cut_or_followed_by_something_else(coding: str, pack: Callable[[bytes], bytes]) -> None:
    for cut in range(1, len(pack(b"some text"))):
        assert refusal(coding, pack(b"some text")[:cut]) == 400
    assert refusal(coding, pack(b"some text") + b"more") == 400
    assert unpack(coding, b"", 100, MOST) == b""


def test_plain_bodies_have_the_same_limit() -> None:
    assert unpack("", bytes(100), 100, MOST) == bytes(100)
    assert refusal("", bytes(101)) == 413


def feed_all(body: Chunked, piece: bytes, at: int) -> None:
    while at < len(piece):
        at = body.feed(piece, at)


def test_chunks_are_taken_in_slices_and_are_bounded() -> None:
    """However small they are, others have their turn in between."""
    piece, body = b"1\r\nx\r\n" * 5_000, Chunked(10_000, 4_000)
    at = body.feed(piece, 0)
    assert 0 < at < len(piece) / 5
    with pytest.raises(Refused) as why:
        feed_all(body, piece, at)
    assert (why.value.status, len(body.data)) == (413, 4_000)
