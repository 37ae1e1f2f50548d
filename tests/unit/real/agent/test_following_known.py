"""Which rotated files are known, which are history, and which are told apart."""

import os
import shutil
from collections import Counter
from pathlib import Path

from tests.unit.real.agent.lives import BANNER, World, play
from wavetank.protocol.marks import DONE_MOST


def test_file_of_the_banner_alone_is_read_after_a_while(tmp_path: Path) -> None:
    """The next file begins with the same banner, so it could be a copy that is being made."""
    world = World(tmp_path, BANNER, silence_s=0)

    async def script() -> None:
        world.log.write("a")
        await world.look()
        await world.kill()
        for _ in range(2):
            world.rotate("rename")
            world.log.reopen()
        world.log.write("b")
        assert Counter(await world.look()) == Counter(world.log.lines)
        assert world.alive.lost() == {"followed.repeated": 1}

    play(world, script)


def test_writer_that_does_not_reopen_makes_no_forgotten_file_new(tmp_path: Path) -> None:
    """One of two writers goes on in the first file, while more files are rotated than are remembered."""
    world = World(tmp_path, silence_s=0)

    async def script() -> None:
        world.log.write("a")
        await world.look()
        others = []
        for number in range(DONE_MOST + 4):
            world.rotate("rename")
            others.append(f"other {number}")
            with world.log.path.open("a") as other:
                other.write(f"{others[-1]}\n")
            world.log.write(f"late {number}")
            await world.look()
        assert Counter(world.alive.accepted()) == Counter([*world.log.lines, *others])

    play(world, script)


def test_inode_used_again_is_no_other_file(world: World) -> None:
    """The contents of one inode are exchanged: what a file system does with the next file's inode."""

    async def script() -> None:
        world.log.write("first of all", "b")
        await world.look()
        await world.kill()
        world.log.write("unread")
        shutil.copy2(world.log.path, world.log.path.with_name("app.log.1"))
        os.truncate(world.log.path, 0)
        world.log.write("the first line of another file", "c")
        assert await world.look() == world.log.lines

    play(world, script)


def test_what_was_rotated_before_the_first_start_is_history(world: World) -> None:
    async def script() -> None:
        world.log.write("old")
        world.rotate("compress")
        world.log.write("older")
        world.rotate("rename")
        world.log.reopen()
        world.log.write("a")
        assert await world.look() == ["a"]
        world.rotate("rename")
        world.log.reopen()
        world.log.write("b")
        assert await world.look() == ["a", "b"]
        await world.kill()
        world.rotate("compress")
        world.log.write("c")
        assert await world.look() == ["a", "b", "c"]

    play(world, script)


def test_late_line_of_what_was_rotated_before_the_first_start(world: World) -> None:
    async def script() -> None:
        world.log.write("old")
        world.rotate("rename")
        world.log.path.write_text("a\n")
        assert await world.look() == ["a"]
        world.log.write("late")
        await world.kill()
        assert await world.look() == ["a", "late"]

    play(world, script)


def test_many_rotated_files_are_remembered_or_history(world: World) -> None:
    """More of them than are remembered: the oldest are forgotten, and not taken for new ones."""

    async def script() -> None:
        for number in range(DONE_MOST // 2):
            world.log.write(f"{number}")
            world.rotate("compress")
        world.log.write("a")
        assert await world.look() == ["a"]
        await world.kill()
        for number in range(DONE_MOST + 2):
            world.log.write(f"new {number}")
            world.rotate("compress")
        expected = ["a", *(f"new {number}" for number in range(DONE_MOST + 2))]
        assert await world.look() == expected
        for text in ("b", "c"):
            world.rotate("compress")
            world.log.write(text)
            await world.look()
        assert world.alive.accepted() == [*expected, "b", "c"]

    play(world, script)


def test_files_with_the_same_beginning_are_told_apart(tmp_path: Path) -> None:
    world = World(tmp_path, BANNER)

    async def script() -> None:
        await world.look()
        await world.kill()
        for number in range(3):
            world.log.write(f"unread {number}")
            world.rotate("compress")
        assert await world.look() == world.log.lines
        assert world.alive.lost() == {}

    play(world, script)


def test_same_inode_with_the_same_beginning_is_no_likeness(world: World) -> None:
    async def script() -> None:
        world.log.write(BANNER, "a")
        await world.look()
        await world.kill()
        os.truncate(world.log.path, 0)
        world.log.write(BANNER, "another", "line")
        assert await world.look() == world.log.lines

    play(world, script)
