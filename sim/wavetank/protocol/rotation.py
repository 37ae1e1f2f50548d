"""Decide what to read when a followed file was rotated, from what is known and what is seen.

It reads no file: the caller says what it sees and carries out what is decided. Where it cannot be told
whether a file was read, it is read again, because an event may come twice but must not be lost.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from wavetank.protocol.marks import DONE_MOST, Mark
from wavetank.protocol.rotated import ages
from wavetank.units import SECOND as SECOND_NS


class Seen(NamedTuple):
    """A file as it was found: the followed one, or one that a rotation may have left.

    Attributes
    ----------
    size_bytes : int
        Length of its text; -1 for a compressed file whose end is not written yet.
    continues : tuple of int
        Indices of the marks whose first bytes and seam are in its text.
    copies : bool
        Whether it is compressed, or is just being compressed, from a plain file that is still there or open:
        so it holds nothing new.
    readable : bool
        Whether it could be opened. What cannot be read now is neither lost nor new.
    begins : bool
        Whether it is plain and the followed file begins with its text. Then `copytruncate` may just be
        copying it, or has copied it and not cut the followed file yet.
    """

    name: str
    device: int
    inode: int
    size_bytes: int
    modified_ns: int
    compressed: bool
    continues: tuple[int, ...] = ()
    copies: bool = False
    readable: bool = True
    begins: bool = False


class Step(NamedTuple):
    """Read this file: behind a mark (its index), or from the beginning (None)."""

    seen: Seen
    mark: int | None


class Plan(NamedTuple):
    """The steps to take, in this order.

    Attributes
    ----------
    steps : tuple of Step
        What to read, oldest first.
    places : tuple of (int, Seen)
        Where the text of a mark is now, oldest first.
    cut : tuple of int
        Marks whose file has other contents now, under the same name: it was cut, or its inode used again.
    gone : tuple of int
        Marks whose file was not read to its end, and is nowhere.
    growing : bool
        Whether a file is still being written, compressed or as a copy, so that nothing can be said about it
        yet.
    kept : tuple of int
        The marks of finished files that are to be remembered, oldest first. Between two files that are
        known there is none that was read and forgotten.
    void : tuple of int
        Marks of files that were empty, and are not there any more. To be forgotten: whatever has the inode
        from now on fits to them.
    """

    steps: tuple[Step, ...]
    places: tuple[tuple[int, Seen], ...]
    cut: tuple[int, ...]
    gone: tuple[int, ...]
    growing: bool
    kept: tuple[int, ...]
    void: tuple[int, ...]


def plan(
    marks: Sequence[Mark],
    opened: frozenset[int],
    done: frozenset[int],
    seen: Iterable[Seen],
    followed: str,
    first: bool = False,
    patient: bool = True,
) -> Plan:
    """Decide what to read.

    Parameters
    ----------
    marks : sequence of Mark
        What is known.
    opened : frozenset of int
        The marks whose file is open: its inode cannot be used for another meanwhile.
    done : frozenset of int
        The marks of files that were read to their end.
    seen : iterable of Seen
        The files that are there.
    followed : str
        The name of the followed file.
    first : bool
        Whether this is the first start: what was rotated before is history, and not read.
    patient : bool
        Whether to wait for what may be a copy that is being made. After a while it is taken as a file of its
        own.
    """
    there = once(seen, followed)
    files = _oldest_first((file for file in there if file.readable), followed)
    hidden = {(file.device, file.inode) for file in there if not file.readable}
    places = _places(marks, opened, done, files, followed)
    taken = {at.name: index for index, at in places.items()}
    steps = [
        Step(file, taken[file.name]) for file in files
        if file.name in taken and _goes_on(file, marks, opened, done, taken[file.name], followed)
    ]  # fmt: skip
    fresh = [file for file in _fresh(marks, files, taken, followed) if file.name == followed or not first]
    fresh = [file for file in fresh if not _is_copied(file, marks, places, files, followed)]
    perhaps = {file.name for file in fresh if file.begins and patient}
    steps += [Step(file, None) for file in fresh if file.size_bytes >= 0 and file.name not in perhaps]
    waiting = [
        index for index, mark in enumerate(marks)
        if index not in opened | done and (mark.device, mark.inode) not in hidden
    ]  # fmt: skip
    here = {(file.device, file.inode) for file in files if file.name == followed}
    cut = [
        index for index in waiting
        if (marks[index].device, marks[index].inode) in here and taken.get(followed) != index
    ]  # fmt: skip
    lost = [index for index in waiting if index not in places and index not in cut and marks[index].offset]
    growing = any(file.size_bytes < 0 and not file.copies for file in (files if lost or cut else fresh))
    growing = growing or bool(perhaps)
    steps.sort(key=lambda step: files.index(step.seen))
    where = sorted(places.items(), key=lambda place: files.index(place[1]))
    gone = tuple([] if growing else lost)
    known = _oldest_first(there, followed)
    kept = _kept(marks, done, {step.mark for step in steps}, places, known, followed)
    void = tuple(index for index in waiting if index not in {*places, *cut} and not marks[index].offset)
    return Plan(tuple(steps), tuple(where), tuple(cut), gone, growing, kept, void)


def once(seen: Iterable[Seen], followed: str) -> list[Seen]:
    """Each file under one name: the followed one may be a link to another that looks rotated."""
    files: dict[tuple[int, int], Seen] = {}
    for file in sorted(seen, key=lambda file: file.name == followed):
        files[file.device, file.inode] = file
    return list(files.values())


def _goes_on(
    file: Seen, marks: Sequence[Mark], opened: frozenset[int], done: frozenset[int], index: int, followed: str
) -> bool:
    """Whether a known file is to be opened: not one that is open, nor an old one without anything new."""
    return index not in opened and (
        index not in done or file.name == followed or file.size_bytes != marks[index].offset
    )


def _fresh(marks: Sequence[Mark], files: Sequence[Seen], taken: dict[str, int], followed: str) -> list[Seen]:
    """The files of which nothing was read: the followed one, and those that came after one that is known.

    Where none is known any more, the times at which they were last written must do.
    """
    known = [at for at, file in enumerate(files) if _is_known(file, marks, files, taken, followed)]
    newest_s = max((mark.modified_ns // SECOND_NS for mark in marks), default=0)
    fresh = []
    for at, file in enumerate(files):
        after = at > known[0] if known else file.modified_ns // SECOND_NS >= newest_s
        if file.name not in taken and (file.name == followed or (after and not file.copies)):
            fresh.append(file)
    return fresh


def _is_known(
    file: Seen, marks: Sequence[Mark], files: Sequence[Seen], taken: dict[str, int], followed: str
) -> bool:
    """Tell whether what came after a file is new: it was read, or is compressed from one that is open.

    A compressed copy beside its original says nothing: the original may be one that was forgotten.
    """
    if file.name in taken:
        return file.name != followed or marks[taken[file.name]].offset > 0
    return file.copies and all(f"{other.name}.gz" != file.name for other in files)


def _is_copied(
    file: Seen, marks: Sequence[Mark], places: dict[int, Seen], files: Sequence[Seen], followed: str
) -> bool:
    """Tell whether a file has the text that was read of the followed one: it is copied before it is cut.

    The followed file may have been cut since it was last read. The next reading notices that, and then the
    mark is found in the copy.
    """
    here = {(other.device, other.inode) for other in files if other.name == followed}
    return file.name != followed and any(
        place.name == followed
        and (marks[index].device, marks[index].inode) in here
        and index in file.continues
        and marks[index].offset > 0
        # Many files begin with the same banner, so while the followed file is whole the copy must match it.
        and (file.begins or index not in place.continues)
        for index, place in places.items()
    )


def _kept(
    marks: Sequence[Mark],
    done: frozenset[int],
    going_on: set[int | None],
    places: dict[int, Seen],
    there: Sequence[Seen],
    followed: str,
) -> tuple[int, ...]:
    """Choose the marks of finished files to remember: the newest, and all that follow another known file.

    Whatever is unknown and newer than a known file is read. So a file that is read on for long, because its
    writer does not reopen it, or that cannot be opened now, keeps the marks of the files that came after it.
    """
    hidden = {(file.device, file.inode): file for file in there if not file.readable}
    where = {index: hidden.get((marks[index].device, marks[index].inode)) for index in done - places.keys()}
    nowhere = sorted(index for index, place in where.items() if place is None)
    taken = {place.name: index for index, place in (*where.items(), *places.items()) if place is not None}
    surplus = len(done) - DONE_MOST
    kept = nowhere[max(0, surplus) :]
    surplus -= len(nowhere)
    for file in there:
        if taken.get(file.name) in done:
            surplus = min(surplus - 1, -1 if taken[file.name] in going_on else surplus)
            if surplus < 0:
                kept.append(taken[file.name])
        elif file.name != followed and _is_known(file, marks, there, taken, followed):
            surplus = 0
    return tuple(kept)


def _places(
    marks: Sequence[Mark],
    opened: frozenset[int],
    done: frozenset[int],
    files: Sequence[Seen],
    followed: str,
) -> dict[int, Seen]:
    """Where the text of each mark is: in its own file, else in the oldest that has it and is not older.

    The longest readings choose first, since theirs are the most telling bytes.
    """
    places: dict[int, Seen] = {}
    free = [file for file in files if not file.copies]
    order = sorted(range(len(marks)), key=lambda index: (index not in opened, -marks[index].offset))
    # A mark of nothing read fits to any text: it chooses last, in case its inode was used again. A compressed
    # file is written once: with another time it is another one, and perhaps one that was read and forgotten.
    for same, empty in ((True, False), (False, False), (True, True)):
        for index in order:
            for file in () if index in places else tuple(free):
                mark = marks[index]
                if same:
                    fits = (file.device, file.inode) == (mark.device, mark.inode)
                    fits = fits and (index in opened or index in file.continues)
                    fits = fits and (index in opened or bool(mark.offset) != empty)
                    fits = fits and not (empty and file.compressed and file.modified_ns != mark.modified_ns)
                else:
                    fits = index in file.continues and mark.offset > 0
                    fits = fits and file.modified_ns // SECOND_NS >= mark.modified_ns // SECOND_NS
                    fits = fits and not (file.name == followed and index in opened | done)
                if fits:
                    places[index] = file
                    free.remove(file)
                    break
    return places


def _oldest_first(seen: Iterable[Seen], followed: str) -> list[Seen]:
    """By the numbers or dates in their names where all have the like, else by when they were last written."""
    files = list(seen)
    keys = ages((file.name for file in files if file.name != followed), followed)
    if keys is None:
        return sorted(files, key=lambda file: (file.name == followed, file.modified_ns, file.name))
    return sorted(files, key=lambda file: (file.name == followed, keys.get(file.name, ""), file.compressed))


__all__ = ["Plan", "Seen", "Step", "once", "plan"]
