"""Follows a file that grows and is rotated: each whole line is accepted, and accepted once.

What is read when is decided in `protocol.rotation`; this opens, reads and waits.
"""

import asyncio
import os
import stat
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from wavetank.policy.codes import Stream
from wavetank.protocol.marks import Mark
from wavetank.protocol.rotation import Seen, Step, once, plan
from wavetank.real.agent.files.family import history, look
from wavetank.real.agent.files.known import Known
from wavetank.real.agent.files.reader import Reader, reader_of
from wavetank.real.agent.runner import Agent

LOOK_S = 0.1
"""Between two looks at a file: what a reader of events does not notice, and a thousandth of a core."""

ROTATED_SILENCE_S = 30.0
"""For so long a file that was rotated is read on. Most writers reopen theirs at a signal that follows the
rotation, the others at a timer of some seconds."""

OPEN_MOST = 16
"""Files held open at once. A file that is rotated more often than every two seconds gives up the oldest."""

AGAIN_S = 1.0
"""A file that is still being compressed or copied is looked at again after so long. Each look
decompresses it."""

SAY_S = 60.0
"""The same loss is said once in so long, however often it happens; each is counted."""

LOOKS_MOST = 4
"""Looks at the folder before a file is begun that is written meanwhile: one that is written all the time has
to be begun as well."""

Told = Callable[[list[int | None]], None]


class Follower:
    """Follows one file for an agent.

    It knows files that are open (`readers`), files to be found again, and files that were read to their end;
    all oldest first.
    """

    def __init__(self, agent: Agent, stream: Stream, path: Path, told: Told, silence_s: float) -> None:
        self.readers: list[Reader] = []
        self._agent = agent
        self._stream = stream
        self._path = path.absolute()
        self._told = told
        self._silence_s = silence_s
        # A name need not be UTF-8, and what is kept of it has to be.
        name = os.fsencode(self._path).decode("utf-8", errors="backslashreplace")
        self._name = f"{stream.name.lower()}:{name}"
        known = agent.store.position(self._name)
        self._first = known is None
        self._known = Known(known)
        self._lost: Counter[str] = Counter()
        self._again_s: float | None = 0.0
        self._not_before_s = 0.0
        self._closed = False
        self._trouble = ""
        self._said_s: dict[str, float] = {}
        self._patient_until_s: float | None = None
        self._hurried = 0
        self._unfinished: frozenset[Seen] = frozenset()

    async def look(self) -> None:
        """Read what has come, and see whether the file was rotated."""
        for _ in range(LOOKS_MOST):
            if not any(reader.was_touched() for reader in self.readers):
                break
            await self._find(None)  # before anything is read: then the copy would be taken for history
        for reader in list(self.readers):
            if not await self._drain(reader):
                self._known.waiting.append(reader.mark())
                self._close(reader)
                self._again_s = monotonic()
        there = self._there()
        due = self._again_s is not None and self._again_s <= monotonic()
        missed = there is not None and not any(reader.is_file(there) for reader in self.readers)
        if due or (missed and self._not_before_s <= monotonic()):
            await self._find(there)
        await self._retire(there)

    def _there(self) -> os.stat_result | None:
        """Look at the path; returns None and says once why, where no file is there that can be followed."""
        why, there = "", None
        try:
            there = self._path.stat()
        except FileNotFoundError:
            pass
        except OSError as error:
            why = f"cannot be read: {error.strerror}"
        if there is not None and not stat.S_ISREG(there.st_mode):
            why, there = "is no regular file", None
        if why and why != self._trouble:
            self._agent.warn(f"{self._path} {why}; it will be tried again")
        self._trouble = why
        return there

    def close(self) -> None:
        """Close what is open."""
        for reader in list(self.readers):
            self._close(reader)

    def _close(self, reader: Reader) -> None:
        self.readers.remove(reader)
        reader.text.close()

    async def _accept(self, texts: list[str]) -> None:
        """Commit events, how far each file is read, and what was lost, in one."""
        position = self._known.position([reader.mark() for reader in self.readers])
        lost, self._lost = self._lost, Counter()
        self._told(await self._agent.accept(self._stream, texts, self._name, position, lost))

    async def _drain(self, reader: Reader) -> bool:
        """Accept the whole lines that are there; False where the file was cut."""
        while chunk := await self._next_chunk(reader):
            reader.heard_s = monotonic()
            if texts := reader.tail.feed(chunk):
                await self._accept(texts)
            await asyncio.sleep(0)  # a file of gigabytes leaves the others their turn
        return chunk is not None

    async def _next_chunk(self, reader: Reader) -> bytes | None:
        if reader.ended:  # to decompress up to the place can take long
            return await asyncio.to_thread(reader.next_chunk)
        return reader.next_chunk()

    async def _find(self, there: os.stat_result | None) -> None:
        """Look into the folder, and read what is to be read."""
        marks = self._known.all([reader.mark() for reader in self.readers])
        done, opened = self._known.indices_done(), self._known.indices_open(marks)
        texts = [reader.text for reader in self.readers]
        try:
            seen = await asyncio.to_thread(look, self._path, marks, done, texts)
        except OSError as error:
            self._agent.warn(f"{self._path.parent} cannot be read: {error}")
            self._again_s = monotonic() + self._silence_s
            return
        if seen is None:
            self._again_s = monotonic()
            return
        self._tell_of_closed(seen)
        patient = self._patient_until_s is None or monotonic() < self._patient_until_s
        broken = [] if patient else [file for file in seen if file.readable and file.size_bytes < 0]
        self._lose("unread", len(broken), "has a compressed part that breaks off")
        seen = [file for file in seen if file not in broken]
        first, self._first = self._first, False
        decided = plan(marks, opened, done, seen, self._path.name, first, patient)
        self._look_again(decided.growing, seen)
        self._lose("cut", len(decided.cut), "was cut or replaced")
        self._lose("unread", len(decided.gone), "was rotated away before it was read to its end")
        self._known.settle(marks, decided)
        if first:
            self._known.done = history(self._path, once(seen, self._path.name))
        self._known.done += history(self._path, broken)  # told of once
        if self._lost or first:
            await self._accept([])
        unsure = [step.seen for step in decided.steps if step.mark is None and step.seen.begins]
        self._warn_of_repeats(sum(file.size_bytes > 0 for file in unsure))
        for step in decided.steps:
            if not await self._open(step, None if step.mark is None else marks[step.mark]):
                self._again_s = monotonic()
                return
            await self._retire(there)

    def _tell_of_closed(self, seen: list[Seen]) -> None:
        """Say once that the followed file cannot be read, and look again after a while."""
        closed = any(file.name == self._path.name and not file.readable for file in seen)
        if closed:
            self._not_before_s = monotonic() + AGAIN_S
            if not self._closed:
                self._agent.warn(f"{self._path} cannot be read; it will be tried again")
        self._closed = closed

    def _look_again(self, growing: bool, seen: list[Seen]) -> None:
        """Whether and when to look into the folder again, though nothing seems to happen.

        What is being copied or compressed is waited for as long as it grows: patience ends with its silence.
        """
        if not growing:
            self._again_s = self._patient_until_s = None
            return
        self._again_s = monotonic() + min(AGAIN_S, self._silence_s)
        unfinished = frozenset(
            file._replace(continues=()) for file in seen if file.begins or file.size_bytes < 0
        )
        if self._patient_until_s is None or unfinished != self._unfinished:
            self._patient_until_s = monotonic() + self._silence_s
        self._unfinished = unfinished

    def _warn_of_repeats(self, files: int) -> None:
        """Count files that are read though they may be copies: made by halves, and given up."""
        if files:
            self._lost["followed.repeated"] += files
            self._agent.warn(
                f"{self._path} begins with the whole text of a rotated file, which is read as a file of its"
                f" own after {self._silence_s:g} s: if it is a copy that was never finished, lines come twice"
            )

    def _lose(self, lines: str, times: int, why: str) -> None:
        if not times:
            return
        self._lost[f"followed.{lines}"] += times
        if monotonic() - self._said_s.get(why, -SAY_S) >= SAY_S:
            self._said_s[why] = monotonic()
            self._agent.warn(f"{self._path} {why}: lines may be lost")

    async def _open(self, step: Step, mark: Mark | None) -> bool:
        """Open a file and read what is there; False where it is another one by now."""
        reader = reader_of(self._path, step, mark, monotonic())
        if reader is None:
            return False
        if reader.was_touched() and self._hurried < LOOKS_MOST:  # what was written may be in a copy by now
            self._hurried += 1
            reader.text.close()
            return False
        self._hurried = 0
        self._known.opened(mark)
        for other in self.readers:  # the silence of those before begins now
            other.heard_s = reader.heard_s
        self.readers.append(reader)
        return await self._drain(reader)

    async def _retire(self, there: os.stat_result | None) -> None:
        """Let go of files that were rotated, and have been silent for long enough.

        What was written last is read before, however long that takes: silence is counted from the last byte.
        """
        for reader in self.readers[:-1]:
            crowded = len(self.readers) > OPEN_MOST
            silent = monotonic() - reader.heard_s >= self._silence_s
            if reader.is_file(there) or not (reader.ended or silent or crowded):
                continue
            ended = reader.tail.end()
            self._lose("unread", reader.broken, "is a compressed file that breaks off")
            self._known.done.append(reader.mark())
            self._close(reader)
            await self._accept(ended)


async def follow(
    agent: Agent, stream: Stream, path: Path, told: Told, silence_s: float = ROTATED_SILENCE_S
) -> None:
    """Accept the whole lines of a file, for ever; it may grow, be rotated, be cut or be replaced.

    Parameters
    ----------
    agent : Agent
        Accepts the events.
    stream : Stream
        What they are.
    path : Path
        The file. Those beside it that a rotation has left are read as well, where they were not yet.
    told : callable
        Hears what became of each line.
    silence_s : float
        For how long a file that was rotated must have been silent before it is let go.
    """
    follower = Follower(agent, stream, path, told, silence_s)
    try:
        while True:
            await follower.look()
            await asyncio.sleep(LOOK_S)
    finally:
        follower.close()
