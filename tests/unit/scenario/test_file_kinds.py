import gzip
from pathlib import Path

import pytest

from wavetank.errors import ScenarioError
from wavetank.scenario import load
from wavetank.scenario.file_kinds import data_kind, encoding_of, packed_kind

TOML = b'duration = "1min"\n'


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.csv", b"t\n1\n", "a CSV table"),
        ("a.CSV", b"t\n1\n", "a CSV table"),
        ("access.log", b"x", "a log"),
        ("access.log.gz", gzip.compress(b"x", mtime=0), "a gzip file"),
        ("a.toml", gzip.compress(TOML, mtime=0), "a gzip file"),
        ("a.toml", TOML, ""),
        ("a", TOML, ""),
        ("policy.yml", b"outputs:\n", "YAML"),
    ],
)
def test_data_is_told_by_bytes_and_ending(name: str, data: bytes, kind: str) -> None:
    assert data_kind(name, data) == kind


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("arrivals.csv", b"t\n1\n", "this is a CSV table, not a scenario; make one of it: wavetank import"),
        ("book.xlsx", b"PK\x03\x04", "save the table as CSV"),
        ("s.toml", gzip.compress(TOML, mtime=0), "this is a gzip file, not a scenario"),
        # before its size is looked at: a log has more bytes than a scenario may have
        ("big.log", b"x" * 2_000_000, "this is a log, not a scenario"),
        ("s.toml", TOML.decode().encode("utf-16"), "(it may be UTF-16); a scenario is a TOML file in UTF-8"),
        ("s.toml", b'name = "ol\xe9"\n', "(it may be Latin-1); a scenario is a TOML file in UTF-8: save it"),
    ],
)
def test_what_is_no_scenario_is_said_with_what_to_do(
    name: str, data: bytes, says: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ScenarioError) as caught:
        load(tmp_path / name)
    assert says in caught.value.message


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"", "UTF-8"),
        ("é".encode(), "UTF-8"),
        ("é".encode()[:1], "UTF-8"),  # cut within a character
        (b"ol\xe9 x", "Latin-1"),
        ("time".encode("utf-16-le"), "UTF-16"),
        ("time".encode("utf-16-be"), "UTF-16"),
        ("time".encode("utf-16"), "UTF-16"),
        ("time".encode("utf-32"), "UTF-32"),
    ],
)
def test_encodings_are_told_apart(data: bytes, encoding: str) -> None:
    assert encoding_of(data) == encoding


def test_text_is_no_packed_file() -> None:
    assert packed_kind(b"time,client") == ""
