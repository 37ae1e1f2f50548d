"""What to read when a followed file was rotated: a decision from what is known and what is seen."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from wavetank.protocol.marks import Mark
from wavetank.protocol.rotated import ages

_SECOND_NS = 1_000_000_000


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


class Step(NamedTuple):
    """Read this file: behind a mark (its index), or from the beginning (None)."""

    seen: Seen
    mark: int | None


class Plan(NamedTuple):
    """What to do, in this order.

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
        Whether a compressed file is still being written, so that nothing can be said about it yet.
    """

    steps: tuple[Step, ...]
    places: tuple[tuple[int, Seen], ...]
    cut: tuple[int, ...]
    gone: tuple[int, ...]
    growing: bool


def plan(
    marks: Sequence[Mark],
    opened: frozenset[int],
    done: frozenset[int],
    seen: Iterable[Seen],
    followed: str,
    first: bool = False,
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
    """
    there = once(seen, followed)
    files = _oldest_first((one for one in there if one.readable), followed)
    hidden = {(one.device, one.inode) for one in there if not one.readable}
    places = _places(marks, opened, done, files, followed)
    taken = {one.name: index for index, one in places.items()}
    steps = [
        Step(one, taken[one.name]) for one in files
        if one.name in taken and _goes_on(one, marks, opened, done, taken[one.name], followed)
    ]  # fmt: skip
    fresh = [one for one in _fresh(marks, files, taken, followed) if one.name == followed or not first]
    steps += [Step(one, None) for one in fresh if one.size_bytes >= 0]
    waiting = [
        index for index, mark in enumerate(marks)
        if index not in opened | done and (mark.device, mark.inode) not in hidden
    ]  # fmt: skip
    here = {(one.device, one.inode) for one in files if one.name == followed}
    cut = [
        index for index in waiting
        if (marks[index].device, marks[index].inode) in here and taken.get(followed) != index
    ]  # fmt: skip
    lost = [index for index in waiting if index not in places and index not in cut and marks[index].offset]
    growing = any(one.size_bytes < 0 and not one.copies for one in (files if lost or cut else fresh))
    steps.sort(key=lambda step: files.index(step.seen))
    where = sorted(places.items(), key=lambda place: files.index(place[1]))
    return Plan(tuple(steps), tuple(where), tuple(cut), tuple([] if growing else lost), growing)


def once(seen: Iterable[Seen], followed: str) -> list[Seen]:
    """Each file under one name: the followed one may be a link to another that looks rotated."""
    found: dict[tuple[int, int], Seen] = {}
    for one in sorted(seen, key=lambda one: one.name == followed):
        found[one.device, one.inode] = one
    return list(found.values())


def _goes_on(
    one: Seen, marks: Sequence[Mark], opened: frozenset[int], done: frozenset[int], index: int, followed: str
) -> bool:
    """Whether a known file is to be opened: not one that is open, nor an old one without anything new."""
    return index not in opened and (
        index not in done or one.name == followed or one.size_bytes != marks[index].offset
    )


def _fresh(marks: Sequence[Mark], files: Sequence[Seen], taken: dict[str, int], followed: str) -> list[Seen]:
    """The files of which nothing was read: the followed one, and those that came after one that is known.

    Where none is known any more, the times at which they were last written must do.
    """
    read = {name for name, index in taken.items() if name != followed or marks[index].offset}
    known = [at for at, one in enumerate(files) if one.name in read or one.copies]
    newest_s = max((mark.modified_ns // _SECOND_NS for mark in marks), default=0)
    found = []
    for at, one in enumerate(files):
        after = at > known[0] if known else one.modified_ns // _SECOND_NS >= newest_s
        if one.name not in taken and (one.name == followed or (after and not one.copies)):
            found.append(one)
    return found


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
    free = [one for one in files if not one.copies]
    order = sorted(range(len(marks)), key=lambda index: (index not in opened, -marks[index].offset))
    # A mark of nothing read fits to any text: it chooses last, in case its inode was used again.
    for same, empty in ((True, False), (False, False), (True, True)):
        for index in order:
            for one in () if index in places else tuple(free):
                mark = marks[index]
                if same:
                    fits = (one.device, one.inode) == (mark.device, mark.inode)
                    fits = fits and (index in opened or index in one.continues)
                    fits = fits and (index in opened or bool(mark.offset) != empty)
                else:
                    fits = index in one.continues and mark.offset > 0
                    fits = fits and one.modified_ns // _SECOND_NS >= mark.modified_ns // _SECOND_NS
                    fits = fits and not (one.name == followed and index in opened | done)
                if fits:
                    places[index] = one
                    free.remove(one)
                    break
    return places


def _oldest_first(seen: Iterable[Seen], followed: str) -> list[Seen]:
    """By the numbers or dates in their names where all have the like, else by when they were last written."""
    files = list(seen)
    keys = ages((one.name for one in files if one.name != followed), followed)
    if keys is None:
        return sorted(files, key=lambda one: (one.name == followed, one.modified_ns, one.name))
    return sorted(files, key=lambda one: (one.name == followed, keys.get(one.name, ""), one.compressed))


__all__ = ["Plan", "Seen", "Step", "once", "plan"]
