"""Which server a live run is against, and who its agents are."""

from hashlib import sha256
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from wavetank.protocol.identity import Credentials, uuid7


class Target(NamedTuple):
    """A server that runs already: the addresses of its two APIs, the certificates to trust (PEM text, ""
    for the system's), and who may register agents.
    """

    server: str
    management: str
    ca: str
    user: str
    password: str

    def __repr__(self) -> str:
        return f"Target({self.server})"


def is_loopback(url: str) -> bool:
    """Whether an address is of this machine only."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Members(NamedTuple):
    """The agents of one run: who number `index` is follows from the run's `secret`."""

    secret: str
    time_ms: int

    def credentials(self, index: int) -> Credentials:
        """Identity and key of an agent; nobody without the secret can tell them."""
        hashed = sha256(f"{self.secret} {index}".encode()).digest()
        uuid = uuid7(self.time_ms, int.from_bytes(hashed[:10], "big") >> 6)
        key = sha256(hashed).hexdigest()
        return Credentials(uuid, key, f"live agent {index}", "", "", False)
