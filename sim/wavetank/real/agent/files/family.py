"""A followed file and those that rotations have left of it, as a look into their folder finds them."""

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from wavetank.protocol.marks import HEAD_BYTES, SEAM_BYTES, Mark, digest
from wavetank.protocol.rotated import is_compressed, rotated
from wavetank.protocol.rotation import Seen
from wavetank.real.agent.files.texts import Packed, Plain, Text, Unfinished, open_text


def look(
    path: Path, marks: Sequence[Mark], done: frozenset[int], opened: Sequence[Text]
) -> list[Seen] | None:
    """Find the followed file and what rotations have left of it.

    Returns None when files were renamed meanwhile: one that is missed because of that would count as lost,
    and as new later on. Returns None as well when the followed file was cut: its copy would not be seen to
    be one. A compressed file is decompressed to know its size, unless it is one of the `done` and has not
    changed. Raises OSError where the folder cannot be read.
    """
    before = _names(path)
    seen = _found(path, sorted(before), marks, done, opened)
    if any(file.name == path.name and _is_shorter(path, file) for file in seen):
        return None
    return seen if _names(path) == before else None


def _is_shorter(path: Path, seen: Seen) -> bool:
    """Tell whether a file is shorter than it was seen to be."""
    with suppress(OSError):
        return not seen.compressed and path.stat().st_size < seen.size_bytes
    return False


def _names(path: Path) -> dict[str, int]:
    """The names of the family, with the inodes that have them."""
    with os.scandir(path.parent) as entries:
        return {
            entry.name: entry.inode()
            for entry in entries
            if entry.name == path.name or rotated(entry.name, path.name)
        }


def _found(
    path: Path, names: Sequence[str], marks: Sequence[Mark], done: frozenset[int], opened: Sequence[Text]
) -> list[Seen]:
    known = {(marks[at].device, marks[at].inode, marks[at].modified_ns): at for at in done}
    seen = []
    with _followed(path) as followed:
        for name in names:
            try:
                with closing(open_text(path.with_name(name))) as text:
                    at = known.get((text.device, text.inode, text.modified_ns()))
                    if at is not None and is_compressed(name):
                        seen.append(_seen(name, text, marks[at].modified_ns, marks[at].offset, (at,)))
                    else:
                        with _plain(path.with_name(name)) as plain:
                            file = _looked_into(name, text, marks, plain, opened)
                        seen.append(file._replace(begins=_begins(file, text, followed)))
            except OSError:
                seen += _closed(path.with_name(name))
    return seen


def _closed(path: Path) -> list[Seen]:
    """A file that cannot be read, if it is one and still there."""
    with suppress(OSError):
        status = path.stat()
        if stat.S_ISREG(status.st_mode):
            packed = is_compressed(path.name)
            return [
                Seen(path.name, status.st_dev, status.st_ino, -1, status.st_mtime_ns, packed, readable=False)
            ]
    return []


@contextmanager
def _followed(path: Path) -> Iterator[Plain | None]:
    """The followed file, open, where it is there and plain."""
    with ExitStack() as stack:
        text = None
        with suppress(OSError):
            text = stack.enter_context(closing(open_text(path)))
        yield text if isinstance(text, Plain) else None


def _begins(file: Seen, text: Text, followed: Plain | None) -> bool:
    """Tell whether the followed file begins with the text of another plain one, which may be empty."""
    if file.compressed or followed is None or (file.device, file.inode) == (followed.device, followed.inode):
        return False
    return file.size_bytes == 0 or _agree(text, file.size_bytes, followed)


@contextmanager
def _plain(path: Path) -> Iterator[list[Text]]:
    """The file from which one is compressed, open, where it is still there."""
    plain: list[Text] = []
    with suppress(OSError):
        if is_compressed(path.name):
            plain.append(open_text(path.with_suffix("")))
    try:
        yield plain
    finally:
        for text in plain:
            text.close()


def _looked_into(
    name: str, text: Plain | Packed, marks: Sequence[Mark], plain: Sequence[Text], opened: Sequence[Text]
) -> Seen:
    modified_ns = text.modified_ns()  # before the size, so that a cut between the two is noticed later on
    size_bytes = text.size_bytes()
    continues = tuple(at for at, mark in enumerate(marks) if mark.offset <= size_bytes and has(text, mark))
    copies = False
    if isinstance(text, Packed):
        originals = (*plain, *opened)
        copies = (
            bool(plain)
            if size_bytes < 0
            else any(_agree(text, size_bytes, original) for original in originals)
        )
    return _seen(name, text, modified_ns, size_bytes, continues, copies)


def _seen(
    name: str,
    text: Plain | Packed,
    modified_ns: int,
    size_bytes: int,
    continues: tuple[int, ...],
    copies: bool = False,
) -> Seen:
    packed = isinstance(text, Packed)
    return Seen(name, text.device, text.inode, size_bytes, modified_ns, packed, continues, copies)


def has(text: Text, mark: Mark) -> bool:
    """Whether a text begins as a mark says, and has its bytes before the mark's place."""
    with suppress(Unfinished):
        return (
            digest(text.read_at(0, mark.head_bytes)) == mark.head
            and digest(text.read_at(mark.seam_offset, mark.seam_bytes)) == mark.seam
        )
    return False


def _agree(text: Text, size_bytes: int, other: Text) -> bool:
    """Whether the other text begins with this one, as the first and the last bytes of this one tell."""
    tail = max(0, size_bytes - SEAM_BYTES)
    places = ((0, min(HEAD_BYTES, size_bytes)), (tail, size_bytes - tail))
    with suppress(Unfinished):
        return size_bytes > 0 and all(text.read_at(*place) == other.read_at(*place) for place in places)
    return False


def history(path: Path, seen: Iterable[Seen]) -> list[Mark]:
    """Marks of what was rotated before the agent's first start: as if it had been read.

    One that is compressed is known by its inode and its time alone.
    """
    marks = []
    for file in seen:
        if file.name == path.name or file.begins:  # what may be a copy that is being made is no history
            continue
        with suppress(OSError, Unfinished), closing(open_text(path.with_name(file.name))) as text:
            size = 0 if file.compressed else file.size_bytes
            head, tail = min(HEAD_BYTES, size), min(SEAM_BYTES, size)
            digests = (head, digest(text.read_at(0, head)), tail, digest(text.read_at(size - tail, tail)))
            marks.append(Mark(file.device, file.inode, size, False, file.modified_ns, *digests))
    return marks
