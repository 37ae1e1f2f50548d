"""The server's certificate, and the TLS it speaks."""

import datetime
import ipaddress
import socket
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from wavetank.real.server import folder as files
from wavetank.real.server.authority import (
    Authority,
    builder,
    make_authority,
    private_pem,
    read_authority,
    usage,
)
from wavetank.real.server.folder import Folder
from wavetank.real.server.settings import ServerProblem

# Clients refuse server certificates that live longer.
_SERVER_DAYS = 397
# Long enough for a server that is restarted once a month to renew it in time.
_RENEW_DAYS = 30


def ensure_certificates(folder: Folder, host: str, now_ns: int) -> bool:
    """Make what is missing: the authority once, a certificate when there is none for `host` that lasts.

    Returns whether a certificate was made. A server.pem of another authority is the operator's and stays.
    Raises ServerProblem, also for files that are there and cannot be used.
    """
    now = datetime.datetime.fromtimestamp(now_ns // 10**9, datetime.UTC)
    held, ca_key, ca = (_bytes(folder.read(name)) for name in (files.SERVER, files.CA_KEY, files.CA))
    authority = read_authority(folder, ca_key, ca, held is not None)
    if held is not None and (authority is None or _serves(held, authority, host, now)):
        return False
    if authority is None:
        authority = make_authority(now)
        folder.write(files.CA_KEY, private_pem(authority.key).decode())
        folder.write(files.CA, authority.certificate.public_bytes(serialization.Encoding.PEM).decode())
    folder.write(files.SERVER, _certificate(authority, host, now).decode())
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


def _serves(pem: bytes, authority: Authority, host: str, now: datetime.datetime) -> bool:
    """Whether a certificate may stay: it is not ours, or it is for this host and lasts."""
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        ours = certificate.issuer == authority.certificate.subject
        named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return True
    lasts = certificate.not_valid_after_utc - now >= datetime.timedelta(days=_RENEW_DAYS)
    return not ours or (lasts and all(name in named for name in _names(host)))


def _certificate(authority: Authority, host: str, now: datetime.datetime) -> bytes:
    """Key and certificate for this machine, signed by the authority, as PEM."""
    ca_key, ca = authority
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "wavetank server")])
    made = (
        builder(name, ca.subject, now, _SERVER_DAYS)
        .public_key(key.public_key())
        .add_extension(x509.SubjectAlternativeName(_names(host)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(ca=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )
    return private_pem(key) + made.public_bytes(serialization.Encoding.PEM)


def _names(host: str) -> list[x509.GeneralName]:
    """List the machine's names: its own, those its neighbours use, and the one it was asked to listen on."""
    names = dict.fromkeys([host, "localhost", "127.0.0.1", "::1", socket.gethostname()])
    names_san: list[x509.GeneralName] = []
    for name in names:
        try:
            names_san.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            if name.isascii():
                names_san.append(x509.DNSName(name))
    return names_san
