"""The provenance of a result: a hash of what was resolved."""

import json
from hashlib import sha256

from wavetank.scenario.resolved import Resolved


def digest(resolved: Resolved) -> str:
    """sha256 (hexadecimal) of the resolved scenario as canonical JSON: arrays only, no white space."""
    text = json.dumps(resolved, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return sha256(text.encode("ascii")).hexdigest()
