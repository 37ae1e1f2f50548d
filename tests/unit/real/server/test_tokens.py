"""Every bad token is answered alike: 401 with invalid_token, at every endpoint that wants one."""

import base64
import hashlib
import hmac
import json
import time
import uuid
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.unit.real.server.parts import Registered, Reply, Running, running
from wavetank.real.server.keys import SigningKey, read_keys

Claims = dict[str, Any]


def encoded(part: object) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def key_of(server: Running) -> SigningKey:
    return read_keys((server.settings.data / "signing.pem").read_text())[0]


def good(agent: Registered) -> Claims:
    now = int(time.time())
    return {"iss": "wavetank", "aud": "wavetank agents", "sub": agent.uuid, "iat": now, "exp": now + 900}


def signed(server: Running, claims: Claims, **header: object) -> str:
    """A token with the server's own key."""
    key = key_of(server)
    return jwt.encode(claims, key.private, algorithm="ES256", headers={"kid": key.kid, **header})


def by_hand(header: object, claims: object, sign: Callable[[bytes], bytes]) -> str:
    said = f"{encoded(header)}.{encoded(claims)}"
    return f"{said}.{encoded(sign(said.encode()))}"


def public_pem(server: Running) -> bytes:
    public = key_of(server).public
    assert isinstance(public, ec.EllipticCurvePublicKey)
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def confused(server: Running, agent: Registered) -> str:
    """HS256 with the public key as the secret."""
    header = {"alg": "HS256", "typ": "JWT", "kid": key_of(server).kid}
    return by_hand(
        header, good(agent), lambda said: hmac.new(public_pem(server), said, hashlib.sha256).digest()
    )


def unsigned(server: Running, agent: Registered, algorithm: str) -> str:
    header = {"alg": algorithm, "typ": "JWT", "kid": key_of(server).kid}
    return by_hand(header, good(agent), lambda _: b"")


def foreign(server: Running, agent: Registered, **header: object) -> str:
    """Signed with a key of the sender's own."""
    own = ec.generate_private_key(ec.SECP256R1())
    return jwt.encode(good(agent), own, algorithm="ES256", headers={"kid": key_of(server).kid, **header})


def jwk() -> dict[str, str]:
    return {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43}


def without(server: Running, agent: Registered, claim: str) -> str:
    return signed(server, {name: value for name, value in good(agent).items() if name != claim})


def tampered(server: Running, agent: Registered) -> str:
    """Another agent's UUID under the signature of one's own token."""
    header, _, signature = server.token(agent).split(".")
    return f"{header}.{encoded(good(server.register()))}.{signature}"


def flipped(server: Running, agent: Registered) -> str:
    token = server.token(agent)
    return token[:-10] + ("A" if token[-10] != "A" else "B") + token[-9:]


FORGED: dict[str, Callable[[Running, Registered], str]] = {
    "alg none": lambda s, a: unsigned(s, a, "none"),
    "alg None": lambda s, a: unsigned(s, a, "None"),
    "no signature": lambda s, a: unsigned(s, a, "ES256"),
    "key confusion": confused,
    "foreign key": foreign,
    "wrong audience": lambda s, a: signed(s, good(a) | {"aud": "others"}),
    "list of audiences": lambda s, a: signed(s, good(a) | {"aud": ["wavetank agents"]}),
    "wrong issuer": lambda s, a: signed(s, good(a) | {"iss": "others"}),
    "expired": lambda s, a: signed(s, good(a) | {"exp": int(time.time()) - 1}),
    "expires now": lambda s, a: signed(s, good(a) | {"exp": int(time.time())}),
    "issued in the future": lambda s, a: signed(s, good(a) | {"iat": int(time.time()) + 60}),
    "not yet valid": lambda s, a: signed(s, good(a) | {"nbf": int(time.time()) + 60}),
    "times as text": lambda s, a: signed(s, good(a) | {"nbf": str(int(time.time()))}),
    **{f"without {c}": partial(without, claim=c) for c in ("iss", "aud", "exp", "iat", "sub")},
    "tampered": tampered,
    "bit flipped": flipped,
    "unknown kid": lambda s, a: signed(s, good(a), kid="other"),
    "kid of another type": lambda s, a: by_hand({"alg": "ES256", "kid": ["x"]}, good(a), lambda _: b"x" * 64),
    "no kid": lambda s, a: by_hand({"alg": "ES256"}, good(a), lambda _: b"x" * 64),
    "crit": lambda s, a: signed(s, good(a), crit=["exp"]),
    "jwk": lambda s, a: signed(s, good(a), jwk=jwk()),
    "foreign key with jwk": lambda s, a: foreign(s, a, jwk=jwk()),
    "jku": lambda s, a: signed(s, good(a), jku="https://127.0.0.1/keys"),
    "x5u": lambda s, a: signed(s, good(a), x5u="https://127.0.0.1/keys"),
    "unknown agent": lambda s, a: signed(s, good(a) | {"sub": str(uuid.uuid4())}),
    "no agent": lambda s, a: signed(s, good(a) | {"sub": ""}),
    "wrong algorithm": lambda s, a: by_hand({"alg": "RS256", "kid": key_of(s).kid}, good(a), lambda _: b"x"),
    "claims are a list": lambda s, a: by_hand(
        {"alg": "ES256", "kid": key_of(s).kid}, [1], lambda _: b"x" * 64
    ),
    "four parts": lambda s, a: s.token(a) + ".x",
    "not base64": lambda s, a: "!.!.!",
    "empty": lambda s, a: "",
    "long": lambda s, a: "a" * 10_000,
}


def ask(server: Running, token: str) -> list[Reply]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    paths = (("POST", "/stateless"), ("POST", "/stateful"), ("GET", "/commands"), ("POST", "/commands/1"))
    return [server.ask(method, path, "{}", headers) for method, path in paths]


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_forged_tokens(
    forge: Callable[[Running, Registered], str], server: Running, agent: Registered
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", jwt.InsecureKeyLengthWarning)
        token = forge(server, agent)
    for got in ask(server, token):
        assert got.status == 401
        assert got.headers["WWW-Authenticate"] == 'Bearer realm="wavetank", error="invalid_token"'
        assert "key" not in got.json["error_description"], "says nothing about what was wrong"


def test_token_made_with_the_servers_key_is_good(server: Running, agent: Registered) -> None:
    """The forgeries above fail for what is forged in them, not for how they are made."""
    got = server.send("/stateless", {"events": []}, signed(server, good(agent)))
    assert got.status == 202
    assert server.send("/stateless", {"events": []}, signed(server, good(agent) | {"nbf": 5})).status == 202


@pytest.mark.parametrize("header", [None, "Basic eDp5", "bear x", "Token"])
def test_no_token_is_told_without_an_error_code(server: Running, header: str | None) -> None:
    for path in ("/stateless", "/stateful"):
        got = server.ask("POST", path, "{}", {"Authorization": header} if header else {})
        assert (got.status, got.headers["WWW-Authenticate"]) == (401, 'Bearer realm="wavetank"')


def test_token_in_the_address_is_none(server: Running, agent: Registered) -> None:
    got = server.ask("GET", f"/commands?access_token={server.token(agent)}")
    assert (got.status, got.headers["WWW-Authenticate"]) == (401, 'Bearer realm="wavetank"')


def test_clock_steps(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Hours forward and back: tokens are refused, new ones are given, and nothing stands still."""
    from wavetank.real.server.settings import Clock

    step_ns = 0
    clock = Clock(wall_ns=lambda: time.time_ns() + step_ns)
    with running(tmp_path_factory.mktemp("clock") / "data", clock=clock) as server:
        agent = server.register()
        for hours in (0, 5, -5):
            step_ns = hours * 3600 * 10**9
            token = server.token(agent)
            assert server.send("/stateless", {"events": []}, token).status == 202
        step_ns = 0
        assert server.send("/stateless", {"events": []}, token).status == 401


def test_keys_replaced_on_disk(server: Running, agent: Registered) -> None:
    """An operator puts another signing.pem in place: no restart is needed."""
    from wavetank.real.server.keys import make_key

    old = server.token(agent)
    fresh = make_key("EdDSA")
    server.server.folder.write("signing.pem", fresh.pem)
    server.eventually(lambda: jwt.get_unverified_header(server.token(agent))["kid"] == fresh.kid)
    assert server.send("/stateless", {"events": []}, old).status == 401
    assert server.send("/stateless", {"events": []}, server.token(agent)).status == 202
    server.server.folder.write("signing.pem", "no key at all")
    server.eventually(lambda: server.server.folder.read("signing.pem") == "no key at all")
    assert server.send("/stateless", {"events": []}, server.token(agent)).status == 202
    server.server.folder.write("signing.pem", make_key("ES256").pem)
    server.eventually(lambda: jwt.get_unverified_header(server.token(agent))["alg"] == "ES256")
