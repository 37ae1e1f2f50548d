"""What operators ask: agents, commands, stored events, the password and the signing key."""

from functools import partial

from wavetank.protocol.registration import Registration, registration
from wavetank.real.server import bodies, events, records
from wavetank.real.server.fleet import Agent, uuid_of
from wavetank.real.server.folder import FIRST_PASSWORD, SIGNING
from wavetank.real.server.identity import user_of
from wavetank.real.server.service import Service
from wavetank.real.transports.server.messages import Answer, Refused, Request, json_answer

_LONGEST_NAME = 256
_SHORTEST_KEY, _LONGEST_KEY = 8, 1024
_SHORTEST_PASSWORD = 8
_PAGE, _MOST = 100, 10_000
_MOST_COMMAND_BYTES = 65_536


async def _fields(service: Service, request: Request, known: tuple[str, ...]) -> dict[str, object]:
    _, body = await bodies.read(request, (bodies.JSON,), service.settings.limits.body_bytes)
    return bodies.fields(bodies.parse(body), known, "the body")


def _text(value: object, name: str, least: int, most: int) -> str:
    if isinstance(value, str) and least <= len(value) <= most and value.isprintable():
        return value
    raise Refused(422, f"{name} is a text of {least} to {most} printable characters", "fields")


def _found(service: Service, uuid: str) -> Agent:
    agent = service.fleet.find(uuid_of(uuid) or "")
    if agent is None:
        raise Refused(404, "no agent has this UUID", "path")
    return agent


async def register(service: Service, request: Request) -> Answer:
    """Add an agent: 201, or 200 if the same UUID and key are there, or 409 if the UUID has another key."""
    await user_of(service, request)
    said = await _fields(service, request, ("uuid", "key", "name"))
    uuid = uuid_of(said.get("uuid"))
    if uuid is None:
        raise Refused(422, "uuid is a UUID in its usual form", "fields")
    key = _text(said.get("key"), "key", _SHORTEST_KEY, _LONGEST_KEY)
    name = _text(said.get("name", ""), "name", 0, _LONGEST_NAME)
    known, new = service.fleet.find(uuid), False
    if known is None:
        stored = await service.verifier.hash_key(key)
        now_ns = service.now_ns
        row, new = await service.store.ask(
            lambda database: records.register(database, uuid, name, stored, now_ns)
        )
        known = service.fleet.admit(row, service.settings.clock.monotonic_ns())
    revoked = known.index in service.fleet.authority.revoked
    same_key = new or (not revoked and await service.verifier.check(known.key, key))
    outcome = registration(not new, revoked, same_key)
    service.metrics.add("registrations", outcome.name.lower())
    if outcome == Registration.CONFLICT:
        raise Refused(409, "this UUID is registered with another key, or revoked", "conflict")
    if outcome == Registration.NEW:
        service.logs.info("registered", agent=uuid, name=name)
        return json_answer(201, {"uuid": uuid, "name": name})
    return json_answer(200, {"uuid": uuid})


async def agents(service: Service, request: Request) -> Answer:
    """The registered agents that are not revoked."""
    await user_of(service, request)
    offline = service.fleet.presence.offline
    listed = [{"uuid": one.uuid, "offline": one.index in offline} for one in service.fleet.active()]
    return json_answer(200, {"agents": listed})


async def revoke(service: Service, request: Request, uuid: str) -> Answer:
    """Refuse an agent from now on, at every endpoint, for good."""
    await user_of(service, request)
    agent, now_ns = _found(service, uuid), service.now_ns
    # Refused at once, also if the database should fail: then the operator hears of it and asks again.
    service.fleet.revoke(agent)
    await service.store.ask(lambda database: records.revoke(database, agent.id, now_ns))
    service.logs.info("revoked", agent=agent.uuid)
    return Answer(204)


async def command(service: Service, request: Request, uuid: str) -> Answer:
    """Queue a command for one agent."""
    await user_of(service, request)
    agent = _found(service, uuid)
    if agent.index in service.fleet.authority.revoked:
        raise Refused(409, "the agent is revoked", "conflict")
    (made,) = await _queue(service, request, [agent])
    return json_answer(201, {"id": made})


async def command_all(service: Service, request: Request) -> Answer:
    """Queue a command for every agent that is not revoked."""
    await user_of(service, request)
    made = await _queue(service, request, service.fleet.active())
    return json_answer(201, {"queued": len(made)})


async def _queue(service: Service, request: Request, to: list[Agent]) -> list[int]:
    """Queue the command that a request carries; the numbers it has. Raises Refused."""
    _, text = await bodies.read(request, (bodies.JSON,), service.settings.limits.body_bytes)
    body = bodies.parse(text)
    if not isinstance(body, dict) or not body or "id" in body:
        raise Refused(422, "a command is a JSON object with at least one field, and none called id", "fields")
    if len(text) > _MOST_COMMAND_BYTES:
        raise Refused(413, f"a command is larger than {_MOST_COMMAND_BYTES} bytes", "body")
    ids, now_ns = [one.id for one in to], service.now_ns
    made = await service.store.ask(lambda database: records.add_commands(database, ids, body, now_ns))
    for one in made:
        service.fleet.queue(one)
    service.metrics.add("commands_queued", by=len(made))
    return [one.id for one in made]


async def listed_events(service: Service, request: Request) -> Answer:
    """A page of stored events: `agent`, `after` (an id), `limit`; `next` is where the next page begins."""
    await user_of(service, request)
    asked = request.parameters()
    if not asked.keys() <= {"agent", "after", "limit"}:
        raise Refused(422, "the parameters are agent, after and limit", "fields")
    agent = _found(service, asked["agent"]).id if "agent" in asked else None
    after = _whole(asked.get("after", "0"), "after", 2**63 - 1)
    limit = max(1, _whole(asked.get("limit", str(_PAGE)), "limit", _MOST))
    page, more = await service.store.ask(partial(events.page, agent=agent, after=after, most=limit))
    return json_answer(200, {"events": page, "next": page[-1]["id"] if more else None})


def _whole(text: str, name: str, most: int) -> int:
    if text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= most:
        return int(text)
    raise Refused(422, f"{name} is a whole number from 0 to {most}", "fields")


async def password(service: Service, request: Request) -> Answer:
    """Change one's password; the first one is forgotten."""
    user = await user_of(service, request)
    said = await _fields(service, request, ("password",))
    fresh = _text(said.get("password"), "password", _SHORTEST_PASSWORD, _LONGEST_KEY)
    stored = await service.verifier.hash_password(fresh)
    await service.store.ask(lambda database: records.set_password(database, user, stored))
    service.users[user] = stored
    service.verifier.forget()
    service.folder.remove(FIRST_PASSWORD)
    service.logs.info("password changed", user=user)
    return Answer(204)


async def rotate(service: Service, request: Request) -> Answer:
    """Sign with a new key. `void`: the tokens given so far are refused from now on."""
    await user_of(service, request)
    said = await _fields(service, request, ("void",))
    void = said.get("void", False)
    if not isinstance(void, bool):
        raise Refused(422, "void is true or false", "fields")
    content = service.tokens.successor(void)
    service.folder.write(SIGNING, content)
    service.tokens.read(content)
    service.metrics.add("key_rotations")
    service.logs.info("signing key replaced", void=void, kid=service.tokens.kid)
    return json_answer(201, {"kid": service.tokens.kid})
