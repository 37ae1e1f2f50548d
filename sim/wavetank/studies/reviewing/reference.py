"""Write the JSON Schemas: of a decision file, for editors, and of review.json, for programs that read it.

Both are derived from the pydantic models (schema.py and record.py), so they cannot differ from what is
accepted or written. The texts are stored in models/schema; a test compares them with the code, and `make
docs` writes them again.
"""

import json
from typing import Any

from wavetank.scenario.reference import schema_of
from wavetank.studies.reviewing.record import review_schema
from wavetank.studies.reviewing.schema import DecisionFile


def schema_json() -> dict[str, Any]:
    """JSON Schema (2020-12) of a decision."""
    return schema_of(DecisionFile, "wavetank decision")


def schema_text() -> str:
    """The text of models/schema/decision.json."""
    return json.dumps(schema_json(), indent=2, ensure_ascii=False) + "\n"


def review_schema_text() -> str:
    """The text of models/schema/review.json."""
    return json.dumps(review_schema(), indent=2, ensure_ascii=False) + "\n"
