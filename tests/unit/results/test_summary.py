import pytest

from tests.unit.results.cases import SCENARIO, SECOND, resolved_of, small_tally
from wavetank.policy.codes import Activity, Cause, Stream
from wavetank.results.histogram import Histogram
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.judge.verdict import Recovery, Verdict
from wavetank.results.peaks import ALL_HANDSHAKES, ALL_REQUESTS, CONNECTS, EVENTS, REQUESTS, RESUMED
from wavetank.results.summary import Distribution, merged, summarise
from wavetank.results.tally import Tally, empty_tally
from wavetank.scenario.resolved import Resolved


@pytest.fixture
def resolved() -> Resolved:
    return resolved_of()


@pytest.fixture
def tally(resolved: Resolved) -> Tally:
    return small_tally(resolved)


def test_events_by_stream_and_cause(resolved: Resolved, tally: Tally) -> None:
    metrics = summarise(resolved, tally)
    assert metrics["events_produced"] == 100
    assert metrics["events_delivered.stateful"] == 8
    assert metrics["events_dropped"] == metrics["events_dropped.stateless"] == 4
    assert metrics["events_dropped.overflow"] == 3
    assert metrics["events_queued"] == 6


def test_event_latency_is_of_all_created(resolved: Resolved, tally: Tally) -> None:
    metrics = summarise(resolved, tally)
    # 4 x 1 s, 4 x 2 s, 4 x 0.5 s and one of "desk" never
    assert metrics["event_latency_mean_s"] == pytest.approx(14 / 12)
    assert metrics["event_latency_p50_s"] == pytest.approx(1.0, rel=0.01)
    assert metrics["event_latency_p99_s"] is None
    assert metrics["event_latency_max_s"] is None
    assert metrics["event_latency_p99_s.desk"] is None
    assert metrics["event_latency_max_s.rack"] == 2.0
    assert metrics["event_latency_mean_s.stateful"] == 0.5


def test_nothing_delivered_is_infinite(resolved: Resolved) -> None:
    tally = empty_tally(resolved)
    tally.event_latency[0][0].created = 3
    metrics = summarise(resolved, tally)
    assert metrics["event_latency_mean_s"] is None
    assert metrics["event_latency_p50_s.desk"] is None


def test_nothing_to_measure_is_absent(resolved: Resolved) -> None:
    metrics = summarise(resolved, empty_tally(resolved))
    unmeasured = "event_latency_mean_s request_latency_p99_s.login server_wait_probability recovery_s"
    assert [name for name in unmeasured.split() if name in metrics] == []
    assert "offline_alarms_total" not in metrics
    assert metrics["events_produced"] == 0


def test_exact_sum_of_ramps_is_taken(resolved: Resolved) -> None:
    tally = empty_tally(resolved)
    latency = tally.event_latency[0][0]
    latency.histogram.ramp(0, 3, 3)
    latency.created, latency.delivered, latency.sum_ns = 3, 3, 5
    before = latency.histogram.sum_ns
    assert summarise(resolved, tally)["event_latency_mean_s"] == pytest.approx(5 / 3e9)
    assert latency.histogram.sum_ns == before


def test_requests(resolved: Resolved, tally: Tally) -> None:
    tally.causes[Cause.IN_FLIGHT] = 2
    tally.causes[Cause.TOKEN] = 1
    tally.retries = 6
    metrics = summarise(resolved, tally)
    assert metrics["requests_total"] == metrics["requests_issued_total"] == 14
    assert metrics["requests_lost_total.stateless"] == 2
    assert metrics["requests_open_total.login"] == 1
    assert metrics["rejected_total"] == 3
    assert metrics["rejected_total.in_flight"] == 2
    assert metrics["timeouts_total"] == 1
    assert metrics["retries_total"] == 6


def test_rates_are_over_the_window(resolved: Resolved, tally: Tally) -> None:
    # the window has 50 s
    tally.window_requests[1:4] = [100, 200, 0]
    tally.window_delivered, tally.window_logins = 75, 25
    tally.window_handshakes = [10, 40]
    metrics = summarise(resolved, tally)
    assert metrics["request_rate_per_s"] == 6
    assert metrics["request_rate_per_s.login"] == 2
    assert metrics["goodput_per_s"] == 1.5
    assert metrics["login_rate_per_s"] == 0.5
    assert metrics["handshake_rate_per_s"] == 1
    assert metrics["handshake_rate_per_s.resumed"] == 0.8


def test_login_peak_is_what_was_counted(resolved: Resolved, tally: Tally) -> None:
    tally.login_peak = 30
    assert summarise(resolved, tally)["login_peak_per_s"] == 30


def test_peaks_are_what_was_counted(resolved: Resolved, tally: Tally) -> None:
    tally.peaks[REQUESTS + Stream.STATELESS], tally.peaks[ALL_REQUESTS] = 3, 4
    tally.peaks[RESUMED], tally.peaks[ALL_HANDSHAKES] = 5, 6
    tally.peaks[CONNECTS], tally.peaks[EVENTS] = 7, 8
    metrics = summarise(resolved, tally)
    assert (metrics["request_peak_per_s.stateless"], metrics["request_peak_per_s"]) == (3, 4)
    assert (metrics["handshake_peak_per_s.resumed"], metrics["handshake_peak_per_s"]) == (5, 6)
    assert (metrics["connect_peak_per_s"], metrics["goodput_peak_per_s"]) == (7, 8)


def test_nodes_are_told_apart(resolved: Resolved, tally: Tally) -> None:
    # 4 cores x 50 s each
    tally.busy_ns[0][Activity.LOGIN], tally.busy_ns[1][Activity.EVENTS] = 100 * SECOND, 50 * SECOND
    tally.node_connections_area_ns[:] = [100 * SECOND, 300 * SECOND]
    tally.node_connections_max[:] = [4, 9]
    tally.node_requests[:], tally.node_rejected[:] = [10, 30], [1, 0]
    metrics = summarise(resolved, tally)
    assert (metrics["node_utilisation.0"], metrics["node_utilisation.1"]) == (0.5, 0.25)
    assert (metrics["node_connections_mean.0"], metrics["node_connections_mean.1"]) == (2, 6)
    assert (metrics["node_connections_max.0"], metrics["node_connections_max.1"]) == (4, 9)
    assert (metrics["node_requests_total.1"], metrics["node_rejected_total.0"]) == (30, 1)
    assert metrics["node_utilisation_imbalance"] == pytest.approx(4 / 3)
    assert metrics["node_connections_imbalance"] == pytest.approx(1.5)


def test_a_single_node_has_no_figures_of_its_own() -> None:
    resolved = resolved_of(SCENARIO.replace("nodes = 2", "nodes = 1"))
    assert not [name for name in summarise(resolved, empty_tally(resolved)) if name.startswith("node_")]


def test_of_many_nodes_only_the_imbalance_is_said() -> None:
    resolved = resolved_of(SCENARIO.replace("nodes = 2", "nodes = 65"))
    tally = empty_tally(resolved)
    tally.node_connections_area_ns[64] = SECOND
    names = [name for name in summarise(resolved, tally) if name.startswith("node_")]
    assert names == ["node_connections_imbalance"]


def test_bytes_are_scaled_to_agent_and_day(resolved: Resolved, tally: Tally) -> None:
    tally.bytes_up, tally.bytes_down = 6000, 600
    metrics = summarise(resolved, tally)
    assert metrics["bytes_up_per_agent_day"] == pytest.approx(6000 / 100 / 60 * 86_400)
    assert metrics["bytes_down_per_agent_day"] == pytest.approx(600 / 100 / 60 * 86_400)


def test_utilisation_is_of_all_cores(resolved: Resolved, tally: Tally) -> None:
    # 2 nodes x 4 cores x 50 s
    tally.busy_ns[0][Activity.LOGIN] = 100 * SECOND
    tally.busy_ns[1][Activity.EVENTS] = 100 * SECOND
    tally.wasted_ns[1] = 40 * SECOND
    metrics = summarise(resolved, tally)
    assert metrics["server_utilisation"] == 0.5
    assert metrics["server_utilisation.login"] == 0.25
    assert metrics["server_utilisation.parse"] == 0
    assert metrics["server_utilisation.wasted"] == 0.1


def test_levels_are_means_over_the_window(resolved: Resolved, tally: Tally) -> None:
    tally.queue_area_ns, tally.system_area_ns = 25 * SECOND, 75 * SECOND
    tally.connections_area_ns, tally.connections_max, tally.queue_max = 500 * SECOND, 33, 7
    tally.wait_jobs, tally.wait_waited = 8, 2
    metrics = summarise(resolved, tally)
    assert metrics["server_queue_length_mean"] == 0.5
    assert metrics["server_in_system_mean"] == 1.5
    assert metrics["connections_open_mean"] == 10
    assert (metrics["server_queue_length_max"], metrics["connections_open_max"]) == (7, 33)
    assert metrics["server_wait_probability"] == 0.25


def test_waits_by_operation(resolved: Resolved, tally: Tally) -> None:
    tally.server_wait[1].add(2 * SECOND)
    tally.server_wait[2].add(0)
    metrics = summarise(resolved, tally)
    assert metrics["server_wait_mean_s"] == 1
    assert metrics["server_wait_p95_s.login"] == pytest.approx(2, rel=0.01)
    assert metrics["server_wait_mean_s.stateless"] == 0
    assert "server_wait_mean_s.heartbeat" not in metrics


def test_undelivered_commands_are_infinite(resolved: Resolved, tally: Tally) -> None:
    tally.command_latency.add(SECOND)
    tally.commands_due = 1
    assert summarise(resolved, tally)["command_latency_max_s"] == 1
    tally.commands_due = 2
    assert summarise(resolved, tally)["command_latency_max_s"] is None


def test_agents_without_a_login_are_infinite() -> None:
    auth = '[auth]\nscheme = "server-token"\nttl = "15min"\n'
    cold = resolved_of(SCENARIO.replace("agents = 100", 'agents = 100\nstart = "cold"') + auth)
    tally = small_tally(cold)
    tally.cold_begins = 100
    tally.logged_in.add_many(3 * SECOND, 99)
    metrics = summarise(cold, tally)
    assert metrics["time_to_logged_in_p50_s"] == pytest.approx(3, rel=0.01)
    assert metrics["time_to_logged_in_max_s"] is None
    tally.logged_in.add(4 * SECOND)
    assert summarise(cold, tally)["time_to_logged_in_max_s"] == 4


def verdict(*recoveries: Recovery) -> Verdict:
    return Verdict(Outcome.UNDECIDED, recoveries=recoveries)


def test_recovery_is_the_longest(resolved: Resolved, tally: Tally) -> None:
    metrics = summarise(resolved, tally, verdict(Recovery(3.0, 0.0, False), Recovery(8.0, 0.0, False)))
    assert (metrics["recovery_s"], metrics["recovery_s.0"], metrics["recovery_s.1"]) == (8.0, 3.0, 8.0)
    metrics = summarise(resolved, tally, verdict(Recovery(3.0, 0.0, False), Recovery(None, 50.0, False)))
    assert (metrics["recovery_s"], metrics["recovery_s.0"], metrics["recovery_s.1"]) == (None, 3.0, None)


def test_merging_leaves_the_parts_alone() -> None:
    left, other = Distribution(Histogram(), 1), Distribution(Histogram(), 2)
    left.histogram.add(5)
    other.histogram.add(9)
    both = merged([left, other])
    assert (both.histogram.count, both.infinite, left.histogram.count) == (2, 3, 1)
