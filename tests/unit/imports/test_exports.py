"""Exports of other tools: load tests, Prometheus, OpenTelemetry."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wavetank as wt
from wavetank.imports import ImportProblem, import_

AT_S = 1_700_000_000
BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5]


def drawn(count: int = 1000) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Exponential durations with a mean of 50 ms."""
    return np.random.default_rng(3).exponential(0.05, count)


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def plays(imported: Any, folder: Path) -> None:
    """Write the findings as a scenario, and see that it has no problem."""
    assert not wt.check(wt.load(imported.write(folder / "out"))).problems


def test_k6_csv(tmp_path: Path) -> None:
    rows = ["metric_name,timestamp,metric_value,check,error,method,status"]
    for index, value in enumerate(drawn(400).tolist()):
        rows.append(f"http_reqs,{AT_S + index // 4},1,,,GET,200")
        rows.append(f"http_req_duration,{AT_S + index // 4},{1000 * value:.6f},,,GET,200")
    imported = import_(written(tmp_path, "k6.csv", "\n".join(rows) + "\n"))
    assert (imported.rows, imported.sources[0].format) == (400, "k6 results (CSV)")
    assert imported.service is not None
    assert imported.arrivals is not None
    assert imported.service.mean == pytest.approx(drawn(400).mean())
    assert imported.arrivals.profile.mean_per_s == pytest.approx(4, rel=0.05)
    assert "load test made" in imported.notes[0]
    plays(imported, tmp_path)


def test_k6_json(tmp_path: Path) -> None:
    lines = [json.dumps({"type": "Metric", "metric": "http_req_duration", "data": {"type": "trend"}})]
    for index in range(40):
        data = {"time": f"2023-11-14T22:13:{index:02}.5Z", "value": 25.0, "tags": {"vu": str(index % 2)}}
        lines.append(json.dumps({"type": "Point", "metric": "http_req_duration", "data": data}))
        lines.append(json.dumps({"type": "Point", "metric": "http_reqs", "data": {**data, "value": 1}}))
    lines.append(
        json.dumps({"type": "Point", "metric": "http_req_duration", "data": {"time": "?", "value": 1}})
    )
    imported = import_(written(tmp_path, "k6.json", "\n".join(lines)))
    assert imported.service is not None
    assert imported.arrivals is not None
    assert (imported.rows, imported.service.mean) == (40, 0.025)
    assert [kind.clients for kind in imported.arrivals.classes] == [2]
    assert [(reason.reason, reason.lines) for reason in imported.dropped] == [("no time or no value", (82,))]


def test_k6_json_with_damaged_points_names_their_lines(tmp_path: Path) -> None:
    """A run that was killed leaves half a line; other tools write points without a value or tags."""
    point = {"type": "Point", "metric": "http_req_duration"}
    lines = [
        json.dumps({**point, "data": {"time": f"2023-11-14T22:13:{index:02}Z", "value": 25.0}})
        for index in range(40)
    ]
    lines += [json.dumps({**point, "data": {"time": "2023-11-14T22:14:00Z"}}), json.dumps(point), "", "[1]"]
    lines.append('{"type": "Point", "metr')
    imported = import_(written(tmp_path, "k6.json", "\n".join(lines)))
    assert imported.rows == 40
    assert imported.arrivals is not None
    assert imported.arrivals.classes == ()
    assert {reason.reason: reason.lines for reason in imported.dropped} == {
        "no time or no value": (41, 42),
        "not a JSON object (k6 results (JSON))": (44, 45),
    }


def test_locust_statistics_become_a_rate_and_a_law(tmp_path: Path) -> None:
    shares = [50, 66, 75, 80, 90, 95, 98, 99, 99.9, 99.99, 100]
    values = np.quantile(drawn(100_000), np.array(shares) / 100) * 1000
    names = [
        "Type",
        "Name",
        "Request Count",
        "Failure Count",
        "Median Response Time",
        "Average Response Time",
    ]
    names += ["Requests/s", *(f"{share:g}%" for share in shares)]
    row = ["", "Aggregated", "3000", "0", "35", "50.0", "30.0", *(f"{value:.4f}" for value in values)]
    text = ",".join(names) + "\nGET,/a" + ",1" * (len(names) - 2) + "\n" + ",".join(row) + "\n"
    imported = import_(written(tmp_path, "run_stats.csv", text))
    assert imported.arrivals is not None
    assert imported.service is not None
    assert imported.service.best is not None
    assert imported.arrivals.profile.mean_per_s == 30
    assert imported.service.best.law.name == "exponential"
    assert imported.service.best.parameters[0] == pytest.approx(0.05, rel=0.05)
    plays(imported, tmp_path)
    with pytest.raises(ImportProblem, match="no row Aggregated"):
        import_(written(tmp_path, "cut_stats.csv", text.replace("Aggregated", "/b")))


def locust_statistics(folder: Path, quantiles: dict[str, str], count: int = 1000) -> Path:
    """The statistics of a test with a mean of 40 ms, as Locust writes them."""
    head = ["Type", "Name", "Request Count", "Failure Count", "Median Response Time", "Average Response Time"]
    names = [*head, "Requests/s", *quantiles]
    rate = "10.0" if count else "0.0"
    row = ["", "Aggregated", str(count), "0", "30", "40.0", rate, *quantiles.values()]
    return written(folder, "run_stats.csv", f"{','.join(names)}\n{','.join(row)}\n")


def test_locust_quantiles_of_one_value_become_one_cell(tmp_path: Path) -> None:
    """Locust rounds: 66 % and 75 % may be equal, and "N/A" stands where there are too few requests."""
    quantiles = {"50%": "30", "66%": "50", "75%": "50", "95%": "90", "99.99%": "N/A", "100%": "200"}
    imported = import_(locust_statistics(tmp_path, quantiles))
    assert imported.service is not None
    assert imported.service.cells.edges.tolist() == pytest.approx([0, 0.03, 0.05, 0.09, 0.2])
    assert imported.service.cells.counts.tolist() == [500, 250, 200, 50]


def test_locust_statistics_without_quantiles_are_a_rate_alone(tmp_path: Path) -> None:
    imported = import_(locust_statistics(tmp_path, {"50%": "N/A", "95%": "N/A", "100%": "N/A"}))
    assert imported.arrivals is not None
    assert imported.arrivals.profile.mean_per_s == 10
    assert imported.service is None


def test_locust_test_without_requests_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportProblem, match="the test made no request; take one that did"):
        import_(locust_statistics(tmp_path, {"50%": "0", "95%": "0", "100%": "0"}, count=0))


def test_locust_history_counts_the_rows_of_all_requests_alone(tmp_path: Path) -> None:
    """Rows of single addresses lie between those of the total, and would count each request twice."""
    rows = ["Timestamp,User Count,Type,Name,Requests/s,Total Request Count"]
    for second in range(100):
        rows.append(f"{AT_S + second},5,GET,/a,N/A,{10 * second}")
        rows.append(f"{AT_S + second},5,,Aggregated,N/A,{20 * second}")
    imported = import_(written(tmp_path, "run_stats_history.csv", "\n".join(rows) + "\n"))
    assert imported.arrivals is not None
    assert imported.arrivals.total == 20 * 99


def test_locust_history_is_the_rate_over_time(tmp_path: Path) -> None:
    rows = ["Timestamp,User Count,Type,Name,Requests/s,Total Request Count"]
    total = 0
    for second in range(200):
        total += int(np.random.default_rng(second).poisson(20 if second < 100 else 60))
        rows.append(f"{AT_S + second},5,,Aggregated,N/A,{total}")
    imported = import_(written(tmp_path, "run_stats_history.csv", "\n".join(rows) + "\n"))
    assert imported.arrivals is not None
    assert imported.arrivals.total == total
    assert [piece.rate_per_s for piece in imported.arrivals.profile.pieces] == pytest.approx(
        [20, 60], rel=0.1
    )
    plays(imported, tmp_path)


def exposition() -> str:
    values = drawn(20_000)
    lines = ["# HELP request_seconds Durations.", "# TYPE request_seconds histogram"]
    for method, some in (("GET", values[:15_000]), ("POST", values[15_000:])):
        for bound in [*BOUNDS, np.inf]:
            count = int((some <= bound).sum())
            told = "+Inf" if np.isinf(bound) else f"{bound:g}"
            lines.append(f'request_seconds_bucket{{method="{method}",le="{told}"}} {count}')
        lines.append(f'request_seconds_sum{{method="{method}"}} {some.sum():.6f}')
        lines.append(f'request_seconds_count{{method="{method}"}} {len(some)}')
    return "\n".join(lines) + "\n"


def test_prometheus_text(tmp_path: Path) -> None:
    imported = import_(written(tmp_path, "metrics.txt", exposition() + "up 1\n"))
    assert imported.service is not None
    assert imported.service.best is not None
    assert imported.service.cells.total == 20_000
    assert imported.service.best.law.name == "exponential"
    assert abs(imported.service.best.parameters[0] - 0.05) < 3 * imported.service.best.errors[0]
    assert "p50 between 25 ms and 50 ms, p95 between 100 ms and 250 ms" in imported.notes[0]
    plays(imported, tmp_path)


def test_several_histograms_must_be_told_apart(tmp_path: Path) -> None:
    path = written(tmp_path, "metrics.txt", exposition() + exposition().replace("request_", "store_"))
    with pytest.raises(ImportProblem, match="one of request_seconds, store_seconds"):
        import_(path)
    assert "store_seconds" in import_(path, columns=["service=store_seconds"]).notes[0]
    with pytest.raises(ImportProblem, match="no histogram other"):
        import_(path, columns=["service=other"])


def query(result: list[dict[str, Any]]) -> str:
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}}, indent=1)


def test_range_query_of_buckets_is_what_was_added(tmp_path: Path) -> None:
    values = drawn(20_000)
    series = [
        {
            "metric": {"__name__": "request_seconds_bucket", "le": "+Inf" if np.isinf(bound) else str(bound)},
            "values": [[AT_S, "100"], [AT_S + 60, str(100 + int((values <= bound).sum()))]],
        }
        for bound in [*BOUNDS, np.inf]
    ]
    imported = import_(written(tmp_path, "range.json", query(series)))
    assert imported.service is not None
    assert imported.service.cells.total == 20_000
    assert imported.service.best is not None
    assert imported.service.best.law.name == "exponential"


@pytest.mark.parametrize(("name", "counter"), [("requests_total", True), ("", False)])
def test_range_query_of_requests_is_a_rate_over_time(name: str, counter: bool, tmp_path: Path) -> None:
    """A counter with a reset, or the rate itself: 10 a second, then 40."""
    total, points = 0, []
    for index in range(80):
        rate = 10 if index < 40 else 40
        total = 0 if index == 20 else total + 15 * rate
        points.append([AT_S + 15 * index, str(total if counter else rate)])
    metric = {"__name__": name} if name else {}
    imported = import_(written(tmp_path, "range.json", query([{"metric": metric, "values": points}])))
    assert imported.arrivals is not None
    rates = [piece.rate_per_s for piece in imported.arrivals.profile.pieces]
    assert (rates[0], rates[-1]) == pytest.approx((10, 40), rel=0.12)
    plays(imported, tmp_path)


def test_native_histograms(tmp_path: Path) -> None:
    edges = np.geomspace(1e-7, 10, 90)
    counts = np.histogram(drawn(20_000), edges)[0]
    buckets = [
        [0, f"{a}", f"{b}", f"{n}"] for a, b, n in zip(edges[:-1], edges[1:], counts.tolist(), strict=True)
    ]
    point = {"count": "20000", "sum": str(drawn(20_000).sum()), "buckets": buckets}
    series = [{"metric": {"__name__": "request_seconds"}, "histogram": [AT_S, point]}]
    imported = import_(written(tmp_path, "instant.json", query(series)))
    assert imported.service is not None
    assert imported.service.best is not None
    assert imported.service.best.law.name == "exponential"


def spans(count: int) -> list[dict[str, Any]]:
    start = AT_S * 10**9
    return [
        {
            "name": f"GET /{index % 2}", "kind": kind, "spanId": f"{index}", "parentSpanId": "x",
            "startTimeUnixNano": str(start + index * 10**8),
            "endTimeUnixNano": str(start + index * 10**8 + 10**7),
            "attributes": [{"key": "client.address", "value": {"stringValue": f"192.0.2.{index % 5}"}}],
        }
        for index in range(count)
        for kind in (2, "SPAN_KIND_CLIENT")
    ]  # fmt: skip


def export(some: list[dict[str, Any]]) -> dict[str, Any]:
    return {"resourceSpans": [{"resource": {}, "scopeSpans": [{"scope": {}, "spans": some}]}]}


def test_spans_of_one_operation_whose_clients_are_unknown(tmp_path: Path) -> None:
    every = [{**span, "name": "GET /", "attributes": []} for span in spans(100)]
    every[4] = {**every[4], "startTimeUnixNano": "soon"}
    imported = import_(written(tmp_path, "spans.json", json.dumps(export(every))))
    assert imported.rows == 99
    assert imported.arrivals is not None
    assert not imported.arrivals.classes
    assert not any("operations" in note for note in imported.notes)
    assert sum(reason.total for reason in imported.dropped) == 1


@pytest.mark.parametrize("lines", [False, True])
def test_spans_of_servers(lines: bool, tmp_path: Path) -> None:
    every = spans(100)
    every[4] = {**every[4], "endTimeUnixNano": "0"}
    text = json.dumps(export(every), indent=2)
    if lines:
        text = "\n".join(json.dumps(export(every[i : i + 20])) for i in range(0, len(every), 20)) + "\nodd\n"
    imported = import_(written(tmp_path, "spans.json", text))
    assert imported.arrivals is not None
    assert imported.service is not None
    assert imported.rows == 99
    assert imported.service.mean == pytest.approx(0.01)
    assert sum(kind.clients for kind in imported.arrivals.classes) == 5
    assert "GET /1 (50, 10 ms on average); GET /0 (49, 10 ms on average)" in imported.notes[0]
    assert sum(reason.total for reason in imported.dropped) == (2 if lines else 1)
    plays(imported, tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{\n "status": "success",\n', r"some.json:2:22: not whole JSON"),
        ('{"status": "error", "error": "parse error", "data": null}', "no result .parse error"),
        (
            query([{"metric": {"__name__": "x"}, "values": [[1, "5"], [2, "5"]]}]),
            "no histogram, counter or rate",
        ),
        ('[\n {"a": 1}\n]', "JSON of an unknown kind"),
        ("# HELP x y\nx 1\n", "no histogram with values"),
    ],
)
def test_exports_that_say_nothing(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ImportProblem, match=message):
        import_(written(tmp_path, "some.json", text))
