import resource
from pathlib import Path

import pytest

from tests.unit.engines.live.cases import few
from wavetank.engines.live import preflight
from wavetank.errors import CannotRun


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in place of the kernel's: 1,000 local ports, TIME-WAIT reused on loopback."""
    monkeypatch.setattr(preflight, "_NET", tmp_path)
    (tmp_path / "ip_local_port_range").write_text("30000\t30999\n")
    (tmp_path / "tcp_tw_reuse").write_text("2\n")
    return tmp_path


def limit(monkeypatch: pytest.MonkeyPatch, files: int) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (64, files))


def test_lanes_are_counted_by_stream() -> None:
    # 9 desks: login, commands and two streams; 3 printers: one stream less.
    assert preflight.lanes_of(few().resolve()) == 9 * 4 + 3 * 3
    assert preflight.lanes_of(few("commands.channel=none").resolve()) == 9 * 3 + 3 * 2


def test_open_files_are_counted_before_anything_begins(net: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    resolved = few("fleet.agents=100").resolve()
    lanes = preflight.lanes_of(resolved)
    limit(monkeypatch, lanes + preflight.SPARE_FILES)
    preflight.check(resolved, own_server=True, relayed=False)
    with pytest.raises(CannotRun, match=rf"100 agents need {2 * lanes + preflight.SPARE_FILES:,} open files"):
        preflight.check(resolved, own_server=True, relayed=True)
    limit(monkeypatch, lanes + preflight.SPARE_FILES - 1)
    with pytest.raises(CannotRun, match=r"\(ulimit -Hn\); take fewer agents"):
        preflight.check(resolved, own_server=True, relayed=False)


def test_ports_are_counted_with_those_that_wait(net: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, 1 << 20)
    resolved = few("fleet.agents=60", "connection.strategy=per-request").resolve()
    preflight.check(resolved, own_server=True, relayed=False)
    (net / "tcp_tw_reuse").write_text("0\n")
    with pytest.raises(CannotRun, match=r"ports at once, and this system has 1,000"):
        preflight.check(resolved, own_server=True, relayed=False)
    preflight.check(few("fleet.agents=60").resolve(), own_server=True, relayed=False)
    preflight.check(resolved, own_server=False, relayed=False)


def test_rate_of_connections_follows_the_batching() -> None:
    # Of 9 desks one batch a second and two events a second in threes or by age; 3 printers one a second.
    per_request = few("connection.strategy=per-request", "batching.stateful={age='2s'}").resolve()
    assert preflight.new_connections_per_s(per_request) == pytest.approx(9 * (1 + 0.5) + 3)
    assert preflight.new_connections_per_s(few().resolve()) == 0
