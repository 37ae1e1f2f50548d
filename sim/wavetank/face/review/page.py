"""The page: everything that goes into its template."""

from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from wavetank.face.review import summary
from wavetank.face.review.strip import strip
from wavetank.scenario.vocabulary import NOT_MODELLED, OUTSIDE_THE_MODEL
from wavetank.studies.reviewing import Review, quantities, telling

PACKAGE = "wavetank.face.review"


def page(made: Review) -> str:
    """Return the page of a review as HTML; it needs nothing beside it and follows from the review alone."""
    environment = Environment(
        loader=PackageLoader(PACKAGE, "template"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    people = dict.fromkeys(name for decision in made.decisions for name in decision.decided_by)
    return environment.get_template("review.html").render(
        review=made,
        headline=telling.headline(made),
        reasons=list(telling.reasons(made)),
        lines=[summary.line_of(number, each) for number, each in enumerate(made.decisions, start=1)],
        risks=summary.risks(made),
        asked=summary.asked(made),
        verdict_of=summary.verdict_of,
        strip=strip,
        told=telling,
        value_text=quantities.value_text,
        people=list(people),
        not_modelled=NOT_MODELLED,
        outside=OUTSIDE_THE_MODEL,
        style=(files(PACKAGE) / "template" / "review.css").read_text(encoding="utf-8"),
    )
