"""The API of operators: agents, commands, stored events, the password and the signing key."""

import asyncio
import json
from functools import partial

from wavetank.protocol.registration import Registration, registration
from wavetank.real.server import bodies, events, records
from wavetank.real.server.fleet import Agent, uuid_of
from wavetank.real.server.folder import FIRST_PASSWORD, SIGNING
from wavetank.real.server.identity import user_of
from wavetank.real.server.service import Service
from wavetank.real.server.texts import is_plain
from wavetank.real.transports.server.messages import Answer, Refused, Request, json_answer

_LONGEST_NAME = 256
"""A host name of DNS has at most 253 characters."""

_SHORTEST_KEY, _LONGEST_KEY = 8, 1024
"""NIST SP 800-63B asks for 8 characters of a secret; longer ones than these are no keys."""

_SHORTEST_PASSWORD = 8
"""NIST SP 800-63B, 5.1.1.2."""

_PAGE, _MOST = 100, 10_000
"""As many entries as can be looked at, and as fit into memory many times over."""

# Some 3 microseconds each in the event loop, and as much again in the store: others have their turn.
_QUEUED_AT_ONCE = 500
_LISTED_AT_ONCE = 1_000
# An agent that is there has confirmed some by then.
_FULL = (("Retry-After", "60"),)


async def _fields(service: Service, request: Request, known: tuple[str, ...]) -> dict[str, object]:
    return bodies.fields((await _value(service, request))[0], known, "the body")


async def _value(service: Service, request: Request) -> tuple[object, str]:
    """The JSON value that a request carries, and its text. Raises Refused."""
    sent = await bodies.read(service, request, (bodies.JSON,), bodies.SMALL_BYTES)
    return await bodies.parsed(service, sent, lambda body: (bodies.parse(body), bodies.text_of(body)))


def _text(value: object, name: str, least: int, most: int) -> str:
    if isinstance(value, str) and least <= len(value) <= most and is_plain(value):
        return value
    raise Refused(
        422, f"{name} is a text of {least} to {most} characters, none of them a control character", "fields"
    )


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
    same_key = new or (not revoked and await service.verifier.check_key(known.key, key, request.peer))
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
    active, offline = service.fleet.active(), service.fleet.presence.offline
    parts: list[str] = []
    for first in range(0, len(active), _LISTED_AT_ONCE):
        some = [
            {"uuid": agent.uuid, "offline": agent.index in offline}
            for agent in active[first : first + _LISTED_AT_ONCE]
        ]
        parts.append(json.dumps(some, separators=(",", ":"))[1:-1])
        await asyncio.sleep(0)
    return Answer(200, f'{{"agents":[{",".join(parts)}]}}'.encode(), (("Content-Type", bodies.JSON),))


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
    made = await _queue(service, request, [agent])
    return json_answer(201, {"id": made[0]})


async def command_all(service: Service, request: Request) -> Answer:
    """Queue a command for every agent that is not revoked and for which not too many wait."""
    await user_of(service, request)
    to = service.fleet.active()
    made = await _queue(service, request, to)
    return json_answer(201, {"queued": len(made), "skipped": len(to) - len(made)})


async def _queue(service: Service, request: Request, to: list[Agent]) -> list[int]:
    """Queue the command that a request carries; the numbers it has.

    Raises Refused: 429 where too many wait for every one of the agents.
    """
    most = service.settings.commands_waiting
    body, text = await _value(service, request)
    if not isinstance(body, dict) or not body or "id" in body:
        raise Refused(422, "a command is a JSON object with at least one field, and none called id", "fields")
    ids, now_ns, text = [agent.id for agent in to], service.now_ns, text.strip()
    made: list[int] = []
    for first in range(0, len(ids), _QUEUED_AT_ONCE):
        some = partial(
            records.add_commands,
            agents=ids[first : first + _QUEUED_AT_ONCE],
            body=text,
            now_ns=now_ns,
            most=most,
        )
        added = await service.store.ask(some)
        for row in added:
            service.fleet.queue(row)
            made.append(row.id)
        service.metrics.add("commands_queued", by=len(added))
    if to and not made:
        who = "this agent" if len(to) == 1 else "each agent"
        raise Refused(429, f"{most} commands wait for {who} already", "commands", _FULL)
    return made


async def listed_events(service: Service, request: Request) -> Answer:
    """A page of stored events: `agent`, `after` (an id), `limit`; `next` is where the next page begins."""
    await user_of(service, request)
    asked = request.parameters()
    if not asked.keys() <= {"agent", "after", "limit"}:
        raise Refused(422, "the parameters are agent, after and limit", "fields")
    agent = _found(service, asked["agent"]).id if "agent" in asked else None
    after = _whole(asked.get("after", "0"), "after", 2**63 - 1)
    limit = max(1, _whole(asked.get("limit", str(_PAGE)), "limit", _MOST))
    page = await service.store.ask(partial(events.page, agent=agent, after=after, most=limit))
    return Answer(200, page, (("Content-Type", bodies.JSON),))


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
