"""What is read after a rotation, as a decision: no file is opened here."""

import pytest

from wavetank.protocol.marks import Mark, digest, from_json, to_json
from wavetank.protocol.rotated import ages, rotated
from wavetank.protocol.rotation import Plan, Seen, plan

SECOND_NS = 10**9
NONE: frozenset[int] = frozenset()


def mark(inode: int, offset: int, at_s: int = 100) -> Mark:
    return Mark(1, inode, offset, False, at_s * SECOND_NS, min(offset, 256), "head", min(offset, 256), "seam")


def seen(
    name: str, inode: int, *continues: int, at_s: int = 100, size: int = 50, copies: bool = False
) -> Seen:
    return Seen(name, 1, inode, size, at_s * SECOND_NS, name.endswith(".gz"), continues, copies)


def decided(
    marks: list[Mark], *files: Seen, opened: frozenset[int] = NONE, done: frozenset[int] = NONE
) -> Plan:
    return plan(marks, opened, done, files, "log")


def steps(found: Plan) -> list[tuple[str, int | None]]:
    return [(step.seen.name, step.mark) for step in found.steps]


def test_first_start_reads_the_followed_file_alone() -> None:
    files = (seen("log.1", 2), seen("log", 1))
    assert steps(plan([], NONE, NONE, files, "log", first=True)) == [("log", None)]
    assert steps(decided([], *files)) == [("log.1", None), ("log", None)], "it waited for the file, without"


def test_renamed_once_and_twice() -> None:
    known = [mark(1, 20)]
    assert steps(decided(known, seen("log", 2), seen("log.1", 1, 0))) == [("log.1", 0), ("log", None)]
    files = (seen("log", 3), seen("log.1", 2), seen("log.2", 1, 0), seen("log.3", 9))
    assert steps(decided(known, *files)) == [("log.2", 0), ("log.1", None), ("log", None)]


def test_ten_is_older_than_nine() -> None:
    files = [seen(f"log.{n}", n) for n in (1, 9, 2)]
    found = decided([mark(10, 20)], seen("log.10.gz", 77, 0), *files, seen("log", 5))
    assert [name for name, _ in steps(found)] == ["log.10.gz", "log.9", "log.2", "log.1", "log"]


def test_used_inode_is_not_taken_for_the_file() -> None:
    """The followed file has the inode of the one that was read, and other contents."""
    found = decided([mark(1, 20)], seen("log", 1), seen("log.1.gz", 2, 0))
    assert steps(found) == [("log.1.gz", 0), ("log", None)]
    assert (found.cut, found.gone) == ((0,), ())


def test_mark_of_nothing_read_takes_no_file_from_another() -> None:
    """The inode of an empty file was used again, for the compressed form of one that was read in part."""
    marks = [mark(5, 0), mark(1, 20)]
    found = decided(marks, seen("log.1.gz", 5, 0, 1), seen("log", 2), done=frozenset({0}))
    assert (steps(found), found.gone) == ([("log.1.gz", 1), ("log", None)], ())


def test_copy_of_a_file_of_which_nothing_was_read_is_new() -> None:
    """It was written and cut between two looks, so that it is empty again: only the copy tells."""
    files = (seen("log.2", 8, at_s=90), seen("log.1", 7, at_s=110), seen("log", 1, 0, at_s=110, size=0))
    assert steps(decided([mark(1, 0)], *files)) == [("log.1", None), ("log", 0)]


def test_cut_without_a_copy_and_gone_are_told_apart() -> None:
    assert decided([mark(1, 20)], seen("log", 1)).cut == (0,)
    assert decided([mark(1, 20)], seen("log", 1)).gone == ()
    assert decided([mark(1, 20)], seen("log", 2)).cut == ()
    assert decided([mark(1, 20)], seen("log", 2)).gone == (0,)
    assert decided([mark(1, 0)], seen("log", 2)).gone == (), "nothing of it was read"


def test_open_file_needs_no_likeness() -> None:
    """Its inode cannot be used for another file while it is open."""
    found = decided([mark(1, 20)], seen("log", 2), seen("log.1", 1), opened=frozenset({0}))
    assert steps(found) == [("log", None)]


def test_file_that_is_being_compressed_is_read_once() -> None:
    known, done = [mark(1, 50)], frozenset({0})
    copy = seen("log.1.gz", 3, copies=True)
    files = (seen("log", 2), seen("log.1", 1, 0))
    for packed in (copy, copy._replace(size_bytes=-1), copy._replace(continues=(0,))):
        found = decided(known, *files, packed, done=done)
        assert (steps(found), found.growing) == ([("log", None)], False)
    assert steps(decided(known, seen("log", 2), copy, opened=frozenset({0}))) == [("log", None)]


def test_compressed_file_under_the_name_of_another_is_a_file_of_its_own() -> None:
    """Between two steps of a rotation `log.1.gz` can already be `log.2.gz`, beside `log.2`."""
    files = (seen("log", 3), seen("log.2", 1, 0), seen("log.2.gz", 2, 1))
    found = decided([mark(1, 20), mark(9, 20)], *files)
    assert steps(found) == [("log.2", 0), ("log.2.gz", 1), ("log", None)]


def test_file_that_cannot_be_read_now_is_neither_lost_nor_new() -> None:
    for name in ("log", "log.1"):
        closed = seen(name, 1, size=-1)._replace(readable=False)
        found = decided([mark(1, 20)], closed, *([seen("log", 2)] if name != "log" else []))
        assert (found.cut, found.gone, found.growing) == ((), (), False)
        assert [one for one, _ in steps(found)] == (["log"] if name != "log" else [])


def test_link_to_a_file_that_looks_rotated_is_the_followed_file() -> None:
    """As with `log -> log-20261130`, where the link is what is rotated."""
    files = (seen("log-20261130", 1, 0), seen("log", 1, 0))
    assert steps(decided([mark(1, 20)], *files)) == [("log", 0)]
    assert steps(decided([mark(1, 20)], *files, opened=frozenset({0}))) == []
    moved = (seen("log-20261130", 1, 0), seen("log-20261201", 2), seen("log", 2))
    assert steps(decided([mark(1, 20)], *moved)) == [("log-20261130", 0), ("log", None)]


def test_compressed_file_that_is_not_whole_is_waited_for() -> None:
    found = decided([mark(1, 20)], seen("log", 2), seen("log.1.gz", 3, size=-1))
    assert (steps(found), found.growing, found.gone) == ([("log", None)], True, ())


def test_file_that_is_done_is_read_again_only_where_it_has_grown() -> None:
    known, done = [mark(1, 50)], frozenset({0})
    assert steps(decided(known, seen("log", 2), seen("log.1", 1, 0), done=done)) == [("log", None)]
    grown = seen("log.1", 1, 0, size=60)
    assert steps(decided(known, seen("log", 2), grown, done=done)) == [("log.1", 0), ("log", None)]


def test_same_beginning_goes_to_the_oldest_that_is_not_older() -> None:
    """Of the file that is gone only a banner was read, and every file begins with it."""
    times = {"log.1.gz": 120, "log.2.gz": 110, "log.3.gz": 90, "log": 130}
    found = decided([mark(1, 20)], *(seen(name, at_s, 0, at_s=at_s) for name, at_s in times.items()))
    assert steps(found) == [("log.2.gz", 0), ("log.1.gz", None), ("log", None)]


def test_where_nothing_is_known_any_more_times_must_do() -> None:
    files = (seen("log.1", 4, at_s=110), seen("log.2", 5, at_s=90), seen("log", 6, at_s=120))
    found = decided([mark(1, 20)], *files)
    assert (steps(found), found.gone) == ([("log.1", None), ("log", None)], (0,))


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("app.log.1", True),
        ("app.log.12.gz", True),
        ("app.log-20261130", True),
        ("app.log-2026-11-30T10:00:00.gz", True),
        ("app-20261130.log", True),
        ("app.1.log.gz", True),
        ("app.log.old", True),
        ("app.log", False),
        ("app.log.gz", False),
        ("app.log.bak", False),
        ("app.log.1.swp", False),
        ("app.log~", False),
        ("application.log.1", False),
        ("app2.log", False),
    ],
)
def test_names(name: str, is_one: bool) -> None:
    assert rotated(name, "app.log") is is_one


def test_ages_are_those_of_the_numbers_or_the_dates() -> None:
    keys = ages(["a.10", "a.9", "a.1"], "a")
    assert keys is not None
    assert sorted(keys, key=keys.__getitem__) == ["a.10", "a.9", "a.1"]
    keys = ages(["a-20261130", "a-20251231.gz"], "a")
    assert keys is not None
    assert sorted(keys, key=keys.__getitem__) == ["a-20251231.gz", "a-20261130"]
    assert ages(["a.1", "a-20261130"], "a") is None
    assert ages(["a.old", "a.1"], "a") is None


def test_marks_are_kept_as_json() -> None:
    marks = [mark(1, 20), mark(2, 30)]
    assert from_json(to_json(marks, frozenset({0}))) == ([marks[0]], [marks[1]])
    assert from_json(None) == ([], [])
    assert from_json([7, 4, False]) == ([], [])
    assert digest(b"a") != digest(b"b")
