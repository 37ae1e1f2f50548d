"""Keys for a measurement: an authority, a certificate of localhost, and the keys that sign tokens."""

import secrets
import time
from pathlib import Path

from wavetank.errors import MissingExtra


def make_certificate(folder: Path) -> None:
    """Write `ca.pem` and `server.pem` (key, certificate; EC P-256). Raises MissingExtra."""
    try:
        from wavetank.real.server.certificates import ensure_certificates
        from wavetank.real.server.folder import Folder
    except ModuleNotFoundError as error:
        raise MissingExtra(error.name or "cryptography", "live") from None
    ensure_certificates(Folder(folder), "localhost", time.time_ns())


def make_token_keys(folder: Path) -> None:
    """Write a secret (32 bytes in hex) and pairs of RSA (2048), P-256 and Ed25519. Raises MissingExtra."""
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    except ModuleNotFoundError as error:
        raise MissingExtra(error.name or "cryptography", "live") from None
    (folder / "HS256.secret").write_text(secrets.token_hex(32), encoding="ascii")
    pairs: dict[str, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey] = {
        "RS256": rsa.generate_private_key(65537, 2048),
        "ES256": ec.generate_private_key(ec.SECP256R1()),
        "EdDSA": ed25519.Ed25519PrivateKey.generate(),
    }
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    for name, key in pairs.items():
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
        public = key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
        (folder / f"{name}.private.pem").write_bytes(private)
        (folder / f"{name}.public.pem").write_bytes(public)
