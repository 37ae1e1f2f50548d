from pathlib import Path

from tests.unit.studies.cases import QUEUE
from wavetank.scenario import load
from wavetank.studies.finding import warning
from wavetank.studies.places import place_of

LINES = QUEUE.splitlines()


def test_key_is_found_where_it_is_written_or_at_the_table_around_it(tmp_path: Path) -> None:
    file = tmp_path / "queue.toml"
    file.write_text(QUEUE)
    loaded = load(file, ["heartbeat.period=10s"])
    lines = {
        key: place_of(loaded, warning(key, "")).line
        for key in (
            "fleet.class.desk.stateless.phase",
            "server.cores",
            "server.service.stateless",
            "heartbeat.jitter",
            "design",
        )
    }
    assert lines == {
        "fleet.class.desk.stateless.phase": LINES.index('stateless = { rate = "1/s" }') + 1,
        "server.cores": LINES.index("[server]") + 1,
        "server.service.stateless": len(LINES),
        "heartbeat.jitter": 1,
        "design": 1,
    }
    assert place_of(loaded, warning("heartbeat.jitter", "")).file == str(file)
