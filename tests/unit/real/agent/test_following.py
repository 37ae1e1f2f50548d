"""Following a file through rotations by renaming: what was rotated is read to its end, and once."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.real.agent.lives import World, play
from tests.unit.real.agent.rotating import KINDS
from wavetank.protocol.marks import Mark
from wavetank.real.agent.files.family import look
from wavetank.real.agent.files.following import OPEN_MOST


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("times", [1, 2, 3])
def test_rotated_while_the_agent_is_down(world: World, kind: str, times: int) -> None:
    """Lines written before each rotation are read, from `.1`, `.2` or `.2.gz`, and once."""

    async def script() -> None:
        world.log.write("a", "b")
        assert await world.look() == ["a", "b"]
        await world.kill()
        for number in range(times):
            world.log.write(f"unread {number}")
            world.rotate(kind)
            world.log.reopen()
        world.log.write("new")
        assert await world.look() == ["a", "b", *(f"unread {n}" for n in range(times)), "new"]
        await world.kill()
        world.log.write("last")
        assert (await world.look())[-2:] == ["new", "last"]
        assert len(world.alive.accepted()) == len(world.log.lines)

    play(world, script)


def test_late_lines_of_a_renamed_file(world: World) -> None:
    """The case for delaycompress: the writer has not reopened its file yet, for long after the rotation."""

    async def script() -> None:
        world.log.write("a")
        await world.look()
        world.rotate("delaycompress")
        world.log.path.write_text("new\n")
        assert await world.look() == ["a", "new"]
        world.log.write("late")
        assert await world.look() == ["a", "new", "late"]
        await world.kill()
        world.log.write("later")
        assert await world.look() == ["a", "new", "late", "later"]

    play(world, script)


def test_file_that_was_silent_before_is_read_on_after_the_rotation(tmp_path: Path) -> None:
    """The silence is counted from the rotation, not from the last line."""
    world = World(tmp_path, silence_s=3600)

    async def script() -> None:
        world.log.write("a")
        await world.look()
        world.alive.follower.readers[0].heard_s -= 3600
        world.rotate("rename")
        world.log.path.write_text("new\n")
        await world.look()
        world.log.write("late")
        assert await world.look() == ["a", "new", "late"]

    play(world, script)


def test_look_during_which_files_are_renamed_does_not_count(tmp_path: Path) -> None:
    for name in ("app.log", "app.log.1"):
        (tmp_path / name).write_text(f"{name}\n")

    class Renames(list[Mark]):
        """Renames as soon as the first file is compared."""

        def __iter__(self) -> Iterator[Mark]:
            (tmp_path / "app.log.1").rename(tmp_path / "app.log.2")
            return iter(())

    path = tmp_path / "app.log"
    assert look(path, Renames(), frozenset(), ()) is None
    files = look(path, [], frozenset(), ())
    assert files is not None
    assert [file.name for file in files] == ["app.log", "app.log.2"]


def test_silent_file_is_let_go_and_what_comes_after_is_read_at_the_next_rotation(tmp_path: Path) -> None:
    world = World(tmp_path, silence_s=0)

    async def script() -> None:
        world.log.write("a")
        await world.look()
        world.rotate("rename")
        world.log.path.write_text("new\n")
        await world.look()
        assert len(world.alive.follower.readers) == 1
        world.log.write("late")
        assert await world.look() == ["a", "new"]
        world.rotate("rename")
        assert await world.look() == ["a", "new", "late"]

    play(world, script)


def test_unfinished_last_line_of_a_rotated_file_is_an_event(tmp_path: Path) -> None:
    world = World(tmp_path, silence_s=0)

    async def script() -> None:
        world.log.write("a")
        world.log.put("no end")
        assert await world.look() == ["a"]
        world.rotate("rename")
        world.log.reopen()
        assert await world.look() == ["a", "no end"]
        await world.kill()
        assert await world.look() == ["a", "no end"]

    play(world, script)


def test_line_that_is_begun_in_a_rotated_file_is_not_torn(world: World) -> None:
    async def script() -> None:
        world.log.put("half")
        await world.look()
        world.rotate("rename")
        await world.look()
        world.log.put(" and half\n")
        assert await world.look() == ["half and half"]

    play(world, script)


def test_file_that_is_gone_before_its_end_is_counted(world: World) -> None:
    async def script() -> None:
        world.log.write("a")
        await world.look()
        await world.kill()
        world.log.path.rename(world.log.path.with_name("elsewhere"))
        world.log.reopen()
        world.log.write("b")
        assert await world.look() == ["a", "b"]
        assert world.alive.lost() == {"followed.unread": 1}

    play(world, script)


def test_compressed_file_that_breaks_off_is_counted(tmp_path: Path) -> None:
    """Its writer was killed, and the plain file is gone: nobody can say what was in it."""
    world = World(tmp_path, silence_s=0)

    async def script() -> None:
        world.log.write("a")
        await world.look()
        await world.kill()
        world.log.write("unread")
        packed = gzip.compress(world.log.path.read_bytes())
        world.log.path.with_name("app.log.1.gz").write_bytes(packed[:-9])
        world.log.path.unlink()
        world.log.reopen()
        world.log.write("b")
        await world.look()
        world.alive.follower._again_s = 0.0
        assert (await world.look())[-1] == "b"
        lost = world.alive.lost()
        assert lost["followed.unread"] >= 1
        world.alive.follower._again_s = 0.0
        await world.look()
        assert world.alive.lost() == lost, "it is told of once"

    play(world, script)


def test_link_that_moves_on_to_the_next_file(world: World) -> None:
    """As cronolog does it: the files have dates, and the followed name is a link to the latest."""

    async def script() -> None:
        world.log.path.unlink()
        for day in (28, 29, 30):
            dated = world.log.path.with_name(f"app-202611{day}.log")
            dated.write_text(f"{day}\n")
            world.log.path.unlink(missing_ok=True)
            world.log.path.symlink_to(dated)
            await world.look()
            if day == 29:
                await world.kill()
        assert await world.look() == ["28", "29", "30"]
        assert world.alive.lost() == {}

    play(world, script)


def test_few_files_are_open_however_often_it_is_rotated(world: World) -> None:
    async def script() -> None:
        for number in range(2 * OPEN_MOST):
            world.log.write(f"{number}")
            await world.alive.look(1)
            world.rotate("rename")
            world.log.reopen()
        assert await world.look() == [str(number) for number in range(2 * OPEN_MOST)]
        assert len(world.alive.follower.readers) <= OPEN_MOST + 1

    play(world, script)


@pytest.mark.parametrize(
    "name", ["app-20261129.log", "app.log-20261129", "app.log.old", "app.log-20261129.gz"]
)
def test_other_names_of_rotated_files(world: World, name: str) -> None:
    async def script() -> None:
        world.log.write("a")
        await world.look()
        await world.kill()
        world.log.write("unread")
        old = world.log.path.with_name(name)
        if name.endswith(".gz"):
            old.write_bytes(gzip.compress(world.log.path.read_bytes()))
            world.log.path.unlink()
        else:
            world.log.path.rename(old)
        world.log.reopen()
        world.log.write("b")
        assert await world.look() == ["a", "unread", "b"]

    play(world, script)
