"""Who may open another connection: so many from one address before its first credentials, so many in all."""

import ipaddress
from collections import Counter

# A client with one IPv6 address can use all 2^64 addresses of its network (RFC 4291, 2.5.4).
_IPV6_PREFIX = 64


def source_of(address: str) -> str:
    """Return what counts as one address: an IPv4 address, or the network of an IPv6 one."""
    if ":" not in address:
        return address
    plain = address.partition("%")[0]
    return str(ipaddress.ip_network((plain, _IPV6_PREFIX), strict=False))


class Admission:
    """Counts connections from the moment they are accepted, before they cost anything."""

    def __init__(self, most: int, most_strangers: int) -> None:
        """`most` in all, and `most_strangers` from one address that have shown no valid credentials."""
        self._most = most
        self._most_strangers = most_strangers
        self._strangers: Counter[str] = Counter()
        self._open = 0
        self._peak = 0

    def __len__(self) -> int:
        """How many connections are open, those in their handshake included."""
        return self._open

    def enter(self, address: str) -> "Ticket | None":
        """Admit a connection; None when it would be one too many."""
        source = source_of(address)
        if self._open >= self._most or self._strangers[source] >= self._most_strangers:
            return None
        self._open += 1
        self._peak = max(self._peak, self._open)
        self._strangers[source] += 1
        return Ticket(self, source)

    def peak(self) -> int:
        """How many connections were open at most since this was last asked."""
        peak, self._peak = self._peak, self._open
        return peak

    def recognise(self, source: str) -> None:
        """One of the strangers of an address is none any more."""
        self._strangers[source] -= 1
        if not self._strangers[source]:
            del self._strangers[source]

    def leave(self) -> None:
        """A connection has ended."""
        self._open -= 1


class Ticket:
    """One admitted connection."""

    __slots__ = ("_admission", "_known", "_left", "_source")

    def __init__(self, admission: Admission, source: str) -> None:
        self._admission = admission
        self._source = source
        self._known = self._left = False

    def known(self) -> None:
        """Its other side has shown valid credentials."""
        if not self._known:
            self._known = True
            self._admission.recognise(self._source)

    def leave(self) -> None:
        """The connection has ended."""
        if not self._left:
            self._left = True
            self.known()
            self._admission.leave()
