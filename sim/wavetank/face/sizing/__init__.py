"""The page of a sizing: the answer, the table, what binds, and how near each design came to its bounds."""

from wavetank.face.sizing.writing import write_size

__all__ = ["write_size"]
