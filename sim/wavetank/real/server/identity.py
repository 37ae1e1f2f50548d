"""Who sends a request: agents show tokens (RFC 6750), operators a user name and a password (RFC 7617)."""

import base64
import binascii
from collections.abc import Awaitable, Callable
from functools import partial

from wavetank.policy.codes import Cause
from wavetank.real.server.fleet import Agent, uuid_of
from wavetank.real.server.service import Service
from wavetank.real.server.tokens import BadToken, Claims
from wavetank.real.transports.server.messages import Refused, Request

_REALM = 'realm="wavetank"'
_NAMES = ("agent", "agent-id", "agent-uuid", "x-agent", "x-agent-id", "x-agent-uuid")
_FIELDS = ("agent", "uuid")


def bad_token() -> Refused:
    """The answer to every token that is not accepted; it does not say what is wrong with it."""
    header = (("WWW-Authenticate", f'Bearer {_REALM}, error="invalid_token"'),)
    return Refused(401, "the token is not accepted", "token", header, "invalid_token")


def agent_of(service: Service, request: Request) -> tuple[Agent, Claims]:
    """The agent whose token a request carries. Raises Refused: 401, or 403 for another's name on it."""
    scheme, _, token = request.header("authorization").partition(" ")
    if scheme.lower() != "bearer":
        header = (("WWW-Authenticate", f"Bearer {_REALM}"),)
        raise Refused(401, "a token is needed; get one from /login", "no_token", header)
    now_ns = service.now_ns
    try:
        claims = service.tokens.claims(token.strip(), now_ns)
    except BadToken as why:
        service.logs.debug("token refused", why=str(why), peer=request.peer)
        raise bad_token() from None
    agent = service.fleet.find(claims.uuid)
    if agent is None or service.tokens.refusal(agent.index, claims, now_ns) != Cause.NONE:
        raise bad_token()
    request.channel.known()
    service.fleet.presence.heard(agent.index, service.settings.clock.monotonic_ns())
    for name, value in request.headers:
        if name in _NAMES:
            own(agent, value)
    for name, value in request.parameters().items():
        if name in _FIELDS:
            own(agent, value)
    return agent, claims


def own(agent: Agent, said: object) -> None:
    """A request may repeat its agent's UUID, but name no other. Raises Refused(403)."""
    if uuid_of(said) != agent.uuid:
        raise Refused(403, "the token is another agent's", "identity", error="insufficient_scope")


def basic_of(request: Request) -> tuple[str, str] | None:
    """User and password of the Authorization header, None where it is no Basic. Raises Refused(401)."""
    scheme, _, coded = request.header("authorization").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(coded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        colon = ""
    if not colon:
        raise no_user()
    return user, password


def no_user() -> Refused:
    """The answer to whom the management API does not know."""
    header = (("WWW-Authenticate", f'Basic {_REALM}, charset="UTF-8"'),)
    return Refused(401, "user name and password are needed", "user", header)


async def user_of(service: Service, request: Request) -> str:
    """The user who sends a request to the management API. Raises Refused: 401, or 429 after many failures."""
    said = basic_of(request)
    if said is None:
        raise no_user()
    user, password = said
    check = partial(service.verifier.check, service.users.get(user), password, request.peer)
    if not await verified(service, ("user", user, request.peer), check):
        service.logs.warning("user refused", user=user[:64], peer=request.peer)
        raise no_user()
    request.channel.known()
    return user


async def verified(service: Service, who: tuple[str, str, str], check: Callable[[], Awaitable[bool]]) -> bool:
    """Whether a secret is right. `who` may not fail too often: Refused(429). Raises what `check` does, too.

    Attempts of one `who` take turns, so that those that are right never count, however many come at once.
    """
    async with service.turns.of(who):
        return await _verified(service, who, check)


async def _verified(
    service: Service, who: tuple[str, str, str], check: Callable[[], Awaitable[bool]]
) -> bool:
    now_ns = service.settings.clock.monotonic_ns()
    wait_ns = service.failures.begin(who, now_ns)
    if wait_ns:
        after = (("Retry-After", str(-(-wait_ns // 10**9))),)
        raise Refused(429, "too many failed logins; try again later", "login_rate", after)
    try:
        right = await check()
    except BaseException:
        service.failures.succeeded(who, now_ns)
        raise
    if right:
        service.failures.succeeded(who, now_ns)
    return right
