"""The base of every table of the schema: frozen, and closed to unknown keys."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

DEFAULT_TEXT = "x-default"


class Table(BaseModel):
    """A table of a scenario file."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_by_alias=True, validate_by_name=False, ser_json_inf_nan="null"
    )


def key(default: Any, meaning: str, default_text: str = "") -> Any:
    """A key that may be left out; its unit and range come from its type.

    `default_text` says what holds then, where the default itself does not.
    """
    return Field(default, description=meaning, json_schema_extra={DEFAULT_TEXT: default_text})


def required(meaning: str) -> Any:
    """A key that must be given."""
    return Field(description=meaning)
