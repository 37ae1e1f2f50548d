"""Keys for a measurement: an authority, a certificate of localhost, and the keys that sign tokens."""

import time
from pathlib import Path

from wavetank.errors import MissingExtra


def make_certificate(folder: Path) -> None:
    """Write `ca.pem` and `server.pem` (key, certificate; EC P-256). Raises MissingExtra."""
    try:
        from wavetank.real.server.certificates import ensure_certificates
        from wavetank.real.server.folder import Folder
    except ModuleNotFoundError as error:
        raise MissingExtra(error.name or "cryptography", "live") from None
    ensure_certificates(Folder(folder), "localhost", time.time_ns())
