"""The page: what goes into its template."""

from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from wavetank.face.report.embedding import asset, still
from wavetank.face.report.vega import Chart
from wavetank.face.sizing.charts import charts_of
from wavetank.results.provenance import wavetank_version
from wavetank.studies.sizing import FleetSizes, Size, fleets, representing, telling

PACKAGE = "wavetank.face.sizing"


class Part(NamedTuple):
    """One sizing on the page."""

    title: str
    sentences: list[str]
    heads: tuple[str, ...]
    rows: list[representing.Line]
    resources: list[tuple[str, str, str, str]]
    charts: list[tuple[Chart, str]]


def page(answer: Size | FleetSizes) -> str:
    """Return the page of a sizing as HTML; it needs nothing beside it."""
    sizes = answer.sizes if isinstance(answer, FleetSizes) else (answer,)
    environment = Environment(
        loader=PackageLoader(PACKAGE, "template"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("size.html").render(
        title=sizes[0].scenario if len(sizes) == 1 else "Fleets of several sizes",
        overview=(fleets.HEADS, list(answer.rows())) if isinstance(answer, FleetSizes) else None,
        parts=[part_of(size, index) for index, size in enumerate(sizes)],
        style=asset("report.css"),
        version=wavetank_version(),
    )


def part_of(size: Size, index: int = 0) -> Part:
    """Return what the page shows of one sizing; `index` keeps its anchors apart from those of others."""
    sentences = list(telling.sentences(size))
    charts = [chart._replace(id=f"{chart.id}-{index}") for chart in charts_of(size)]
    return Part(
        f"{size.agents:,} agents" if size.sought.fewest else "The most agents",
        sentences,
        (size.sought.word, *representing.HEADS),
        representing.lines_of(size),
        [
            (
                telling.RESOURCES.get(resource.name, resource.name),
                telling.SUBJECTS[resource.condition],
                f"{100 * resource.share:.0f} %",
                "" if resource.alone is None else f"{resource.alone:,}",
            )
            for resource in size.resources
        ],
        [(chart, still(chart)) for chart in charts],
    )
