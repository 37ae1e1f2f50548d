"""joserfc: a key is a JWK object, made from PEM."""

from importlib.metadata import version

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from probe_tokens import AUDIENCE, ISSUER, claims, run

_KINDS = {"HS256": OctKey, "RS256": RSAKey, "ES256": ECKey, "EdDSA": OKPKey}
_EXPECTED = jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": ISSUER},
    aud={"essential": True, "value": AUDIENCE},
    exp={"essential": True},
)


class Jwt:
    """A signer of joserfc."""

    def __init__(self, algorithm: str, signing: str, verifying: str) -> None:
        self._algorithm = algorithm
        self._key = _KINDS[algorithm].import_key(signing or verifying)

    def sign(self) -> str:
        """Make a token."""
        header = {"alg": self._algorithm, "typ": "JWT"}
        return jwt.encode(header, claims(), self._key, algorithms=[self._algorithm])

    def verify(self, token: str) -> bool:
        """Whether a token is valid. Raises JoseError."""
        read = jwt.decode(token, self._key, algorithms=[self._algorithm])
        _EXPECTED.validate(read.claims)
        return True


versions = {name: version(name) for name in ("joserfc", "cryptography")}
run(versions, Jwt, (JoseError, ValueError))
