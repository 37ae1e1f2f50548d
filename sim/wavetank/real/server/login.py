"""`POST /login`: the client-credentials grant of OAuth 2.0 (RFC 6749, 4.4), with the errors of 5.2."""

from functools import partial
from urllib.parse import parse_qsl, unquote_plus

from wavetank.policy.codes import Cause, Stream
from wavetank.real.server import bodies, records
from wavetank.real.server.fleet import Agent, uuid_of
from wavetank.real.server.identity import basic_of, verified
from wavetank.real.server.service import Service
from wavetank.real.server.texts import is_plain
from wavetank.real.transports.server.messages import Answer, Refused, Request, json_answer

_NO_STORE = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))
_LONGEST_HOST = 256
"""A host name of DNS has at most 253 characters."""

# The longest key (1,024 characters) and host, each byte of them written as %XX.
_MOST_BYTES = 32_768


def _invalid(message: str, error: str = "invalid_request") -> Refused:
    return Refused(400, message, "login", _NO_STORE, error)


def _refused(message: str) -> Refused:
    header = (("WWW-Authenticate", 'Basic realm="wavetank"'), *_NO_STORE)
    return Refused(401, message, "credentials", header, "invalid_client")


async def login(service: Service, request: Request) -> Answer:
    """Give an agent a token for its credentials."""
    try:
        answer = await _login(service, request)
    except Refused as why:
        service.metrics.add("logins", "limited" if why.status == 429 else "refused")
        if why.headers and ("Cache-Control", "no-store") in why.headers:
            raise
        raise Refused(
            why.status, why.message, why.cause, (*why.headers, *_NO_STORE), why.error or "invalid_request"
        ) from None
    service.metrics.add("logins", "granted")
    return answer


async def _login(service: Service, request: Request) -> Answer:
    form = await _form(service, request)
    uuid, key = _credentials(request, form)
    if "grant_type" not in form:
        raise _invalid("grant_type is missing")
    if form["grant_type"] != "client_credentials":
        raise _invalid("the only grant here is client_credentials", "unsupported_grant_type")
    agent = service.fleet.find(uuid_of(uuid) or "")
    who = ("agent", uuid_of(uuid) or uuid[:64], request.peer)
    check = partial(service.verifier.check_key, agent.key if agent else None, key, request.peer)
    if not await verified(service, who, check) or agent is None:
        service.logs.info("login refused", agent=uuid[:64], peer=request.peer)
        raise _refused("no agent has these credentials")
    now_ns = service.now_ns
    if service.fleet.authority.refusal(agent.index, Stream.LOGIN, 0, 0, now_ns) != Cause.NONE:
        raise _refused("the agent is revoked")
    await _notice_host(service, agent, form.get("host", ""))
    request.channel.known()
    service.fleet.presence.heard(agent.index, service.settings.clock.monotonic_ns())
    token = service.tokens.issue(agent.uuid, now_ns)
    grant = {"access_token": token, "token_type": "Bearer", "expires_in": service.settings.ttl_s}
    return json_answer(200, grant, _NO_STORE)


async def _form(service: Service, request: Request) -> dict[str, str]:
    """The parameters of the body; those in the query are never taken. Raises Refused."""
    if request.query:
        raise _invalid("parameters belong into the body, never into the address")
    sent = await bodies.read(service, request, (bodies.FORM,), _MOST_BYTES)
    return await bodies.parsed(service, sent, _parameters, stranger=request.peer)


def _parameters(body: bytes) -> dict[str, str]:
    """The parameters of a form. Raises Refused."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            max_num_fields=32,
            errors="strict",
        )
    except ValueError:
        raise _invalid("the body is not a form") from None
    form = dict(pairs)
    if len(form) < len(pairs):
        raise _invalid("a parameter comes twice")
    # A parameter without a value counts as absent (RFC 6749, 3.2).
    return {name: value for name, value in form.items() if value}


def _credentials(request: Request, form: dict[str, str]) -> tuple[str, str]:
    """UUID and key, from the header or from the body, not from both. Raises Refused."""
    try:
        basic = basic_of(request)
    except Refused:
        raise _refused("the Authorization header is not Basic with a name and a key") from None
    if basic is not None:
        if "client_secret" in form:
            raise _invalid("credentials in the header and in the body")
        uuid, key = unquote_plus(basic[0]), unquote_plus(basic[1])
        if form.get("client_id", uuid) != uuid:
            raise _invalid("another client_id in the body than in the header")
        return uuid, key
    if request.header("authorization"):
        raise _refused("credentials are Basic, or client_id and client_secret in the body")
    if "client_id" not in form or "client_secret" not in form:
        raise _refused("client_id and client_secret are needed")
    return form["client_id"], form["client_secret"]


async def _notice_host(service: Service, agent: Agent, host: str) -> None:
    """One UUID on two hosts is a cloned image: both keep working, and it is counted once a pair."""
    if not host or (agent.id, host) in service.fleet.hosts:
        return
    if len(host) > _LONGEST_HOST or not is_plain(host):
        raise _invalid(
            f"host is a text of at most {_LONGEST_HOST} characters, none of them a control character"
        )
    number = await service.store.ask(lambda database: records.add_host(database, agent.id, host))
    if number:
        service.fleet.hosts.add((agent.id, host))
    if number > 1:
        service.metrics.add("agent_clones")
        service.logs.warning("clone", agent=agent.uuid, host=host)
