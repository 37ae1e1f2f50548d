"""Contents of a disk after its power was cut: what was synced, and anything in place of what was not."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tests.chaos.recording_vfs import Step

SECTOR_BYTES = 512
MODES = ("dropped", "torn", "any")
"""Of what was not synced nothing is there; all but parts of the last write; or any of its sectors."""


@dataclass
class File:
    """Bytes that are safe, and writes that are not: where, and what (None: cut there)."""

    safe: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)

    def sync(self) -> None:
        for at, data in self.pending:
            _apply(self.safe, at, data)
        self.pending.clear()

    def after_cut(self, mode: str, chance: random.Random) -> bytes:
        """The files that are there when the power is back."""
        left = bytearray(self.safe)
        last = len(self.pending) - 1
        for number, (at, data) in enumerate(self.pending):
            if mode == "dropped":
                break
            if data is None:
                if mode == "torn" or chance.random() < 0.5:
                    _apply(left, at, None)
                continue
            whole = number < last if mode == "torn" else chance.random() < 0.3
            for first in range(0, len(data), SECTOR_BYTES):
                if whole or chance.random() < 0.5:
                    _apply(left, at + first, data[first : first + SECTOR_BYTES])
        return bytes(left)


def _apply(content: bytearray, at: int, data: bytes | None) -> None:
    if data is None:
        del content[at:]
        return
    if len(content) < at:
        content.extend(bytes(at - len(content)))
    content[at : at + len(data)] = data


class Disk:
    """A disk to which recorded steps are done one after the other."""

    def __init__(self) -> None:
        self._names: dict[str, File] = {}
        self._safe_names: dict[str, File] = {}
        self._pending: list[dict[str, File]] = []

    def do(self, step: Step) -> None:
        """Do one step; what is not known of the disk is not there yet."""
        path = step.path
        if step.what == "open" and path not in self._names:
            self._rename({**self._names, path: File()})
        elif step.what == "write":
            self._names[path].pending.append((step.at, step.data))
        elif step.what == "truncate":
            self._names[path].pending.append((step.at, None))
        elif step.what == "sync":
            self._names[path].sync()
        elif step.what == "sync names":
            self._safe_names = dict(self._names)
            self._pending.clear()
        elif step.what == "delete":
            self._rename({name: file for name, file in self._names.items() if name != path})
        elif step.what == "rename" and path in self._names:
            kept = {name: file for name, file in self._names.items() if name != path}
            self._rename({**kept, step.data.decode(): self._names[path]})

    def _rename(self, names: dict[str, File]) -> None:
        self._names = names
        self._pending.append(names)

    def after_cut(self, mode: str, chance: random.Random) -> dict[str, bytes]:
        """Names and contents when the power is back; changes of names are kept in order, as journals do."""
        names = self._safe_names
        if mode != "dropped":
            names = chance.choice([names, *self._pending])
        return {name: file.after_cut(mode, chance) for name, file in names.items()}


class Cut(NamedTuple):
    """A disk after a cut behind `steps` steps, and what had been noted before."""

    steps: int
    mode: str
    files: dict[str, bytes]
    noted: list[str]

    def write(self, folder: Path) -> None:
        """Make the files in another folder."""
        for name, content in self.files.items():
            (folder / Path(name).name).write_bytes(content)


def cuts(steps: Sequence[Step], count: int, seed: int) -> Iterator[Cut]:
    """Cut the power at `count` points, each in one of the modes: half of them evenly spread."""
    chance = random.Random(seed)
    behind_notes = [at + 1 for at, step in enumerate(steps) if step.what == "note"]
    picked = {1 + at * (len(steps) - 1) // (count // 2) for at in range(count // 2)}
    picked |= set(_some(behind_notes, count - len(picked), chance))
    others = [at for at in range(1, len(steps)) if at not in picked]
    picked |= set(_some(others, count - len(picked), chance))
    disk, noted = Disk(), list[str]()
    for number, step in enumerate(steps, 1):
        if step.what == "note":
            noted.append(step.path)
        else:
            disk.do(step)
        if number in picked:
            mode = MODES[number % len(MODES)]
            yield Cut(number, mode, disk.after_cut(mode, chance), list(noted))


def _some(among: Iterable[int], count: int, chance: random.Random) -> list[int]:
    known = list(among)
    return chance.sample(known, max(0, min(count, len(known))))
