"""Who an agent is: what it chooses before it registers, and keeps ever after.

What it has chosen it keeps: that is how a server knows it again after a restart
(docs/model.md#registration).
"""

import json
from typing import NamedTuple


class Credentials(NamedTuple):
    """An agent's credentials, from registration. `ca` is PEM text, empty for the system's certificates."""

    uuid: str
    key: str
    name: str
    server: str
    ca: str
    registered: bool

    def to_json(self) -> str:
        """The text of a credentials file."""
        return json.dumps(self._asdict(), indent=1) + "\n"


def from_json(text: str) -> Credentials:
    """The credentials in the text of a file. Raises ValueError."""
    fields = json.loads(text)
    kinds = Credentials.__annotations__
    if not isinstance(fields, dict) or {name: type(fields.get(name)) for name in kinds} != kinds:
        raise ValueError("not the text of a credentials file")
    return Credentials(**{name: fields[name] for name in kinds})


def uuid7(time_ms: int, bits: int) -> str:
    """The UUID of version 7 (RFC 9562) with this time and the low 74 of some random bits."""
    value = (time_ms & 0xFFFFFFFFFFFF) << 80 | 0x7 << 76 | (bits >> 62 & 0xFFF) << 64
    text = f"{value | 0x2 << 62 | bits & 0x3FFFFFFFFFFFFFFF:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
