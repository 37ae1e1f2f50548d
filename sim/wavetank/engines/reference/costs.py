"""What an operation costs a node, as parts of (activity, ns): laws drawn by the request's own key."""

from wavetank.engines.reference.cores import Part
from wavetank.engines.reference.parts import Attempt
from wavetank.policy.codes import Activity, AuthScheme, LawKind, Purpose, Stream
from wavetank.policy.keyed import draw, key_of
from wavetank.policy.laws import Law, sample
from wavetank.scenario.resolved import Resolved

ACTIVITY = {
    Stream.LOGIN: Activity.LOGIN,
    Stream.STATELESS: Activity.EVENTS,
    Stream.STATEFUL: Activity.EVENTS,
    Stream.COMMANDS: Activity.COMMANDS,
    Stream.HEARTBEAT: Activity.HEARTBEAT,
}


class Costs:
    """CPU time of handshakes and requests. A part that costs nothing is left out."""

    def __init__(self, resolved: Resolved) -> None:
        self._service = resolved.server.service
        self._sign = resolved.auth.sign
        self._authenticates = resolved.auth.scheme != AuthScheme.NONE
        self._seed = resolved.seed
        self._empirical = resolved.empirical

    def _draw(self, law: Law, attempt: Attempt, purpose: Purpose) -> int:
        if law.kind == LawKind.DETERMINISTIC:
            return law.low
        if law.kind == LawKind.NONE:
            return 0
        agent, stream, request, number = attempt.key
        return sample(law, draw(key_of(self._seed, agent, stream, purpose), request, number), self._empirical)

    def handshake(self, attempt: Attempt, resumed: bool) -> list[Part]:
        """One TLS handshake."""
        law = self._service.handshake_resumed if resumed else self._service.handshake
        return _parts((Activity.HANDSHAKE, self._draw(law, attempt, Purpose.SERVICE_HANDSHAKE)))

    def refused(self, attempt: Attempt, authenticated: bool) -> list[Part]:
        """A refused request is parsed; one with a bad token has been authenticated, too."""
        service = self._service
        parse_ns = self._draw(service.parse, attempt, Purpose.SERVICE_PARSE)
        auth_ns = self._draw(service.auth, attempt, Purpose.SERVICE_AUTH) if authenticated else 0
        return _parts((Activity.PARSE, parse_ns), (Activity.AUTH, auth_ns))

    def served(self, attempt: Attempt) -> list[Part]:
        """An accepted request: parsing, authentication and the operation are one job.

        A login shows no token: checking its credentials is part of the operation.
        """
        service, stream, exchange = self._service, attempt.flow.stream, attempt.exchange
        work_ns = self._draw(service.operation[stream], attempt, Purpose.SERVICE_OPERATION)
        if stream == Stream.LOGIN:
            work_ns += self._draw(self._sign, attempt, Purpose.SERVICE_SIGN)
        if exchange.events:
            work_ns += exchange.events * self._draw(service.per_event, attempt, Purpose.SERVICE_PER_EVENT)
        if exchange.body_bytes:
            work_ns += exchange.body_bytes * self._draw(service.per_byte, attempt, Purpose.SERVICE_PER_BYTE)
        shows_token = self._authenticates and stream != Stream.LOGIN
        auth_ns = self._draw(service.auth, attempt, Purpose.SERVICE_AUTH) if shows_token else 0
        return _parts(
            (Activity.PARSE, self._draw(service.parse, attempt, Purpose.SERVICE_PARSE)),
            (Activity.AUTH, auth_ns),
            (ACTIVITY[Stream(stream)], work_ns),
        )


def _parts(*parts: Part) -> list[Part]:
    return [part for part in parts if part[1]]
