"""Costs of a node's operations, as parts of (activity, ns): laws drawn by the request's own key.

A cost depends on the request alone, never on the order in which requests are served, so designs are
compared on the same costs. A refusal pays for parsing alone, a 401 for authentication too. Rules:
docs/model.md#limits, #login-job and #random-numbers.
"""

from wavetank.engines.reference.parts import Attempt, Part
from wavetank.policy.choices import names_all
from wavetank.policy.codes import Activity, AuthScheme, Purpose, Stream
from wavetank.policy.keyed import draw, key_of
from wavetank.policy.laws import FIXED_LAWS, NO_LAW, Law, sample
from wavetank.scenario.resolved import Resolved

names_all(__name__, AuthScheme, "NONE SERVER_TOKEN SELF_TOKEN PER_REQUEST_MAC")
names_all(__name__, Stream, "REGISTER LOGIN STATELESS STATEFUL COMMANDS HEARTBEAT")

ACTIVITY = (
    Activity.LOGIN, Activity.LOGIN, Activity.EVENTS, Activity.EVENTS, Activity.COMMANDS, Activity.HEARTBEAT,
)  # fmt: skip
"""The activity of a core that works on a request, by `Stream`."""


class Costs:
    """CPU time of handshakes and requests. A part that costs nothing is left out."""

    def __init__(self, resolved: Resolved) -> None:
        self._service = resolved.server.service
        self._sign = resolved.auth.sign
        self._authenticates = resolved.auth.scheme != AuthScheme.NONE
        self._seed = resolved.seed
        self._empirical = resolved.empirical
        self._fixed = [self._fixed_cost(stream) for stream in Stream]

    def _laws(self, stream: int) -> tuple[tuple[Law, Purpose], ...]:
        """The laws behind a request: parsing, authentication, operation, per event, per byte, signing.

        A login shows no token: checking its credentials is part of the operation, as is signing.
        """
        service, login = self._service, stream == Stream.LOGIN
        return (
            (service.parse, Purpose.SERVICE_PARSE),
            (service.auth if self._authenticates and not login else NO_LAW, Purpose.SERVICE_AUTH),
            (service.operation[stream], Purpose.SERVICE_OPERATION),
            (service.per_event, Purpose.SERVICE_PER_EVENT),
            (service.per_byte, Purpose.SERVICE_PER_BYTE),
            (self._sign if login else NO_LAW, Purpose.SERVICE_SIGN),
        )

    def _fixed_cost(self, stream: int) -> list[int] | None:
        """The costs if every request has the same; None where a law has to be drawn."""
        laws = [law for law, _ in self._laws(stream)]
        return [law.low for law in laws] if all(law.kind in FIXED_LAWS for law in laws) else None

    def _draw(self, law: Law, attempt: Attempt, purpose: Purpose) -> int:
        if law.kind in FIXED_LAWS:
            return law.low
        agent, stream, request, number = attempt.key
        return sample(law, draw(key_of(self._seed, agent, stream, purpose), request, number), self._empirical)

    def handshake(self, attempt: Attempt, resumed: bool) -> list[Part]:
        """One TLS handshake."""
        law = self._service.handshake_resumed if resumed else self._service.handshake
        cost_ns = self._draw(law, attempt, Purpose.SERVICE_HANDSHAKE)
        return [(Activity.HANDSHAKE, cost_ns)] if cost_ns else []

    def refused(self, attempt: Attempt, authenticated: bool) -> list[Part]:
        """A refused request is parsed; one with a bad token has been authenticated, too."""
        service = self._service
        parse_ns = self._draw(service.parse, attempt, Purpose.SERVICE_PARSE)
        auth_ns = self._draw(service.auth, attempt, Purpose.SERVICE_AUTH) if authenticated else 0
        return [part for part in ((Activity.PARSE, parse_ns), (Activity.AUTH, auth_ns)) if part[1]]

    def served(self, attempt: Attempt) -> list[Part]:
        """An accepted request: parsing, authentication and the operation are one job."""
        stream, exchange = attempt.flow.stream, attempt.exchange
        fixed = self._fixed[stream]
        parse_ns, auth_ns, work_ns, per_event_ns, per_byte_ns, sign_ns = fixed or [
            self._draw(law, attempt, purpose) for law, purpose in self._laws(stream)
        ]
        work_ns += sign_ns + exchange.events * per_event_ns + exchange.body_bytes * per_byte_ns
        parts = ((Activity.PARSE, parse_ns), (Activity.AUTH, auth_ns), (ACTIVITY[stream], work_ns))
        return [part for part in parts if part[1]]
