"""Other people's measurements as a file: a source, a scenario, and rows that calibrate or are predicted."""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import model_validator

from wavetank.errors import ScenarioError
from wavetank.results.metrics import BY_NAME, is_metric, stem_of
from wavetank.scenario.catalogue import find, is_path, roots
from wavetank.scenario.gathering import Gathering
from wavetank.scenario.loading import Scenario, from_tree
from wavetank.scenario.overrides import Override
from wavetank.scenario.problems import validated
from wavetank.scenario.schema.base import Table, key, required
from wavetank.scenario.schema.leaf import Leaf, Misfit, choice, number, shown, text
from wavetank.scenario.tree import Tree, printable, read_tree

FOLDER = "measurements"
"""Where tables are in a catalogue."""

CALIBRATES = "calibrates"
PREDICTED = "predicted"
USES = (CALIBRATES, PREDICTED)
ABOUT, AT_LEAST, AT_MOST = "about", "at-least", "at-most"
BOUNDS = (ABOUT, AT_LEAST, AT_MOST)


def _words(value: object) -> object:
    """A list of texts."""
    if not isinstance(value, list | tuple):
        raise Misfit(f'{shown(value)} is not a list; write ["..."]')
    for index, item in enumerate(value):
        if not isinstance(item, str) or not 0 < len(item) <= 2000:
            raise Misfit(f"{shown(item)} is not a text of 1 to 2000 characters in quotes", index)
    return tuple(value)


def _document(value: object) -> object:
    if not isinstance(value, dict) or not value:
        raise Misfit(
            f'{shown(value)} is no scenario; write [scenario], as in scenario = {{ extends = "NAME" }}'
        )
    return value


def _metric(value: object) -> object:
    """A metric's full name, as in docs/metrics.md."""
    if not isinstance(value, str):
        raise Misfit(f'{shown(value)} is no metric; write one such as "goodput_per_s"')
    if not is_metric(value):
        near = get_close_matches(stem_of(value), BY_NAME, n=1)
        hint = f"did you mean {near[0]}?" if near else "docs/metrics.md lists them"
        raise Misfit(f"{shown(value)} is no metric; {hint}")
    return value


def _name_shown(value: Any) -> str:
    return str(value)


Texts = Annotated[
    tuple[str, ...], Leaf(_words, {"type": "array", "items": {"type": "string"}}, "texts", "a list of texts")
]
Document = Annotated[dict[str, Any], Leaf(_document, {"type": "object"}, "a scenario", "a scenario's keys")]
MetricName = Annotated[str, Leaf(_metric, {"type": "string"}, "metric", "a metric's name", _name_shown)]


class Row(Table):
    """One measured figure."""

    name: Annotated[str, text("a name", 200)] = required("What was measured, in words.")
    metric: MetricName = required("The metric that the figure is held against, as in docs/metrics.md.")
    measured: Annotated[float, number(1e-12, 1e15)] = required("The figure, in the metric's unit.")
    bound: Annotated[str, choice(BOUNDS)] = key(ABOUT, "Whether the source gives the figure or a bound.")
    use: Annotated[str, choice(USES)] = required("Whether the scenario's costs come from it.")
    set: Texts = key((), "KEY=VALUE: how the scenario differs for this row.")
    within: Annotated[float, number(0.001, 10)] = key(
        0.0, "The error aimed at, as a share; else the table's."
    )
    note: Annotated[str, text("a text", 2000)] = key("", "What a reader should know of the figure.")
    cause: Annotated[str, text("a text", 2000)] = key("", "Why the error is larger than aimed at.")

    @model_validator(mode="after")
    def _exact(self) -> Self:
        if self.use == CALIBRATES and self.bound != ABOUT:
            raise Misfit("a bound calibrates nothing; take a row with a figure", "bound")
        return self


class MeasurementFile(Table):
    """The whole file."""

    name: Annotated[str, text("a name", 200)] = required("Title.")
    description: Annotated[str, text("a description", 10_000)] = key("", "What was measured, and how.")
    source: Annotated[str, text("a source", 1000)] = required("Who published the figures, and where.")
    assumed: Texts = required("What the source does not say and the scenario assumes; [] for nothing.")
    within: Annotated[float, number(0.001, 10)] = key(0.15, "The error aimed at, as a share of the measured.")
    scenario: Document = required("The scenario: its keys, or extends and what differs.")
    row: tuple[Row, ...] = required("The figures.")

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        names = [row.name for row in self.row]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise Misfit(f"the row {shown(name)} is there twice; rename one", "row", index, "name")
        if not any(row.use == PREDICTED for row in self.row):
            raise Misfit(
                'no row is predicted; write use = "predicted" in those that no cost comes from', "row"
            )
        return self


@dataclass(frozen=True)
class Measurements:
    """A table that was read: `spec` its contents, `cases` the scenario of each row, `tree` its positions."""

    spec: MeasurementFile
    cases: tuple[Scenario, ...]
    tree: Tree
    id: str

    def error(self, index: int, name: str, message: str) -> ScenarioError:
        """An error at a key of a row."""
        return self.tree.error(("row", index, name), message)


def load_measurements(name: str | Path, models: Path | None = None) -> Measurements:
    """Read a table: a name in a catalogue's measurements/, or the path of a .toml file.

    Raises
    ------
    ScenarioError
        Every mistake, at file, line and column: in the table, in its scenario, and in the rows' settings.
    """
    file = _file(str(name), models)
    tree = read_tree(file)
    spec = validated(MeasurementFile, tree)
    inner = _inner(tree)
    gathering = Gathering()
    with gathering.catching():
        # Without settings first: a mistake in the scenario is told once, not once a row.
        from_tree(inner, (), models, file.stem)
    gathering.finish()
    cases = []
    for index, row in enumerate(spec.row):
        with gathering.catching():
            cases.append(_case(tree, inner, index, row, models, file.stem))
    gathering.finish()
    return Measurements(spec, tuple(cases), tree, file.stem)


def list_measurements(models: Path | None = None) -> tuple[Path, ...]:
    """The tables of the catalogue, by name."""
    known: dict[str, Path] = {}
    for root in roots(models):
        known = {**{path.stem: path for path in root.glob(f"{FOLDER}/*.toml")}, **known}
    return tuple(known[name] for name in sorted(known))


def _file(name: str, models: Path | None) -> Path:
    def complain(message: str) -> ScenarioError:
        return ScenarioError(message, printable(name), 1, 1)

    if is_path(name):
        return find(name, (), Path(), models, complain)
    known = {path.stem: path for path in list_measurements(models)}
    if name in known:
        return known[name]
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known) or 'none'}; or give a path"
    raise complain(f'there is no table "{printable(name)}"; {hint}')


def _inner(tree: Tree) -> Tree:
    """The scenario inside, its positions still those of the file."""
    origins = {path[1:]: origin for path, origin in tree.origins.items() if path[:1] == ("scenario",)}
    return Tree(tree.raw["scenario"], {(): tree.origin(("scenario",)), **origins})


def _case(tree: Tree, inner: Tree, index: int, row: Row, models: Path | None, stem: str) -> Scenario:
    sets = tuple(Override(words, number) for number, words in enumerate(row.set, start=1))
    try:
        return from_tree(inner, sets, models, stem)
    except ScenarioError as error:
        gathering = Gathering()
        gathering.add(_placed(tree, index, each) for each in error.errors)
        gathering.finish()
        raise


def _placed(tree: Tree, index: int, error: ScenarioError) -> ScenarioError:
    """An error of a setting, where the setting stands: it knows itself as the line-th --set."""
    if error.file != "--set":
        return error
    place = ("row", index, "set", error.line - 1)
    file, mark = tree.origin(place)
    # Behind the opening quote.
    return ScenarioError(error.message, file, mark.line, mark.column + error.column)
