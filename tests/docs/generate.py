"""Write the generated pages and the JSON Schema anew: `make docs`. Tests fail when they have drifted."""

from pathlib import Path

from tests.verify import face_validity
from tests.verify.independent import totals
from wavetank.engines.honoured import engines_markdown
from wavetank.face.libraries import write_libraries
from wavetank.libraries.decision import find_decision
from wavetank.results.metrics import to_markdown
from wavetank.scenario import load
from wavetank.scenario.reference import scenario_markdown, schema_text
from wavetank.studies.reviewing import reference
from wavetank.validation.foreign import predict
from wavetank.validation.measurements import list_measurements, load_measurements
from wavetank.validation.page import page as validation_page

ROOT = Path(__file__).parents[2]
ENGINES_PAGE = ROOT / "docs" / "engines.md"
VALIDATION_PAGE = ROOT / "docs" / "validation.md"


def by_hand(page: Path, heading: str) -> str:
    """Return the part of a page that nothing generates: from that heading on."""
    _, heading, text = page.read_text().partition(heading)
    return heading + text


def validation() -> str:
    """Return the text of docs/validation.md; simulates all tables, some seconds."""
    return validation_page([predict(load_measurements(path)) for path in list_measurements()])


def pages() -> dict[Path, str]:
    """The right contents of each generated file."""
    return {
        ROOT / "docs" / "scenario.md": scenario_markdown(),
        ROOT / "docs" / "metrics.md": to_markdown(),
        ENGINES_PAGE: engines_markdown() + by_hand(ENGINES_PAGE, "\n## How the compiled engine works\n"),
        face_validity.PAGE: face_validity.page(),
        totals.PAGE: totals.page(),
        VALIDATION_PAGE: validation(),
        ROOT / "models" / "schema" / "scenario.json": schema_text(),
        ROOT / "models" / "schema" / "decision.json": reference.schema_text(),
        ROOT / "models" / "schema" / "review.json": reference.review_schema_text(),
    }


def main() -> None:
    """Write all of them, and name those that changed."""
    for path, text in pages().items():
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            print(f"wrote {path.relative_to(ROOT)}")
    page = write_libraries(load("wazuh-50-jwt"), find_decision(), ROOT / "reports")
    print(f"wrote {page.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
