"""Refusals in the data folder, and changes of it under a running server."""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.unit.real.server.parts import Running, running
from wavetank.real.ownership import exposure
from wavetank.real.private import replace_private
from wavetank.real.reserve import Reserve
from wavetank.real.server.settings import ServerProblem

PAGE_BYTES = 4096


class Log:
    """The server's standard error so far."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.text = ""

    def has(self, words: str) -> bool:
        self.text += self._capsys.readouterr().err
        return words in self.text


def event(number: int, data: object = "x") -> dict[str, object]:
    return {"epoch": "e", "events": [{"sequence": number, "data": data}]}


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that a server has used."""
    data = tmp_path_factory.mktemp("used") / "data"
    with running(data):
        pass
    return data


@pytest.fixture
def data(used: Path, tmp_path: Path) -> Path:
    """A copy of such a folder."""
    shutil.copytree(used, tmp_path / "data")
    return tmp_path / "data"


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o702])
def test_folder_that_others_can_use_is_refused(data: Path, mode: int) -> None:
    data.chmod(mode)
    with (
        pytest.raises(ServerProblem, match=rf"mode {mode:04o}.*run: chmod -R go= ") as why,
        running(data),
    ):
        pass
    os.system(str(why.value).rpartition("run: ")[2])
    with running(data):
        pass


@pytest.mark.parametrize("name", ["ca-key.pem", "server.pem", "signing.pem", "first-password", "wavetank.db"])
def test_secret_that_others_can_use_is_refused(data: Path, name: str) -> None:
    for mode in (0o640, 0o602):
        (data / name).chmod(mode)
        with pytest.raises(ServerProblem, match=rf"{name} \(mode {mode:04o}\)"), running(data):
            pass


def test_all_that_others_can_use_is_named_at_once(data: Path) -> None:
    for name in ("signing.pem", "ca-key.pem"):
        (data / name).chmod(0o644)
    with pytest.raises(ServerProblem, match=r"ca-key\.pem .*signing\.pem "), running(data):
        pass


def test_authority_may_be_read_and_not_written(data: Path) -> None:
    (data / "ca.pem").chmod(0o644)
    with running(data):
        pass
    (data / "ca.pem").chmod(0o664)
    with pytest.raises(ServerProblem, match=r"ca\.pem \(mode 0664\)"), running(data):
        pass


def test_owner_counts_as_well_as_the_mode(tmp_path: Path) -> None:
    owner = tmp_path.stat()
    assert exposure(tmp_path, owner, owner.st_uid) is None
    other = exposure(tmp_path, os.stat_result((*owner[:4], 12_345, *owner[5:])), owner.st_uid)
    assert other is not None
    assert "of another user" in str(other)


def test_key_that_others_can_read_is_not_taken_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Replaced while the server runs; as soon as the mode is right it is taken."""
    with running(tmp_path / "data", level="info") as server:
        signing = tmp_path / "data" / "signing.pem"
        token = server.token(server.register())
        fresh = tmp_path / "fresh"
        fresh.write_text(server.server.service.tokens.successor(void=True))
        fresh.chmod(0o644)
        fresh.replace(signing)
        log = Log(capsys)
        server.eventually(lambda: log.has("not taken"))
        assert "chmod -R go= " in log.text
        assert server.send("/stateless", {"events": []}, token).status == 202
        signing.chmod(0o600)
        server.eventually(lambda: server.send("/stateless", {"events": []}, token).status == 401)


# ---- links ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ca-key.pem", "ca.pem", "server.pem", "signing.pem", "first-password"])
def test_links_are_not_followed_when_files_are_written(tmp_path: Path, name: str) -> None:
    """A link where the first start writes: what it leads to is not touched."""
    data, target = tmp_path / "data", tmp_path / "target"
    data.mkdir(mode=0o700)
    (data / name).symlink_to(target)
    with running(data):
        assert not (data / name).is_symlink()
    assert not target.exists()


@pytest.mark.parametrize("end", ["", "-wal", "-shm"])
def test_links_are_no_database(tmp_path: Path, end: str) -> None:
    data, target = tmp_path / "data", tmp_path / "target"
    data.mkdir(mode=0o700)
    (data / f"wavetank.db{end}").symlink_to(target)
    with pytest.raises(ServerProblem, match=f"wavetank.db{end}: a symbolic link"), running(data):
        pass
    assert not target.exists()


def test_links_are_not_followed_where_the_disk_is_full(tmp_path: Path) -> None:
    """Bytes that are written in place then, and those kept free for it."""
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("theirs")
    link.symlink_to(target)
    assert not Reserve(link).keep()
    tmp_path.chmod(0o500)
    try:
        if os.geteuid() != 0:
            with pytest.raises(OSError, match="symbolic"):
                replace_private(link, "ours")
    finally:
        tmp_path.chmod(0o700)
    assert target.read_text() == "theirs"


# ---- files that are not what they should be ----------------------------------------------------


def empty(path: Path) -> None:
    path.write_bytes(b"")


def remove(path: Path) -> None:
    path.unlink()


def change(statement: str) -> Callable[[Path], None]:
    def changed(path: Path) -> None:
        with closing(sqlite3.connect(path)) as database:
            database.execute(statement)

    return changed


def log_alone(path: Path) -> None:
    log = path.with_name("wavetank.db-wal")
    log.write_bytes(b"committed")
    log.chmod(0o600)
    path.unlink()


@pytest.mark.parametrize(
    ("name", "spoil", "said"),
    [
        ("ca.pem", empty, "not a certificate"),
        ("ca.pem", remove, "missing"),
        ("ca-key.pem", empty, "not the key of an authority"),
        ("wavetank.db", empty, "0 bytes"),
        ("wavetank.db", change("PRAGMA user_version = 2"), "another version"),
        ("wavetank.db", change("PRAGMA user_version = 0"), "its format is 0, not 1"),
        ("wavetank.db", change("DROP TABLE commands"), r"another version.*table commands"),
        ("wavetank.db", change("ALTER TABLE events DROP COLUMN received_ns"), r"column events\.received_ns"),
        ("wavetank.db", change("DROP INDEX events_once"), "index events_once"),
        ("wavetank.db", log_alone, "missing, but wavetank.db-wal"),
    ],
)
def test_spoilt_files_are_refused_and_left_as_they_are(
    data: Path, name: str, spoil: Callable[[Path], None], said: str
) -> None:
    before = {path.name: path.read_bytes() for path in data.iterdir() if path.suffix == ".pem"}
    spoil(data / name)
    with pytest.raises(ServerProblem, match=rf"{name}: .*{said}"), running(data):
        pass
    for path in data.iterdir():
        assert path.name == name or before.get(path.name) in (None, path.read_bytes()), path


def test_authority_that_agents_trust_is_never_replaced(data: Path) -> None:
    for name in ("ca-key.pem", "server.pem"):
        (data / name).unlink()
    with pytest.raises(ServerProblem, match="no new one can be made"), running(data):
        pass


# ---- changed under a running server ------------------------------------------------------------


def refuses(server: Running, token: str) -> None:
    """Nothing is acknowledged, and everybody who asks is told."""
    assert server.send("/stateful", event(99), token).status == 503
    assert server.send("/stateless", {"events": [{"data": "lost"}]}, token).status == 503
    assert server.manage("POST", "/commands", {"command": "ping"}).status == 503
    for port in (server.agent_port, server.management_port):
        got = server.ask("GET", "/health", port=port)
        assert (got.status, got.headers["Retry-After"]) == (503, "30")
    assert server.metric("wavetank_store_broken") == 1


def replaced(path: Path) -> None:
    shutil.copy2(path, path.with_name("copy"))
    path.with_name("copy").replace(path)


def cut_short(path: Path) -> None:
    os.truncate(path, PAGE_BYTES)


def test_database_changed_under_the_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each file deleted and replaced; put back it is used again, and holds all that was acknowledged."""
    data = tmp_path / "data"
    with running(data, level="info") as server:
        agent = server.register()
        token = server.token(agent)
        stored = 0
        for name in ("wavetank.db", "wavetank.db-wal", "wavetank.db-shm"):
            for spoil in (remove, replaced):
                stored += 1
                assert server.send("/stateful", event(stored), token).status == 200
                os.link(data / name, tmp_path / "kept")
                spoil(data / name)
                refuses(server, token)
                (tmp_path / "kept").replace(data / name)
                assert server.ask("GET", "/health").status == 200
        data.rename(tmp_path / "elsewhere")
        refuses(server, token)
        (tmp_path / "elsewhere").rename(data)
        assert [event["sequence"] for event in server.events(agent)] == [1, 2, 3, 4, 5, 6]
        cut_short(data / "wavetank.db")
        refuses(server, token)
        log = Log(capsys)
        server.eventually(lambda: log.has("unusable"))
    lines = [json.loads(line) for line in log.text.splitlines()]
    assert {line["level"] for line in lines if line["event"] == "database unusable"} == {"error"}


# ---- pages that are damaged --------------------------------------------------------------------


def damage(path: Path, table: str) -> None:
    """Overwrite the first page of a table."""
    with closing(sqlite3.connect(path)) as database:
        (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE_BYTES)
        file.write(b"\xa5" * PAGE_BYTES)


def test_damaged_page_is_no_passing_trouble(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running(tmp_path) as server:
        agent = server.register()
        assert server.send("/stateful", event(1), server.token(agent)).status == 200
    damage(tmp_path / "wavetank.db", "events")
    with running(tmp_path, level="info") as server:
        token = server.token(agent)
        assert server.ask("GET", "/health").status == 200, "nobody has read that page yet"
        server.send("/stateful", event(2), token)
        refuses(server, token)
        assert b"damaged" in server.ask("GET", "/health").body
        log = Log(capsys)
        server.eventually(lambda: log.has("database unusable"))


def test_damaged_page_at_the_start_is_said(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        server.register()
    damage(tmp_path / "wavetank.db", "agents")
    with pytest.raises(ServerProblem, match=r"wavetank\.db: the database is damaged"), running(tmp_path):
        pass
