from pathlib import Path

import pytest

from tests.benchmarks import table
from tests.benchmarks.fleets import model_m, plan_m, wazuh_60
from tests.benchmarks.table import BEGIN, END, Row, at_least, at_most, write_page
from wavetank.engines.features import features
from wavetank.scenario import load


def test_page_has_its_place_for_the_table() -> None:
    text = table.PAGE.read_text(encoding="utf-8")
    assert text.count(BEGIN) == text.count(END) == 1
    assert text.index(BEGIN) < text.index(END)


def test_table_is_written_between_the_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    monkeypatch.setattr(table, "PAGE", page)
    rows = [Row("model M", ""), at_least("  fast", 5e6, 6e6, "/s", 1.0, True), Row("  other", "not run")]
    for _ in range(2):
        write_page("a machine", rows)
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"before\n{BEGIN}\na machine\n")
    assert text.endswith(f"{END}\nafter\n")
    assert "| **model M** |  |  |  |" in text
    assert "| fast | 5,000,000 /s | 1.00 s | at least 6,000,000: MISSED |" in text
    assert "old" not in text


def test_bounds_are_judged_only_where_asked() -> None:
    assert at_most("a", 2.0, 3.0, "x", None, True).met is True
    assert at_most("a", 4.0, 3.0, "x", None, True).met is False
    assert at_least("a", 3.0, 3.0, "x", None, True).met is True
    assert at_least("a", 1.0, 3.0, "x", None, False).met is None


def test_model_m_for_a_thousand_agents_is_the_scenario_of_the_catalogue() -> None:
    whole, cut = load("model-m").resolve(), load("model-m", model_m(1_000, 600)).resolve()
    for stream in (1, 2):
        ours, theirs = (scenario.server.service.operation[stream].low for scenario in (cut, whole))
        assert ours == pytest.approx(theirs, rel=1e-3)
    assert cut.server.cores == whole.server.cores
    assert cut.duration_ns == whole.duration_ns


@pytest.mark.parametrize("agents", [1_000, 10_000, 100_000, 1_000_000])
def test_model_m_keeps_its_cores_busy_for_any_number_of_agents(agents: int) -> None:
    plan = plan_m(agents)
    busy = agents * (plan.request_s / plan.think_s + plan.login_s / plan.token_s) / plan.cores
    assert busy == pytest.approx(0.7)


def test_wazuh_60_has_all_that_it_is_timed_with() -> None:
    wanted = {
        "auth.scheme = server-token",
        "commands.channel = long-poll",
        "connection.tls",
        "fault.kind = node-restart",
        "server.limits.connections",
        "server.limits.in_flight",
        "store",
    }
    assert wanted <= set(features(load("wazuh-60", wazuh_60(1_000, 600)).resolve()))
    calm, busy = (load("wazuh-60", wazuh_60(1_000, 60, events)).resolve() for events in (1.0, 10.0))
    for kind, other in zip(calm.classes, busy.classes, strict=True):
        assert other.stateless.rate_per_s == pytest.approx(10 * kind.stateless.rate_per_s)
