"""The page: what goes into its template."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from wavetank.face.fits.charts import charts_of, quantities
from wavetank.face.report.embedding import asset, still
from wavetank.imports.findings import Findings
from wavetank.imports.fitting import Fitted
from wavetank.imports.telling import fit_text, limits, sentences
from wavetank.results.provenance import wavetank_version

PACKAGE = "wavetank.face.fits"
Row = tuple[str, str, str, str]


def page(findings: Findings) -> str:
    """Return the page of an import as HTML; it needs nothing beside it."""
    environment = Environment(
        loader=PackageLoader(PACKAGE, "template"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("fits.html").render(
        title=", ".join(source.file for source in findings.sources),
        sentences=list(sentences(findings)),
        limits=list(limits(findings)),
        charts=[(chart, still(chart)) for chart in charts_of(findings)],
        tables=[
            (title, rows(fitted, kind))
            for title, fitted, kind in quantities(findings)
            if fitted is not None and fitted.candidates
        ],
        style=asset("report.css"),
        version=wavetank_version(),
    )


def rows(fitted: Fitted, kind: str) -> list[Row]:
    """Return every law that was tried, the likeliest first: its parameters, its criterion and its test."""
    best = fitted.candidates[0].bic
    return [
        (
            fit_text(fit, kind),
            f"+{fit.bic - best:,.1f}",
            f"{fit.p:.3f}",
            "fits" if fit.fits else "does not fit",
        )
        for fit in fitted.candidates
    ]
