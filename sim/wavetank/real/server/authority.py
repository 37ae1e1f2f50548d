"""The server's own certificate authority: made once, then read back, and never replaced in silence."""

import datetime
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from wavetank.real.server import folder as files
from wavetank.real.server.folder import Folder
from wavetank.real.server.settings import ServerProblem

# As long as a fleet may run without its agents being given another authority.
_CA_DAYS = 3650
_TRUST = "every agent must then be given the new ca.pem"
_RESTORE = f"put back a backup, or remove the three *.pem of the authority and the server ({_TRUST})"


class Authority(NamedTuple):
    """A certificate authority that can sign."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


def read_authority(
    folder: Folder, key_pem: bytes | None, pem: bytes | None, served: bool
) -> Authority | None:
    """The authority in the folder, None where there is none to sign with. Raises ServerProblem.

    The key is written first. So a key alone, without a server.pem either, is a first start that was cut
    short; a certificate alone is one that agents may trust, and is never replaced.
    """
    ca = None if pem is None else _ca(folder / files.CA, pem)
    if key_pem is None:
        if ca is not None and not served:
            raise ServerProblem(
                f"{folder / files.SERVER}: missing, and without {files.CA_KEY} no new one can be made;"
                f" put one of them back, or remove {files.CA} to have a new authority ({_TRUST})"
            )
        return None
    key = _ca_key(folder / files.CA_KEY, key_pem)
    if ca is None:
        if served:
            raise ServerProblem(
                f"{folder / files.CA}: missing; put it back, or remove {files.CA_KEY} and {files.SERVER}"
                f" to have a new authority ({_TRUST})"
            )
        return None
    if ca.public_key() != key.public_key():
        if served:
            return None  # the operator's own certificates, and the key of an authority no longer in use
        raise ServerProblem(f"{folder / files.CA}: not the certificate of {files.CA_KEY}; {_RESTORE}")
    return Authority(key, ca)


def _ca(path: Path, pem: bytes) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificates(pem)[0]
    except ValueError:
        raise ServerProblem(f"{path}: not a certificate in PEM form; {_RESTORE}") from None


def _ca_key(path: Path, pem: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ServerProblem(f"{path}: not the key of an authority that wavetank made; {_RESTORE}")
    return key


def private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A private key as PEM."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def builder(
    subject: x509.Name, issuer: x509.Name, now: datetime.datetime, days: int
) -> x509.CertificateBuilder:
    """Begin a certificate with what all of ours share, valid for so many days."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .serial_number(x509.random_serial_number())
        # A day back: an agent's clock may be behind.
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=days))
    )


def usage(ca: bool) -> x509.KeyUsage:
    """Return the permitted uses of an authority's key, or of a server's."""
    return x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False)


def make_authority(now: datetime.datetime) -> Authority:
    """A new authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    unique = f"wavetank CA {x509.random_serial_number():x}"[:60]
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, unique)])
    public = key.public_key()
    made = (
        builder(name, name, now, _CA_DAYS)
        .public_key(public)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(ca=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(key, made)
