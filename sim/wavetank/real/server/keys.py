"""Signing keys: made once, kept as objects (parsing one costs more than signing), replaced without restart.

`signing.pem` holds the key that signs, then those that only verify. A key's id (kid) is a hash of it,
so that the file alone says which tokens are good.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Callable
from typing import NamedTuple

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from wavetank.real.server.settings import ServerProblem

Private = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
Public = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey

_SECRET_BYTES = 32
"""As long as SHA-256's output, which RFC 7518, 3.2 asks of a key of HS256."""

_RSA_BITS = 2048
"""The least that RFC 7518, 3.3 allows; longer keys sign more slowly."""

_BLOCK = re.compile(rb"-----BEGIN ([A-Z ]+)-----.+?-----END \1-----\r?\n?", re.DOTALL)
_SECRET = b"WAVETANK SHARED SECRET"
_MAKE: dict[str, Callable[[], Private]] = {
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "RS256": lambda: rsa.generate_private_key(65537, _RSA_BITS),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}


class SigningKey(NamedTuple):
    """One key: its id, the only algorithm it is used with, the objects that sign and verify, and its PEM."""

    kid: str
    algorithm: str
    private: Private | bytes
    public: Public | bytes
    pem: str


def make_key(algorithm: str) -> SigningKey:
    """A new key for ES256, RS256, EdDSA or HS256."""
    if algorithm == "HS256":
        return _shared(secrets.token_bytes(_SECRET_BYTES))
    pem = _MAKE[algorithm]().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return _pair(pem)


def read_keys(content: str) -> tuple[SigningKey, ...]:
    """The keys of a signing.pem, the signing one first. Raises ServerProblem."""
    keys = tuple(_read(match[0], match[1]) for match in _BLOCK.finditer(content.encode()))
    if not keys:
        raise ServerProblem("signing.pem: no private key in it; remove the file to have one made")
    return keys


def _read(block: bytes, label: bytes) -> SigningKey:
    if label != _SECRET:
        return _pair(block)
    try:
        secret = base64.b64decode(b"".join(block.split(b"\n")[1:-2]), validate=True)
    except ValueError:
        secret = b""
    if len(secret) < _SECRET_BYTES:
        raise ServerProblem(f"signing.pem: a shared secret needs at least {_SECRET_BYTES} bytes")
    return _shared(secret)


def _shared(secret: bytes) -> SigningKey:
    lines = b"-----BEGIN %b-----\n%b\n-----END %b-----\n"
    pem = lines % (_SECRET, base64.b64encode(secret), _SECRET)
    return SigningKey(_kid(b"HS256" + secret), "HS256", secret, secret, pem.decode())


def _pair(pem: bytes) -> SigningKey:
    try:
        private = serialization.load_pem_private_key(pem, None)
    except (ValueError, TypeError) as error:
        raise ServerProblem(f"signing.pem: not a private key without a pass phrase ({error})") from None
    if isinstance(private, ec.EllipticCurvePrivateKey) and isinstance(private.curve, ec.SECP256R1):
        algorithm = "ES256"
    elif isinstance(private, rsa.RSAPrivateKey) and private.key_size >= _RSA_BITS:
        algorithm = "RS256"
    elif isinstance(private, ed25519.Ed25519PrivateKey):
        algorithm = "EdDSA"
    else:
        raise ServerProblem(f"signing.pem: keys are P-256, Ed25519, or RSA of at least {_RSA_BITS} bits")
    public = private.public_key()
    spki = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return SigningKey(_kid(spki), algorithm, private, public, pem.decode())


def _kid(material: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(material).digest()[:12]).decode()
