"""An agent's credentials in its folder, and the certificates that it trusts."""

from pathlib import Path

from wavetank.errors import WavetankError
from wavetank.protocol import identity
from wavetank.protocol.identity import Credentials
from wavetank.real.private import write_private

FILE, CA = "credentials.json", "ca.pem"


class NoCredentials(WavetankError):
    """There are no usable credentials: where they were looked for, and how to get them."""


def load(folder: Path) -> Credentials:
    """The credentials in the agent's folder. Raises NoCredentials."""
    path = folder / FILE
    try:
        return identity.from_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NoCredentials(f"{path} is not there; first: wavetank agent register") from error
    except (OSError, ValueError) as error:
        raise NoCredentials(f"{path} cannot be read as credentials ({error})") from error


def ca_of(folder: Path, credentials: Credentials) -> Path | None:
    """The file with the certificates to trust, None for the system's; a file for an operator to replace."""
    if not credentials.ca:
        return None
    path = folder / CA
    if not credentials.registered or not path.exists():
        write_private(path, credentials.ca)
    return path
