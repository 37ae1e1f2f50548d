"""Files to read after a rotation, as a decision: no file is opened here."""

import pytest

from wavetank.protocol.marks import DONE_MOST, Mark, digest, from_json, to_json
from wavetank.protocol.rotated import ages, rotated
from wavetank.protocol.rotation import Plan, Seen, plan

SECOND_NS = 10**9
NONE: frozenset[int] = frozenset()


def mark(inode: int, offset: int, at_s: int = 100) -> Mark:
    return Mark(1, inode, offset, False, at_s * SECOND_NS, min(offset, 256), "head", min(offset, 256), "seam")


def seen(
    name: str,
    inode: int,
    *continues: int,
    at_s: int = 100,
    size: int = 50,
    copies: bool = False,
    begins: bool = False,
) -> Seen:
    packed = name.endswith(".gz")
    return Seen(name, 1, inode, size, at_s * SECOND_NS, packed, continues, copies, begins=begins)


def decided(
    marks: list[Mark], *files: Seen, opened: frozenset[int] = NONE, done: frozenset[int] = NONE
) -> Plan:
    return plan(marks, opened, done, files, "log")


def steps(plan: Plan) -> list[tuple[str, int | None]]:
    return [(step.seen.name, step.mark) for step in plan.steps]


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
    plan = decided([mark(10, 20)], seen("log.10.gz", 77, 0), *files, seen("log", 5))
    assert [name for name, _ in steps(plan)] == ["log.10.gz", "log.9", "log.2", "log.1", "log"]


def test_used_inode_is_not_taken_for_the_file() -> None:
    """The followed file has the inode of the one that was read, and other contents."""
    plan = decided([mark(1, 20)], seen("log", 1), seen("log.1.gz", 2, 0))
    assert steps(plan) == [("log.1.gz", 0), ("log", None)]
    assert (plan.cut, plan.gone) == ((0,), ())


def test_mark_of_nothing_read_takes_no_file_from_another() -> None:
    """The inode of an empty file was used again, for the compressed form of one that was read in part."""
    marks = [mark(5, 0), mark(1, 20)]
    plan = decided(marks, seen("log.1.gz", 5, 0, 1), seen("log", 2), done=frozenset({0}))
    assert (steps(plan), plan.gone) == ([("log.1.gz", 1), ("log", None)], ())


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
    plan = decided([mark(1, 20)], seen("log", 2), seen("log.1", 1), opened=frozenset({0}))
    assert steps(plan) == [("log", None)]


def test_file_that_is_being_compressed_is_read_once() -> None:
    known, done = [mark(1, 50)], frozenset({0})
    copy = seen("log.1.gz", 3, copies=True)
    files = (seen("log", 2), seen("log.1", 1, 0))
    for packed in (copy, copy._replace(size_bytes=-1), copy._replace(continues=(0,))):
        plan = decided(known, *files, packed, done=done)
        assert (steps(plan), plan.growing) == ([("log", None)], False)
    assert steps(decided(known, seen("log", 2), copy, opened=frozenset({0}))) == [("log", None)]


def test_copy_of_the_followed_file_is_not_read_before_that_is_cut() -> None:
    """`copytruncate` copies first. Seen between the two, the copy looks like a new file."""
    older = seen("log.2", 8, 1)
    marks, done = [mark(1, 20), mark(8, 50)], frozenset({1})
    copy = seen("log.1", 7, 0, begins=True)
    plan = decided(marks, older, copy, seen("log", 1, 0), done=done)
    assert (steps(plan), plan.growing) == ([("log", 0)], False)
    cut = seen("log", 1, size=0)
    plan = decided(marks, older, copy._replace(begins=False), cut, opened=frozenset({0}), done=done)
    assert steps(plan) == [], "it was cut after it was read: the next reading notices that"
    plan = decided(marks, older, copy._replace(begins=False), cut, done=done)
    assert steps(plan) == [("log.1", 0), ("log", None)]


@pytest.mark.parametrize("size", [0, 10])
def test_copy_that_is_being_made_is_waited_for(size: int) -> None:
    """Too short for the seam of what was read, it can be another file as well: that shows after a while."""
    files = (seen("log.2", 8, 1), seen("log.1", 7, size=size, begins=True), seen("log", 1, 0))
    marks, done = [mark(1, 20), mark(8, 50)], frozenset({1})
    chosen = decided(marks, *files, done=done)
    assert (steps(chosen), chosen.growing) == ([("log", 0)], True)
    chosen = plan(marks, NONE, done, files, "log", patient=False)
    assert (steps(chosen), chosen.growing) == ([("log.1", None), ("log", 0)], False)


def test_file_with_the_banner_of_the_followed_one_is_no_copy() -> None:
    """Only the banner was read of the followed file: another file that begins with it is new."""
    files = (seen("log.2", 8, 1), seen("log.1", 7, 0), seen("log", 1, 0))
    plan = decided([mark(1, 20), mark(8, 50)], *files, done=frozenset({1}))
    assert steps(plan) == [("log.1", None), ("log", 0)]


def test_inode_of_an_empty_file_used_again_for_one_that_was_forgotten() -> None:
    """A forgotten file was compressed, and has the inode of a file that was empty when it was last seen."""
    files = (seen("log.3.gz", 7, 1, at_s=50), seen("log.2", 6, 1, at_s=60), seen("log.1", 3, 0, 1))
    plan = decided([mark(3, 50), mark(7, 0)], *files, seen("log", 9), done=frozenset({0}))
    assert steps(plan) == [("log", None)]
    waiting = (files[0]._replace(modified_ns=100 * SECOND_NS), *files[1:])
    assert steps(decided([mark(3, 50), mark(7, 0)], *waiting, done=frozenset({0})))[0] == ("log.3.gz", 1)


def test_mark_of_an_empty_file_that_is_gone_is_forgotten() -> None:
    """Its inode is used again for a file that is known by a mark of its own, until that one is forgotten."""
    files = (seen("log.1", 7, 0, 1), seen("log", 9))
    plan = decided([mark(7, 50), mark(7, 0), mark(6, 0)], *files, done=frozenset({0}))
    assert (plan.void, plan.gone, plan.cut) == ((1, 2), (), ())
    hidden = seen("log.2", 6)._replace(readable=False)
    plan = decided([mark(7, 50), mark(7, 0), mark(6, 0)], *files, hidden, done=frozenset({0}))
    assert plan.void == (1,)


def test_forgotten_file_that_is_being_compressed_makes_no_other_new() -> None:
    files = (seen("log.3", 5), seen("log.3.gz", 6, copies=True), seen("log.2", 4), seen("log.1", 3, 0))
    assert steps(decided([mark(3, 50)], *files, seen("log", 9), done=frozenset({0}))) == [("log", None)]


@pytest.mark.parametrize("hidden", [False, True])
def test_none_is_forgotten_that_came_after_a_known_file(hidden: bool) -> None:
    """The oldest is still read, or cannot be opened now: what came after it would look new."""
    many = DONE_MOST + 3
    marks = [mark(inode, 50) for inode in range(many + 1)]
    files = [seen(f"log.{many - inode}", inode, inode) for inode in range(many)]
    done = frozenset(range(many))
    assert decided(marks, *files, seen("log", many, many), done=done).kept == tuple(range(3, many))
    files[0] = files[0]._replace(readable=not hidden)
    opened = frozenset({many} if hidden else {0, many})
    plan = decided(marks, *files, seen("log", many, many), done=done - opened, opened=opened)
    assert plan.kept == (tuple(range(3, many)) if hidden else tuple(range(1, many)))


def test_file_that_is_read_on_is_not_forgotten_before() -> None:
    """It was read to its end and has grown: it is known again in a moment, and older than those behind it."""
    many = DONE_MOST + 2
    marks = [mark(inode, 50) for inode in range(many)]
    files = [seen(f"log.{many - inode}", inode, inode, size=50 + 9 * (not inode)) for inode in range(many)]
    plan = decided(marks, *files, seen("log", 99), done=frozenset(range(many)))
    assert steps(plan) == [(f"log.{many}", 0), ("log", None)]
    assert plan.kept == tuple(range(many))


def test_file_that_is_gone_is_forgotten_first() -> None:
    many = DONE_MOST + 2
    marks = [mark(inode, 50) for inode in range(many)]
    files = [seen(f"log.{many - inode}", inode, inode) for inode in range(many) if inode not in (5, 6, 7)]
    assert decided(marks, *files, seen("log", 99), done=frozenset(range(many))).kept == (
        7, *(inode for inode in range(many) if inode not in (5, 6, 7)),
    )  # fmt: skip


def test_compressed_file_under_the_name_of_another_is_a_file_of_its_own() -> None:
    """Between two steps of a rotation `log.1.gz` can already be `log.2.gz`, beside `log.2`."""
    files = (seen("log", 3), seen("log.2", 1, 0), seen("log.2.gz", 2, 1))
    plan = decided([mark(1, 20), mark(9, 20)], *files)
    assert steps(plan) == [("log.2", 0), ("log.2.gz", 1), ("log", None)]


def test_file_that_cannot_be_read_now_is_neither_lost_nor_new() -> None:
    for name in ("log", "log.1"):
        closed = seen(name, 1, size=-1)._replace(readable=False)
        plan = decided([mark(1, 20)], closed, *([seen("log", 2)] if name != "log" else []))
        assert (plan.cut, plan.gone, plan.growing) == ((), (), False)
        assert [name for name, _ in steps(plan)] == (["log"] if name != "log" else [])


def test_link_to_a_file_that_looks_rotated_is_the_followed_file() -> None:
    """As with `log -> log-20261130`, where the link is what is rotated."""
    files = (seen("log-20261130", 1, 0), seen("log", 1, 0))
    assert steps(decided([mark(1, 20)], *files)) == [("log", 0)]
    assert steps(decided([mark(1, 20)], *files, opened=frozenset({0}))) == []
    moved = (seen("log-20261130", 1, 0), seen("log-20261201", 2), seen("log", 2))
    assert steps(decided([mark(1, 20)], *moved)) == [("log-20261130", 0), ("log", None)]


def test_compressed_file_that_is_not_whole_is_waited_for() -> None:
    plan = decided([mark(1, 20)], seen("log", 2), seen("log.1.gz", 3, size=-1))
    assert (steps(plan), plan.growing, plan.gone) == ([("log", None)], True, ())


def test_file_that_is_done_is_read_again_only_where_it_has_grown() -> None:
    known, done = [mark(1, 50)], frozenset({0})
    assert steps(decided(known, seen("log", 2), seen("log.1", 1, 0), done=done)) == [("log", None)]
    grown = seen("log.1", 1, 0, size=60)
    assert steps(decided(known, seen("log", 2), grown, done=done)) == [("log.1", 0), ("log", None)]


def test_same_beginning_goes_to_the_oldest_that_is_not_older() -> None:
    """Of the file that is gone only a banner was read, and every file begins with it."""
    times = {"log.1.gz": 120, "log.2.gz": 110, "log.3.gz": 90, "log": 130}
    plan = decided([mark(1, 20)], *(seen(name, at_s, 0, at_s=at_s) for name, at_s in times.items()))
    assert steps(plan) == [("log.2.gz", 0), ("log.1.gz", None), ("log", None)]


def test_where_nothing_is_known_any_more_times_must_do() -> None:
    files = (seen("log.1", 4, at_s=110), seen("log.2", 5, at_s=90), seen("log", 6, at_s=120))
    plan = decided([mark(1, 20)], *files)
    assert (steps(plan), plan.gone) == ([("log.1", None), ("log", None)], (0,))


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
