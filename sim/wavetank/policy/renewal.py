"""The instant at which an agent asks for its next token."""

from wavetank.policy.choices import names_all
from wavetank.policy.codes import Renewal
from wavetank.policy.keyed import unit
from wavetank.policy.rate_map import NEVER

names_all(__name__, Renewal, "ON_EXPIRY ON_REJECTION BEFORE_EXPIRY")

ON_EXPIRY = int(Renewal.ON_EXPIRY)
BEFORE_EXPIRY = int(Renewal.BEFORE_EXPIRY)


def due_ns(renewal: int, issued_ns: int, expires_ns: int, margin_ns: int, jitter_ns: int, bits: int) -> int:
    """When the token issued at `issued_ns` is to be renewed; NEVER on rejection.

    Before expiry means at `expires_ns - margin_ns - U(0, jitter_ns)`, at the earliest when it was issued.
    """
    if renewal == ON_EXPIRY:
        return expires_ns
    if renewal == BEFORE_EXPIRY:
        return max(issued_ns, expires_ns - margin_ns - int(unit(bits) * jitter_ns + 0.5))
    return NEVER
