import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509

from wavetank.real.server.certificates import ensure_certificates
from wavetank.real.server.folder import Folder

NOW_NS = 1_795_000_000 * 10**9
DAY_NS = 86_400 * 10**9


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    made = Folder(tmp_path)
    yield made
    made.close()


def certificate(folder: Folder, name: str = "server.pem") -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / name).read_bytes())


def test_first_start_makes_authority_and_certificate(folder: Folder) -> None:
    assert ensure_certificates(folder, "example.test", NOW_NS)
    made, ca = certificate(folder), certificate(folder, "ca.pem")
    made.verify_directly_issued_by(ca)
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"example.test", "localhost"} <= set(names.get_values_for_type(x509.DNSName))
    assert "127.0.0.1" in map(str, names.get_values_for_type(x509.IPAddress))
    assert ca.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert not made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert made.not_valid_after_utc - made.not_valid_before_utc <= datetime.timedelta(days=398)
    assert b"PRIVATE" not in (folder / "ca.pem").read_bytes()


def test_certificate_stays_while_it_serves(folder: Folder) -> None:
    ensure_certificates(folder, "127.0.0.1", NOW_NS)
    assert not ensure_certificates(folder, "127.0.0.1", NOW_NS + 300 * DAY_NS)


def test_certificate_is_renewed_before_it_ends_by_the_same_authority(folder: Folder) -> None:
    ensure_certificates(folder, "127.0.0.1", NOW_NS)
    ca, old = certificate(folder, "ca.pem"), certificate(folder)
    assert ensure_certificates(folder, "127.0.0.1", NOW_NS + 380 * DAY_NS)
    assert certificate(folder, "ca.pem") == ca
    assert certificate(folder).not_valid_after_utc > old.not_valid_after_utc


def test_another_host_needs_another_certificate(folder: Folder) -> None:
    ensure_certificates(folder, "127.0.0.1", NOW_NS)
    assert ensure_certificates(folder, "example.test", NOW_NS)
    assert not ensure_certificates(folder, "example.test", NOW_NS)


def test_certificate_of_another_authority_is_the_operators(folder: Folder, tmp_path: Path) -> None:
    other = Folder(tmp_path / "other")
    ensure_certificates(other, "example.test", NOW_NS)
    ensure_certificates(folder, "127.0.0.1", NOW_NS)
    theirs = other.read("server.pem")
    assert theirs is not None
    folder.write("server.pem", theirs)
    assert not ensure_certificates(folder, "127.0.0.1", NOW_NS + 10_000 * DAY_NS)
    assert folder.read("server.pem") == theirs
    other.close()


def test_start_that_was_cut_short_is_made_good(folder: Folder) -> None:
    """Killed between two files: the next start makes a whole set."""
    ensure_certificates(folder, "127.0.0.1", NOW_NS)
    folder.remove("server.pem")
    folder.remove("ca.pem")
    assert ensure_certificates(folder, "127.0.0.1", NOW_NS)
    certificate(folder).verify_directly_issued_by(certificate(folder, "ca.pem"))
