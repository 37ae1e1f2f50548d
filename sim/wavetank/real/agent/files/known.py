"""A follower's memory of files that are not open: those read to their end, and those to be found again."""

from collections.abc import Sequence

from wavetank.protocol.marks import Mark, from_json, to_json
from wavetank.protocol.rotation import Plan


class Known:
    """The marks of files: `done` of those that were read to their end, `waiting` of those to be found again.

    Both are oldest first. With the marks of the open files behind them they make one list, by whose indices a
    `Plan` names them.
    """

    def __init__(self, position: object) -> None:
        """`position` is what was kept of an earlier life (`position`), None at the first start."""
        self.done, self.waiting = from_json(position)

    def position(self, opened: Sequence[Mark]) -> object:
        """Return the position to keep, with the marks of the open files."""
        return to_json([*self.done, *self.waiting, *opened], self.indices_done())

    def all(self, opened: Sequence[Mark]) -> list[Mark]:
        """Every mark, in the order of the indices."""
        return [*self.done, *self.waiting, *opened]

    def indices_done(self) -> frozenset[int]:
        """Which of all are done."""
        return frozenset(range(len(self.done)))

    def indices_open(self, marks: Sequence[Mark]) -> frozenset[int]:
        """Which of all are open."""
        return frozenset(range(len(self.done) + len(self.waiting), len(marks)))

    def settle(self, marks: list[Mark], decided: Plan) -> None:
        """Forget what is lost, and note under which names the files that are done are now.

        The marks in the list that are changed by that are replaced there as well.
        """
        done, places = self.indices_done(), dict(decided.places)
        for index in decided.cut:
            at = self.waiting.index(marks[index])
            if index in places or decided.growing:  # from now on it is known by its text alone
                self.waiting[at] = marks[index] = marks[index]._replace(device=-1)
            else:
                del self.waiting[at]
        for index in (*decided.gone, *decided.void):
            self.waiting.remove(marks[index])
        for index in done & places.keys():
            file = places[index]
            marks[index] = marks[index]._replace(
                device=file.device, inode=file.inode, modified_ns=file.modified_ns
            )
        # The oldest are forgotten: whatever is unknown, and older than all that is known, is history.
        self.done = [marks[index] for index in decided.kept]

    def opened(self, mark: Mark | None) -> None:
        """The file of a mark is open now."""
        for marks in (self.waiting, self.done):
            if mark in marks:
                marks.remove(mark)
