"""PyJWT: kept, a key is an object; parsed, a PEM text at each call."""

from importlib.metadata import version

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from probe_tokens import AUDIENCE, ISSUER, claims, run


class Jwt:
    """A signer of PyJWT."""

    def __init__(self, algorithm: str, signing: str, verifying: str) -> None:
        self._algorithm = algorithm
        if algorithm == "HS256":
            self._key = signing or verifying
        elif signing:
            self._key = load_pem_private_key(signing.encode(), None)
        else:
            self._key = load_pem_public_key(verifying.encode())

    def sign(self) -> str:
        """Make a token."""
        return jwt.encode(claims(), self._key, self._algorithm)

    def verify(self, token: str) -> bool:
        """Whether a token is valid. Raises InvalidTokenError."""
        required = ["iss", "aud", "sub", "iat", "exp"]
        options = {"require": required}
        jwt.decode(token, self._key, [self._algorithm], options=options, issuer=ISSUER, audience=AUDIENCE)
        return True


versions = {"PyJWT": jwt.__version__, "cryptography": version("cryptography")}
run(versions, Jwt, jwt.InvalidTokenError)
