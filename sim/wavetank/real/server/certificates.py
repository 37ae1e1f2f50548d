"""The server's own certificate authority and certificate, and the TLS it speaks."""

import datetime
import ipaddress
import socket
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from wavetank.real.server import folder as files
from wavetank.real.server.folder import Folder
from wavetank.real.server.settings import ServerProblem

_CA_DAYS = 3650
# Clients refuse server certificates that live longer.
_SERVER_DAYS = 397
_RENEW_DAYS = 30


def ensure_certificates(folder: Folder, host: str, now_ns: int) -> bool:
    """Make what is missing: the authority once, a certificate when there is none for `host` that lasts.

    Returns whether a certificate was made. A server.pem of another authority is the operator's and stays.
    Raises ServerProblem.
    """
    now = datetime.datetime.fromtimestamp(now_ns // 10**9, datetime.UTC)
    held, ca_key, ca = (_bytes(folder.read(name)) for name in (files.SERVER, files.CA_KEY, files.CA))
    if held is not None and (ca_key is None or ca is None or _serves(held, ca, host, now)):
        return False
    if ca_key is None or ca is None:
        ca_key, ca = _authority(now)
        folder.write(files.CA_KEY, ca_key.decode())
        folder.write(files.CA, ca.decode())
    folder.write(files.SERVER, _certificate(ca_key, ca, host, now).decode())
    return True


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode()


def context(folder: Folder, resumption: bool) -> ssl.SSLContext:
    """TLS 1.2 or newer with the certificate of the folder. Raises ServerProblem."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    made.set_alpn_protocols(["http/1.1"])
    if not resumption:
        made.num_tickets = 0
        made.options |= ssl.OP_NO_TICKET
    load(made, folder)
    return made


def load(into: ssl.SSLContext, folder: Folder) -> None:
    """Take the certificate of the folder for handshakes from now on. Raises ServerProblem."""
    path = folder / files.SERVER
    folder.read(files.SERVER)
    try:
        # Tried apart first: a file that does not load must leave the running certificate as it is.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path)
        into.load_cert_chain(path)
    except OSError as error:
        raise ServerProblem(f"{path}: no certificate with its key in it ({error})") from None


def _serves(pem: bytes, ca: bytes, host: str, now: datetime.datetime) -> bool:
    """Whether a certificate may stay: it is not ours, or it is for this host and lasts."""
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        ours = certificate.issuer == x509.load_pem_x509_certificate(ca).subject
        named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return True
    lasts = certificate.not_valid_after_utc - now >= datetime.timedelta(days=_RENEW_DAYS)
    return not ours or (lasts and all(name in named for name in _names(host)))


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, now: datetime.datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .serial_number(x509.random_serial_number())
        # A day back: an agent's clock may be behind.
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=days))
    )


def _usage(ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False)


def _authority(now: datetime.datetime) -> tuple[bytes, bytes]:
    """Key and certificate of a new authority, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    unique = f"wavetank CA {x509.random_serial_number():x}"[:60]
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, unique)])
    public = key.public_key()
    made = (
        _builder(name, name, now, _CA_DAYS)
        .public_key(public)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(ca=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )
    return _private(key), made.public_bytes(serialization.Encoding.PEM)


def _certificate(ca_key_pem: bytes, ca_pem: bytes, host: str, now: datetime.datetime) -> bytes:
    """Key and certificate for this machine, signed by the authority, as PEM."""
    ca = x509.load_pem_x509_certificate(ca_pem)
    ca_key = serialization.load_pem_private_key(ca_key_pem, None)
    if not isinstance(ca_key, ec.EllipticCurvePrivateKey):
        raise ServerProblem(f"{files.CA_KEY}: not the key of an authority that wavetank made")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "wavetank server")])
    made = (
        _builder(name, ca.subject, now, _SERVER_DAYS)
        .public_key(key.public_key())
        .add_extension(x509.SubjectAlternativeName(_names(host)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(ca=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )
    return _private(key) + made.public_bytes(serialization.Encoding.PEM)


def _names(host: str) -> list[x509.GeneralName]:
    """What the machine is called: by itself, by its neighbours, and as it was asked to listen."""
    names = dict.fromkeys([host, "localhost", "127.0.0.1", "::1", socket.gethostname()])
    found: list[x509.GeneralName] = []
    for name in names:
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            if name.isascii():
                found.append(x509.DNSName(name))
    return found
