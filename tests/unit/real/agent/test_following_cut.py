"""Following a file that is copied and cut (copytruncate), or cut without a copy."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.real.agent.lives import World, play
from wavetank.protocol.marks import Mark
from wavetank.protocol.rotation import Seen
from wavetank.real.agent.files import following
from wavetank.real.agent.files.family import look
from wavetank.real.agent.files.following import ROTATED_SILENCE_S


@pytest.mark.parametrize("down", [False, True])
def test_cut_and_grown_past_the_old_place(world: World, down: bool) -> None:
    """The size tells nothing; the bytes before the place do. It is counted, as lines may be lost."""

    async def script() -> None:
        world.log.write("a", "b")
        await world.look()
        if down:
            await world.kill()
        world.log.write("unread")
        world.rotate("copytruncate")
        world.log.write(*(f"new {n}" for n in range(50)))
        assert await world.look() == world.log.lines
        assert world.alive.lost() == {"followed.cut": 1}
        assert len([said for said in world.alive.said if "lines may be lost" in said]) == 1

    play(world, script)


@pytest.mark.parametrize("share", [0, 1, 2])
@pytest.mark.parametrize("down", [False, True])
def test_copy_that_is_seen_before_the_file_is_cut(world: World, share: int, down: bool) -> None:
    """`copytruncate` has copied nothing yet, a half or all, when the agent starts or looks again."""

    async def script() -> None:
        world.log.write("older")
        await world.look()
        world.rotate("copytruncate")
        world.log.write(*(f"line {n}" for n in range(100)))
        await world.look()
        if down:
            await world.kill()
        world.log.path.with_name("app.log.1").rename(world.log.path.with_name("app.log.2"))
        copy, text = world.log.path.with_name("app.log.1"), world.log.path.read_bytes()
        copy.write_bytes(text[: len(text) * share // 2])
        world.alive.follower._again_s = 0.0
        assert await world.look() == world.log.lines
        copy.write_bytes(text)
        os.truncate(world.log.path, 0)
        await world.look()
        world.log.write("new")
        assert await world.look() == world.log.lines
        await world.kill()
        assert await world.look() == world.log.lines
        assert world.alive.lost() == {"followed.cut": 2}

    play(world, script)


def test_cut_in_a_later_second_than_the_copy(world: World) -> None:
    """Lines that were read are as old as the copy, however late the file was cut, and written again."""

    async def script() -> None:
        world.log.write("older")
        await world.look()
        world.rotate("copytruncate")
        world.log.write("a", "b")
        await world.look()
        world.rotate("copytruncate")
        world.log.write("c")
        later_ns = world.log.path.stat().st_mtime_ns + 5 * 10**9
        os.utime(world.log.path, ns=(later_ns, later_ns))
        assert await world.look() == world.log.lines
        await world.kill()
        assert await world.look() == world.log.lines

    play(world, script)


@pytest.mark.parametrize("again", [False, True])
def test_cut_before_anything_was_read(world: World, again: bool) -> None:
    """The file was empty at the last look, and is again, or has new lines: no byte tells of the cut."""

    async def script() -> None:
        await world.look()
        world.log.write("a", "b")
        world.rotate("copytruncate")
        if again:
            world.log.write("c")
        assert await world.look() == world.log.lines
        world.log.write("d")
        assert await world.look() == world.log.lines
        assert world.alive.lost() == {}

    play(world, script)


@pytest.mark.parametrize("again", [False, True])
def test_cut_between_the_look_and_the_opening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, again: bool
) -> None:
    """As on a busy machine: the folder was looked at, and the file is opened seconds later."""
    world = World(tmp_path, silence_s=0)

    def busy(*words: Any) -> list[Seen] | None:
        seen = look(*words)
        monkeypatch.setattr(following, "look", look)
        world.log.write("b", "c")
        world.rotate("copytruncate")
        if again:
            world.log.write("d")
        return seen

    async def script() -> None:
        world.log.write("a")
        await world.look()
        world.rotate("copytruncate")
        await world.look()
        await world.kill()
        monkeypatch.setattr(following, "look", busy)
        assert await world.look() == world.log.lines

    play(world, script)


@pytest.mark.parametrize("times", [1, 2])
def test_cut_during_the_look_before_the_first_line_is_read(
    world: World, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """Lines written before and behind the cut are read."""
    left = [times]

    def busy(*words: Any) -> list[Seen] | None:
        seen = look(*words)
        if left[0]:
            left[0] -= 1
            world.log.write(f"before {left[0]}")
            world.rotate("copytruncate")
            world.log.write(f"behind {left[0]}")
        return seen

    async def script() -> None:
        await world.look()
        monkeypatch.setattr(following, "look", busy)
        world.log.write("a")
        assert await world.look() == world.log.lines

    play(world, script)


def test_file_that_is_written_all_the_time_is_begun(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*words: Any) -> list[Seen] | None:
        seen = look(*words)
        world.log.write("b")
        return seen

    async def script() -> None:
        monkeypatch.setattr(following, "look", busy)
        world.log.write("a")
        for _ in range(3):
            await world.look()
        assert world.alive.accepted() == world.log.lines

    play(world, script)


def test_written_and_cut_within_one_tick_of_the_clock(world: World) -> None:
    """The time of the file does not tell, and its size does."""

    async def script() -> None:
        await world.look()
        world.log.write("a", "b")
        assert any(reader.was_touched() for reader in world.alive.follower.readers)
        there = world.log.path.stat()
        world.rotate("copytruncate")
        os.utime(world.log.path, ns=(there.st_atime_ns, there.st_mtime_ns))
        assert await world.look() == world.log.lines

    play(world, script)


class Hours:
    """A clock that the test moves, in the place of the follower's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 1_000.0
        monkeypatch.setattr(following, "monotonic", lambda: self.now_s)


def test_copy_that_takes_longer_than_the_wait(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as it grows it is waited for, however long that takes."""
    clock = Hours(monkeypatch)

    async def script() -> None:
        copy = await copied_once(world)
        world.log.write(*(f"line {n}" for n in range(1_000)))
        await world.look()
        text = world.log.path.read_bytes()
        with copy.open("ab", buffering=0) as file:
            for first in range(0, len(text), 1_000):
                file.write(text[first : first + 1_000])
                if not first:
                    world.alive.follower._again_s = 0.0  # it looks for another reason
                clock.now_s += 0.9 * ROTATED_SILENCE_S
                assert await world.look() == world.log.lines
        os.truncate(world.log.path, 0)
        world.log.write("new")
        assert await world.look() == world.log.lines
        assert world.alive.lost() == {"followed.cut": 2}

    play(world, script)


async def copied_once(world: World) -> Path:
    """A rotation lies behind: what is newer than its copy is read. Returns the next copy's name."""
    world.log.write("older")
    await world.look()
    world.rotate("copytruncate")
    await world.look()
    copy = world.log.path.with_name("app.log.1")
    copy.rename(world.log.path.with_name("app.log.2"))
    return copy


def test_copy_that_is_never_finished_is_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can tell it from a file of its own: it is read in the end, with a warning."""
    clock = Hours(monkeypatch)

    async def script() -> None:
        copy = await copied_once(world)
        world.log.write("a", "b", "c", "d")
        await world.look()
        copy.write_text("a\nb\n")
        world.alive.follower._again_s = 0.0
        assert await world.look() == world.log.lines
        clock.now_s += ROTATED_SILENCE_S + 1
        assert await world.look() == [*world.log.lines, "a", "b"]
        assert world.alive.lost() == {"followed.cut": 1, "followed.repeated": 1}
        assert len([said for said in world.alive.said if "lines come twice" in said]) == 1

    play(world, script)


def test_look_during_which_the_followed_file_is_cut_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("a\n")

    class Cuts(list[Mark]):
        """Cuts the file as soon as it is compared."""

        def __iter__(self) -> Iterator[Mark]:
            os.truncate(path, 0)
            return iter(())

    assert look(path, Cuts(), frozenset(), ()) is None


def test_cut_without_a_copy_is_counted_once(world: World) -> None:
    async def script() -> None:
        world.log.write("a", "b")
        await world.look()
        os.truncate(world.log.path, 0)
        world.log.write("c")
        assert await world.look() == ["a", "b", "c"]
        await world.kill()
        assert await world.look() == ["a", "b", "c"]
        assert world.alive.lost() == {"followed.cut": 1}

    play(world, script)
