"""Reads what an operator has (logs, tables, exports) and writes a scenario with its data next to it."""

from wavetank.imports.importing import import_
from wavetank.imports.problems import ImportProblem

__all__ = ["ImportProblem", "import_"]
