"""Files that cannot be read, and files that change while they are looked at."""

import asyncio
import gzip
import shutil
from contextlib import suppress
from pathlib import Path

from tests.unit.real.agent.lives import Life, World, play
from wavetank.policy.codes import Stream
from wavetank.protocol.lines import Tail
from wavetank.protocol.rotation import Seen, Step
from wavetank.real.agent.files.family import look
from wavetank.real.agent.files.following import follow
from wavetank.real.agent.files.reader import Reader, reader_of
from wavetank.real.agent.files.texts import open_text

TEXT = "".join(f"line {number}\n" for number in range(20_000))
NOTHING: frozenset[int] = frozenset()


def seen_of(path: Path) -> Seen:
    family = look(path, (), NOTHING, ())
    assert family is not None
    (seen,) = family
    return seen


def said_of(life: Life, place: Path) -> list[str]:
    """Return what was said of a place; that no server can be reached is said, too, sooner or later."""
    return [text for text in life.said if str(place) in text]


def test_folder_in_place_of_the_file_is_told_once(world: World) -> None:
    """Then the folder goes, and the file that takes its name is followed."""

    async def script() -> None:
        world.log.close()
        path = world.log.path
        path.unlink()
        path.mkdir()
        assert await world.look() == []
        assert said_of(world.alive, path) == [f"{path} is no regular file; it will be tried again"]
        path.rmdir()
        path.write_text("a\n")
        assert await world.look() == ["a"]
        assert len(said_of(world.alive, path)) == 1

    play(world, script)


def test_name_that_cannot_be_looked_up_is_told_with_the_reason(world: World) -> None:
    """A link to itself: the system gives up."""

    async def script() -> None:
        world.log.close()
        path = world.log.path
        path.unlink()
        path.symlink_to(path.name)
        assert await world.look() == []
        (said,) = said_of(world.alive, path)
        assert said == f"{path} cannot be read: Too many levels of symbolic links; it will be tried again"

    play(world, script)


def test_folder_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    folder = tmp_path / "later"

    async def played() -> None:
        life = Life(tmp_path, folder / "app.log", silence_s=0)
        try:
            assert await life.look(1) == []
            assert said_of(life, folder)[0].startswith(f"{folder} cannot be read: ")
            folder.mkdir()
            (folder / "app.log").write_text("a\nb\n")
            assert await life.look() == ["a", "b"]
        finally:
            await life.end()

    asyncio.run(played())


def test_following_reads_until_it_is_cancelled(world: World) -> None:
    """Lines that come later are read, too; at the end the file is closed."""

    async def script() -> None:
        told: list[list[int | None]] = []
        agent = world.alive.agent
        task = asyncio.create_task(follow(agent, Stream.STATEFUL, world.log.path, told.append, 0))
        for texts in (["a"], ["b", "c"]):
            world.log.write(*texts)
            async with asyncio.timeout(10):
                while world.alive.accepted() != world.log.lines:
                    await asyncio.sleep(0.01)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert task.cancelled()
        assert [number for numbers in told for number in numbers] == [1, 2, 3]

    play(world, script)


def test_compressed_file_that_breaks_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    """The text that was decompressed before the end counts; the reader says that more was meant to come."""
    path = tmp_path / "app.log.gz"
    whole = gzip.compress(TEXT.encode(), mtime=0)
    path.write_bytes(whole)
    seen = seen_of(path)
    path.write_bytes(whole[: len(whole) // 2])
    reader = reader_of(path, Step(seen, None), None, 0.0)
    assert reader is not None
    read = b""
    while chunk := reader.next_chunk():
        reader.tail.feed(chunk)
        read += chunk
    reader.text.close()
    assert reader.broken
    assert read
    assert TEXT.encode().startswith(read)


def test_file_that_has_gone_or_was_replaced_since_it_was_seen_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text(TEXT)
    seen = seen_of(path)
    path.unlink()
    assert reader_of(path, Step(seen, None), None, 0.0) is None
    shutil.copyfile(__file__, tmp_path / "other")
    (tmp_path / "other").rename(path)
    assert reader_of(path, Step(seen, None), None, 0.0) is None


def test_file_that_was_cut_since_it_was_seen_is_looked_at_again(tmp_path: Path) -> None:
    """Its copy has to be read first."""
    path = tmp_path / "app.log"
    path.write_text(TEXT)
    seen = seen_of(path)
    with path.open("r+") as file:
        file.truncate(7)
    assert reader_of(path, Step(seen, None), None, 0.0) is None


def test_reader_notices_a_file_that_was_written_in_place(tmp_path: Path) -> None:
    """The bytes before the place are others: the file was cut and has grown past it."""
    path = tmp_path / "app.log"
    path.write_text("a\nb\n")
    seen = seen_of(path)
    reader = Reader(open_text(path), Tail(seen.device, seen.inode), 0.0, seen.modified_ns, seen)
    chunk = reader.next_chunk()
    assert chunk == b"a\nb\n"
    reader.tail.feed(chunk)
    path.write_text("other\nlines\n")
    assert reader.next_chunk() is None
    reader.text.close()
