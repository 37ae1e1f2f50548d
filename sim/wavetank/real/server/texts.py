"""Which characters names, keys, passwords and hosts may have: one rule for the code and for OpenAPI."""

import re

# Neither control characters, nor what changes the direction of a line or ends it: a name is shown to
# operators. As a pattern that JavaScript reads in the same way (ECMA-262).
PLAIN_PATTERN = r"^[^\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]*$"
# Nor halves of surrogate pairs. No text has those, and some readers of patterns have no name for them.
_PLAIN = re.compile(PLAIN_PATTERN.removeprefix("^").removesuffix("]*$") + r"\ud800-\udfff]*")


def is_plain(text: str) -> bool:
    """Whether a text has none of the characters that names must not have."""
    return _PLAIN.fullmatch(text) is not None
