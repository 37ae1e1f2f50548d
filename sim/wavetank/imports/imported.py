"""The return value of `import_`."""

from dataclasses import dataclass
from pathlib import Path

from wavetank.imports.findings import Findings
from wavetank.imports.writing import write


@dataclass(frozen=True)
class Imported(Findings):
    """The findings of an import, as in `Findings`; `write` makes a scenario of them."""

    def write(self, name: str | Path) -> Path:
        """Write NAME.toml, a scenario, with its data next to it, and return its path.

        Files of an earlier import are replaced, others never. All are written, or none.

        Parameters
        ----------
        name : path of the scenario, with or without .toml

        Raises
        ------
        ImportProblem : a file cannot be written, or is in the way
        """
        return write(self, Path(name))
