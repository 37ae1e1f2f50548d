import json
from pathlib import Path

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.unit.studies.cases import STORM, scenario
from wavetank.imports import import_
from wavetank.results.otlp import document
from wavetank.results.result import Result
from wavetank.studies.replications import run


def storm() -> Result:
    """Requests that are answered, and some that a restart ends."""
    return run(scenario(STORM, "duration=30s"), engine="reference", settle="0", trace_agents=tuple(range(20)))


def test_the_official_package_reads_every_field() -> None:
    result = storm()
    plain = document(result.trace_rows, result.scenario, "1.0")
    # unknown fields and wrong types raise ParseError
    message = json_format.ParseDict(plain, ExportTraceServiceRequest())
    agents, server = message.resource_spans
    assert agents.resource.attributes[0].value.string_value == "wavetank agents"
    (clients,), (served,) = agents.scope_spans, server.scope_spans
    assert {span.kind for span in clients.spans} == {Span.SPAN_KIND_CLIENT}
    assert {span.kind for span in served.spans} == {Span.SPAN_KIND_SERVER}
    assert {span.name for span in clients.spans} == {"login", "stateless"}
    assert all(span.end_time_unix_nano >= span.start_time_unix_nano for span in clients.spans)
    lost = [span for span in clients.spans if span.status.code == Status.STATUS_CODE_ERROR]
    assert 0 < len(lost) < len(clients.spans)


def test_spans_of_the_server_lie_within_those_of_their_agents() -> None:
    agents, server = document(storm().trace_rows, "storm", "1.0")["resourceSpans"]
    clients = {span["spanId"] + span["traceId"]: span for span in agents["scopeSpans"][0]["spans"]}
    assert len(clients) == len(agents["scopeSpans"][0]["spans"])
    for span in server["scopeSpans"][0]["spans"]:
        parent = clients[span["parentSpanId"] + span["traceId"]]
        assert (len(span["traceId"]), len(span["spanId"])) == (32, 16)
        assert int(parent["startTimeUnixNano"]) <= int(span["startTimeUnixNano"])
        assert int(span["endTimeUnixNano"]) <= int(parent["endTimeUnixNano"])


def test_imported_again_they_are_the_requests_of_the_run(tmp_path: Path) -> None:
    result = storm()
    file = tmp_path / "spans.json"
    file.write_text(json.dumps(document(result.trace_rows, result.scenario, "1.0")))
    imported = import_(file)
    assert imported.arrivals is not None
    answered = sum(result.summary[f"requests_{word}_total"] or 0 for word in ("ok", "rejected"))
    assert abs(imported.arrivals.total - answered) <= 20
    assert sum(each.clients for each in imported.arrivals.classes) == 20
