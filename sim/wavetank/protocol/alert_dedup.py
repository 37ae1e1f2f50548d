"""Report each trouble once when it begins, and once when all are over.

A trouble of many parts is told when the first of them has it. When the last trouble is over, that is told
too.
"""


class Troubles:
    """The present trouble of each part ("" for none)."""

    def __init__(self) -> None:
        self._of: dict[int, str] = {}

    def note(self, part: int, trouble: str) -> str:
        """How a part does; returns what is to be said about it, if anything."""
        before = self.all()
        self._of[part] = trouble
        if trouble and trouble not in before:
            return trouble
        return "all is well again" if before and not self.all() else ""

    def all(self) -> list[str]:
        """The troubles there are."""
        return sorted(set(filter(None, self._of.values())))
