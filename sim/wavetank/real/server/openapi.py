"""The OpenAPI document of both APIs."""

from typing import Any

from wavetank.real.server.texts import PLAIN_PATTERN
from wavetank.results.provenance import wavetank_version

Json = dict[str, Any]


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _body(kind: str, schema: Json, required: bool = True) -> Json:
    return {"required": required, "content": {kind: {"schema": schema}}}


def _json(schema: Json) -> Json:
    return _body("application/json", schema)


def _events(name: str) -> Json:
    line = {"schema": {"type": "string", "description": "One event a line; stateful: {epoch} in the first."}}
    return {
        "required": True,
        "content": {"application/json": {"schema": _ref(name)}, "application/x-ndjson": line},
    }


def _operation(
    summary: str, security: str | None, answers: dict[int, str], body: Json | None = None, **more: Any
) -> Json:
    refused = {"400", "401", "413", "415", "422", "429", "503"} if security else {"400"}
    made: Json = {
        "summary": summary,
        "security": [{security: []}] if security else [],
        "responses": {
            **{code: {"$ref": "#/components/responses/Refused"} for code in sorted(refused)},
            **{str(status): {"description": text} for status, text in answers.items()},
        },
    }
    if body is not None:
        made["requestBody"] = body
    return made | more


def _parameter(name: str, place: str, kind: Json) -> Json:
    return {"name": name, "in": place, "required": place == "path", "schema": kind}


_UUID = {"type": "string", "format": "uuid"}
_NUMBER = {
    "type": "integer",
    "minimum": 0,
    "maximum": 2**63 - 1,
    "description": "Digits alone: no fraction, no exponent.",
}
_TEXT = {"type": "string"}
_ANY: Json = {}


def _object(required: list[str], **properties: Json) -> Json:
    return {
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": False,
    }


def _plain(least: int, most: int) -> Json:
    return {"type": "string", "minLength": least, "maxLength": most, "pattern": PLAIN_PATTERN}


_SCHEMAS: Json = {
    "Error": _object(["error", "error_description"], error=_TEXT, error_description=_TEXT),
    "Registration": _object(
        ["uuid", "key"],
        uuid=_UUID,
        key=_plain(8, 1024),
        name=_plain(0, 256),
    ),
    "Login": {
        "type": "object",
        "required": ["grant_type"],
        "properties": {
            "grant_type": {"const": "client_credentials"},
            "client_id": _UUID,
            "client_secret": _TEXT,
            "host": _plain(0, 256) | {"description": "Which machine asks."},
        },
    },
    "Stateless": _object(
        ["events"], events={"type": "array", "maxItems": 10_000, "items": _object(["data"], data=_ANY)}
    ),
    "Stateful": _object(
        ["epoch", "events"],
        epoch={"type": "string", "pattern": "^[ -~]{1,128}$"},
        events={
            "type": "array",
            "maxItems": 10_000,
            "items": _object(["sequence", "data"], sequence=_NUMBER, data=_ANY),
        },
    ),
    "Command": {"type": "object", "minProperties": 1, "description": "Any object without a field `id`."},
    "Confirmation": _object([], result=_ANY),
}

_UUID_PATH: Json = {"parameters": [_parameter("uuid", "path", _UUID)]}
_ID_PATH: Json = {"parameters": [_parameter("id", "path", _NUMBER)]}

AGENT: Json = {
    "/login": {
        "post": _operation(
            "A token for an agent's credentials (OAuth 2.0 client credentials).",
            "key",
            {200: "access_token, token_type, expires_in"},
            _body("application/x-www-form-urlencoded", _ref("Login")),
        )
    },
    "/stateless": {
        "post": _operation(
            "Events that may be lost.", "token", {202: "Queued for the store."}, _events("Stateless")
        )
    },
    "/stateful": {
        "post": _operation(
            "Events that must not be lost.", "token", {200: "All are committed."}, _events("Stateful")
        )
    },
    "/commands": {
        "get": _operation(
            "Commands for the agent: held until there are some; or a WebSocket.",
            "token",
            {101: "A WebSocket.", 200: "The commands, none when the time is over."},
        )
    },
    "/commands/{id}": {
        "post": _operation(
            "The agent has the command.",
            "token",
            {204: "Noted.", 403: "Another agent's command.", 404: "No such command."},
            _body("application/json", _ref("Confirmation"), required=False),
            **_ID_PATH,
        )
    },
}

MANAGEMENT: Json = {
    "/agents": {
        "post": _operation(
            "Register an agent.",
            "user",
            {201: "New.", 200: "The same UUID and key again.", 409: "The UUID has another key."},
            _json(_ref("Registration")),
        ),
        "get": _operation("The agents that are not revoked.", "user", {200: "agents"}),
    },
    "/agents/{uuid}": {
        "delete": _operation(
            "Revoke an agent for good.", "user", {204: "Revoked.", 404: "No such agent."}, **_UUID_PATH
        )
    },
    "/agents/{uuid}/commands": {
        "post": _operation(
            "Queue a command for an agent.",
            "user",
            {
                201: "id",
                404: "No such agent.",
                409: "The agent is revoked.",
                429: "Too many commands wait for the agent.",
            },
            _json(_ref("Command")),
            **_UUID_PATH,
        )
    },
    "/commands": {
        "post": _operation(
            "Queue a command for all agents.",
            "user",
            {201: "queued, skipped", 429: "Too many commands wait for every agent."},
            _json(_ref("Command")),
        )
    },
    "/events": {
        "get": _operation(
            "Stored events, in pages.",
            "user",
            {200: "events, next", 404: "No such agent."},
            parameters=[
                _parameter("agent", "query", _UUID),
                _parameter("after", "query", _NUMBER),
                _parameter("limit", "query", {"type": "integer", "minimum": 0, "maximum": 10_000}),
            ],
        )
    },
    "/password": {
        "put": _operation(
            "Change one's password.",
            "user",
            {204: "Changed."},
            _json(_object(["password"], password=_plain(8, 1024))),
        )
    },
    "/signing-keys": {
        "post": _operation(
            "Sign with a new key; `void` refuses the tokens given so far.",
            "user",
            {201: "kid"},
            _json(_object([], void={"type": "boolean"})),
        )
    },
    "/metrics": {"get": _operation("Counters, in the text format of Prometheus.", None, {200: "Metrics."})},
}

BOTH: Json = {
    "/health": {
        "get": _operation("Whether the server works.", None, {200: "It does.", 503: "The store does not."})
    },
    "/openapi.json": {"get": _operation("This document.", None, {200: "OpenAPI 3.1."})},
}


def document() -> Json:
    """The document: paths of the management API (port 55000) and of the agent API (port 27000)."""
    ports = {
        path: item | {"description": f"{name} API"}
        for name, paths in (("Management", MANAGEMENT), ("Both", BOTH))
        for path, item in paths.items()
    }
    agent = {path: item | {"description": "Agent API"} for path, item in AGENT.items()}
    paths = ports | agent
    paths["/commands"] = {
        "description": "GET: agent API; POST: management API",
        **AGENT["/commands"],
        **MANAGEMENT["/commands"],
    }
    refused = {"description": "Refused.", "content": {"application/json": {"schema": _ref("Error")}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "wavetank server", "version": wavetank_version()},
        "paths": paths,
        "components": {
            "schemas": _SCHEMAS,
            "responses": {"Refused": refused},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "key": {"type": "http", "scheme": "basic"},
                "user": {"type": "http", "scheme": "basic"},
            },
        },
    }
