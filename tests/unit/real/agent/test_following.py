"""Following a file through rotations: real files, the real outbox, and looks when the test says so."""

import asyncio
import gzip
import json
import os
import random
import shutil
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.real.agent.rotating import KINDS, Log
from wavetank.policy.codes import Stream
from wavetank.protocol import rotation
from wavetank.protocol.client import Client, Identity
from wavetank.protocol.marks import DONE_MOST, Mark
from wavetank.protocol.rotation import Seen
from wavetank.real.agent.files import following
from wavetank.real.agent.files.family import look
from wavetank.real.agent.files.following import OPEN_MOST, ROTATED_SILENCE_S, Follower
from wavetank.real.agent.outbox import Store
from wavetank.real.agent.runner import Agent
from wavetank.real.transports.agent.http1 import Http1
from wavetank.scenario import load

RESOLVED = load("native-agent").resolve()
NOBODY = "https://127.0.0.1:1"
BANNER = "the same in every file ".ljust(600, ".")


class Life:
    """One life of an agent that follows a file and reaches nobody; `end` is as sudden as a kill."""

    def __init__(self, folder: Path, log: Path, silence_s: float = ROTATED_SILENCE_S) -> None:
        self.store = Store(folder / "outbox.db", 1)
        self.said: list[str] = []
        client = Client(RESOLVED, Identity("u", "k", "h", self.store.epoch), self.store.streams)
        self.agent = Agent(client, self.store, Http1(NOBODY, None), 10**6, self.said.append)
        self.follower = Follower(self.agent, Stream.STATEFUL, log, lambda _: None, silence_s)

    async def look(self, times: int = 3) -> list[str]:
        """Look; returns every line that was ever accepted."""
        for _ in range(times):
            await self.follower.look()
        return self.accepted()

    def accepted(self) -> list[str]:
        return [json.loads(data) for _, data in self.store.streams[Stream.STATEFUL].rows(1, 10**9)]

    def lost(self) -> dict[str, int]:
        return {name: count for name, count in self.store.counts.items() if name.startswith("followed.")}

    async def end(self) -> None:
        self.follower.close()
        await self.agent.run(asyncio.sleep(0), 0)
        self.store.close()


class World:
    """A log, and one life of the agent after the other."""

    def __init__(self, base: Path, banner: str = "", silence_s: float = ROTATED_SILENCE_S) -> None:
        self.base = base
        (base / "logs").mkdir()
        self.log = Log(base / "logs" / "app.log", banner)
        self.life: Life | None = None
        self.silence_s = silence_s

    @property
    def alive(self) -> Life:
        if self.life is None:
            self.life = Life(self.base, self.log.path, self.silence_s)
        return self.life

    async def look(self) -> list[str]:
        return await self.alive.look()

    async def kill(self) -> None:
        await self.alive.end()
        self.life = None

    def rotate(self, kind: str) -> None:
        for _ in self.log.rotate(kind):
            pass


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def play(world: World, script: Callable[[], Awaitable[None]]) -> None:
    async def played() -> None:
        try:
            await script()
        finally:
            world.log.close()
            if world.life is not None:
                await world.kill()

    asyncio.run(played())


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


def test_look_during_which_the_followed_file_is_cut_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("a\n")

    class Cuts(list[Mark]):
        """Cuts the file as soon as it is compared."""

        def __iter__(self) -> Iterator[Mark]:
            os.truncate(path, 0)
            return iter(())

    assert look(path, Cuts(), frozenset(), ()) is None


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


def storm(base: Path, seed: int, steps: int) -> tuple[list[str], list[str], dict[str, int]]:
    """Write, rotate, look and kill at random; returns what was written, what was accepted, what was lost."""
    chance = random.Random(seed)
    renaming = ("rename", "compress", "delaycompress")
    kinds = chance.choice([("copytruncate",), renaming, ("delaycompress",), KINDS])
    world = World(base, chance.choice(["", BANNER]) if "copytruncate" not in kinds else "")
    end: list[list[str]] = []
    lost: list[dict[str, int]] = []

    async def disturb(writes: bool = True) -> None:
        happens = chance.random()
        if happens < 0.25:
            await world.alive.look(1)
        elif happens < 0.35 and world.life is not None:
            await world.kill()
        elif happens < 0.6 and writes:
            world.log.write(*(f"{seed} {len(world.log.lines)} {n}" for n in range(chance.randrange(1, 4))))

    async def script() -> None:
        world.log.write("first")
        await world.look()
        for _ in range(steps):
            if chance.random() < 0.5 and "copytruncate" not in kinds:
                world.log.put("begun ")
            for step in world.log.rotate(chance.choice(kinds)):
                await disturb(step != "copied")  # what is written then is lost, whoever reads
            await disturb()
            if chance.random() < 0.5:
                world.log.write(f"ended {len(world.log.lines)}")  # no two files have the same contents
            world.log.reopen()
            await disturb()
        world.log.reopen()
        await world.kill()
        world.silence_s = 0  # then what was left unfinished is taken, too
        end.append(await world.look())
        lost.append(world.alive.lost())

    play(world, script)
    return world.log.lines, end[0], lost[0]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("remembered", [DONE_MOST, 2])
def test_whatever_happens_when_each_line_is_accepted_once(
    tmp_path: Path, seed: int, remembered: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few files that were read are remembered in half of the runs, so that most are forgotten."""
    monkeypatch.setattr(rotation, "DONE_MOST", remembered)
    written, accepted, lost = storm(tmp_path, seed, 5)
    assert Counter(accepted) == Counter(written)
    assert set(lost) <= {"followed.cut"}
