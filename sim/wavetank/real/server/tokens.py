"""Access tokens (JWT, RFC 7519): issued at login, judged on every request.

Signature and shape are checked here; whether a good token still counts is the Authority's to say.
"""

from typing import NamedTuple

import jwt
from jwt.types import Options

from wavetank.policy.codes import Cause, Stream
from wavetank.protocol.server import Authority
from wavetank.real.server.keys import SigningKey, make_key, read_keys
from wavetank.units import SECOND as SECOND_NS

_REQUIRED = ["iss", "aud", "exp", "iat", "sub"]
# A header that brings its own key, or asks for what we do not know, is no token of ours (RFC 8725).
_HEADER = frozenset({"alg", "kid", "typ"})
_OPTIONS: Options = {
    "require": _REQUIRED,
    "strict_aud": True,
    # Times are judged by our clock, below.
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}
_LONGEST = 4096


class BadToken(Exception):
    """A token that is not accepted; the text says why, for the log and the tests, never for the sender."""


class Claims(NamedTuple):
    """A token's claims: whose it is, which generation of keys signed it, and until when it counts."""

    uuid: str
    generation: int
    expires_ns: int


class Tokens:
    """Issues and reads tokens. Keys stay parsed; `replace` takes others while requests are served."""

    def __init__(self, authority: Authority, issuer: str, audience: str, ttl_s: int) -> None:
        self._authority = authority
        self._issuer = issuer
        self._audience = audience
        self._ttl_s = ttl_s
        self._keys: tuple[SigningKey, ...] = ()
        self._known: dict[str, tuple[SigningKey, int]] = {}
        self._jwt = jwt.PyJWT()

    @property
    def pem(self) -> str:
        """The content of signing.pem."""
        return "".join(key.pem for key in self._keys)

    @property
    def kid(self) -> str:
        """Id of the key that signs."""
        return self._keys[0].kid

    def load(self, content: str | None, algorithm: str) -> None:
        """Take the keys of a signing.pem; where the first is not for `algorithm`, a new one goes before it.

        Raises ServerProblem.
        """
        keys = read_keys(content) if content is not None else ()
        if not keys or keys[0].algorithm != algorithm:
            keys = (make_key(algorithm), *keys)[:2]
        self._take(keys)

    def read(self, content: str) -> None:
        """Take the keys of a signing.pem that was replaced, as they are. Raises ServerProblem."""
        if content != self.pem:
            self._take(read_keys(content))

    def successor(self, void: bool) -> str:
        """Return a signing.pem with a new key. The current key still verifies tokens, except with `void`."""
        fresh = make_key(self._keys[0].algorithm)
        return fresh.pem if void else fresh.pem + self._keys[0].pem

    def _take(self, keys: tuple[SigningKey, ...]) -> None:
        self._authority.rotate(kept=len(keys) - 1)
        newest = self._authority.generation
        self._known = {key.kid: (key, newest - age) for age, key in enumerate(keys)}
        self._keys = keys

    def issue(self, uuid: str, now_ns: int) -> str:
        """A token for the agent `uuid`."""
        key = self._keys[0]
        now_s = now_ns // SECOND_NS
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": uuid,
            "iat": now_s,
            "exp": now_s + self._ttl_s,
        }
        return self._jwt.encode(claims, key.private, algorithm=key.algorithm, headers={"kid": key.kid})

    def claims(self, token: str, now_ns: int) -> Claims:
        """Return the claims of one of our tokens. Raises BadToken for every other."""
        if len(token) > _LONGEST:
            raise BadToken("too long")
        try:
            header = jwt.get_unverified_header(token)
            if not header.keys() <= _HEADER:
                raise BadToken("a header parameter that is not ours")
            key, generation = self._known.get(header.get("kid", ""), (None, 0))
            if key is None:
                raise BadToken("unknown kid")
            said = self._jwt.decode(
                token,
                key.public,
                algorithms=[key.algorithm],
                audience=self._audience,
                issuer=self._issuer,
                options=_OPTIONS,
            )
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise BadToken(str(error) or type(error).__name__) from None
        return self._judge(said, generation, now_ns // SECOND_NS)

    @staticmethod
    def _judge(said: dict[str, object], generation: int, now_s: int) -> Claims:
        uuid, issued, expires = said["sub"], said["iat"], said["exp"]
        before = said.get("nbf", issued)
        if not isinstance(uuid, str):
            raise BadToken("sub is no text")
        if not (type(issued) is int and type(expires) is int and type(before) is int):
            raise BadToken("times are whole seconds")
        if max(issued, before) > now_s:
            raise BadToken("not yet valid")
        return Claims(uuid, generation, expires * SECOND_NS)

    def refusal(self, agent: int, claims: Claims, now_ns: int) -> int:
        """The `Cause` for which the token of `agent` is refused, or Cause.NONE."""
        return self._authority.refusal(agent, Stream.STATELESS, claims.generation, claims.expires_ns, now_ns)


__all__ = ["BadToken", "Cause", "Claims", "Tokens"]
