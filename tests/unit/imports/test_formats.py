"""A line or two of each format, and what is read of them."""

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest

import wavetank as wt
from wavetank.imports import ImportProblem, import_
from wavetank.imports.asking import asked
from wavetank.imports.formats import reader_of
from wavetank.imports.records import Block
from wavetank.protocol.order import Message

AT_S = 1_700_000_000
NGINX = '192.0.2.7 - ann [14/Nov/2023:22:13:20 +0000] "GET /a\\"b HTTP/1.1" 200 512 "-" "curl/8 (x)" 0.250'
HAPROXY = (
    "Nov 14 22:13:20 lb haproxy[14]: 192.0.2.7:33317 [14/Nov/2023:22:13:20.000] in app/s1 10/0/30/250/290 "
    '200 512 - - ---- 1/1/1/1/0 0/0 {} "GET /a HTTP/1.1"'
)
ALB = (
    "https 2023-11-14T22:13:20.000000Z app/lb/1 192.0.2.7:2817 198.51.100.1:80 0.001 0.250 0.000 200 200 "
    '34 512 "GET https://example.com:443/ HTTP/1.1" "curl/8" ECDHE TLSv1.2 arn "Root=1" "example.com" "arn" 0'
)
ENVOY = json.dumps(
    {"start_time": "2023-11-14T22:13:20.000Z", "duration": 250, "bytes_received": 34, "bytes_sent": 512,
     "downstream_remote_address": "192.0.2.7:4711", "x_forwarded_for": None}
)  # fmt: skip
CADDY = json.dumps(
    {"ts": 1700000000.0, "logger": "http.log.access", "request": {"remote_ip": "192.0.2.7"}, "duration": 0.25,
     "bytes_read": 34, "size": 512, "status": 200}
)  # fmt: skip
TRAEFIK = json.dumps(
    {"StartUTC": "2023-11-14T22:13:20.000000000Z", "Duration": 250_000_000, "ClientHost": "192.0.2.7",
     "RequestContentSize": 34, "DownstreamContentSize": 512}
)  # fmt: skip


def read(lines: Sequence[str], **words: str) -> tuple[str, Block]:
    told = asked(words.get("as_"), words.get("pattern"), (), words.get("unit"), ".")
    reader = reader_of("some", lines, told)
    return reader.name, reader.read(lines, 1)


@pytest.mark.parametrize(
    ("line", "name", "up", "at_end"),
    [
        (NGINX, "nginx or Apache access log", None, True),
        (NGINX + ' 0.240 "198.51.100.1:80" .', "nginx or Apache access log", None, True),
        (
            NGINX.replace("0.250", '"203.0.113.9" rt=0.250 uct="0.000"'),
            "nginx or Apache access log",
            None,
            True,
        ),
        (HAPROXY, "HAProxy HTTP log", None, False),
        (HAPROXY.partition(": ")[2], "HAProxy HTTP log", None, False),
        (ALB, "AWS ALB access log", 34, True),
        (ENVOY, "Envoy access log", 34, False),
        (CADDY, "Caddy access log", 34, True),
        (TRAEFIK, "Traefik access log", 34, False),
    ],
)
def test_known_formats(line: str, name: str, up: float | None, at_end: bool) -> None:
    known, block = read([line, "", "nonsense"])
    assert known == name
    assert block.stamps_s.tolist() == [AT_S]
    assert block.service_s.tolist() == pytest.approx([0.25])
    assert list(block.clients) == ["192.0.2.7"]
    assert block.down_bytes.tolist() == [512]
    assert (block.up_bytes.tolist() == [up]) or up is None
    assert block.at_end is at_end
    assert [drop.line for drop in block.drops] == [3]


def test_requests_that_were_not_served_have_no_duration() -> None:
    for line in (HAPROXY.replace("10/0/30/250/290 200", "10/0/-1/-1/290 503"), ALB.replace("0.250", "-1")):
        _, block = read([line])
        assert block.stamps_s.tolist() == [AT_S]
        assert str(block.service_s[0]) == "nan"


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        ("$time $client $service $up $down", "1700000000.000 192.0.2.7 0.25 34 512"),
        (
            '$remote_addr [$time_local] "$request" $request_length/$bytes_sent $request_time',
            '192.0.2.7 [14/Nov/2023:22:13:20 +0000] "GET / HTTP/1.1" 34/512 0.25',
        ),
        (
            r"(?P<client>\S+) at (?P<time>\S+) took (?P<service>\S+) s \((?P<up>\d+) in, (?P<down>\d+) out\)",
            "192.0.2.7 at 2023-11-14T22:13:20Z took 0.25 s (34 in, 512 out)",
        ),
    ],
)
def test_patterns_of_the_user(pattern: str, line: str) -> None:
    name, block = read([line, "else"], pattern=pattern)
    assert name == "pattern"
    assert (block.stamps_s[0], block.service_s[0], block.up_bytes[0], block.down_bytes[0]) == (
        AT_S,
        0.25,
        34,
        512,
    )
    assert list(block.clients) == ["192.0.2.7"]
    assert len(block.drops) == 1


TABLE = "when,took,who,bytes\n2023-11-14T22:13:20Z,12.5,a,34\n2023-11-14T22:13:21Z,7.5,b,36\n,,,\n1,2\n"
COLUMNS = ("time=when", "service=took", "client=who", "up=bytes")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("comma", [False, True])
def test_tables(separator: str, comma: bool, tmp_path: Path) -> None:
    text = TABLE.replace(",", separator)
    if comma:
        text = text.replace("12.5", '"12,5"').replace("7.5", '"7,5"')
    path = tmp_path / "table"
    path.write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    imported = import_(path, columns=COLUMNS, unit="ms", decimal="," if comma else ".")
    assert imported.service is not None
    assert imported.up is not None
    assert imported.arrivals is not None
    assert imported.service.values.tolist() == pytest.approx([0.0075, 0.0125])
    assert imported.up.values.tolist() == [34, 36]
    assert [kind.clients for kind in imported.arrivals.classes] == [2]
    assert [(reason.reason, reason.lines) for reason in imported.dropped] == [
        ("not 4 columns", (5,)),
        ("no value", (4,)),
    ]
    wt.load(imported.write(tmp_path / "out"))


def test_parquet_is_the_same_table(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "when": pd.to_datetime([AT_S, AT_S + 1], unit="s"),
            "took": [12.5, 7.5],
            "who": ["a", "b"],
            "bytes": [34, 36],
        }
    )
    frame.to_parquet(tmp_path / "table.parquet")
    imported = import_(tmp_path / "table.parquet", columns=COLUMNS, unit="ms")
    assert imported.service is not None
    assert imported.arrivals is not None
    assert imported.service.values.tolist() == pytest.approx([0.0075, 0.0125])
    assert imported.arrivals.first_s == AT_S
    whole = (tmp_path / "table.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(whole[:-30])
    with pytest.raises(ImportProblem, match="not a whole Parquet file"):
        import_(tmp_path / "cut.parquet", columns=COLUMNS, unit="ms")


@pytest.mark.parametrize(
    ("text", "aspect", "unit", "values"),
    [
        ("12.5ms\n7.5ms\n", "service", None, [0.0075, 0.0125]),
        ("took\n12500\n7500\n", "service", "us", [0.0075, 0.0125]),
        ("size\n2kB\n1KiB\n", "sizes", None, [1024, 2000]),
        ("2\n1\n", "sizes", "KiB", [1024, 2048]),
    ],
)
def test_one_column_needs_no_name(
    text: str, aspect: str, unit: str | None, values: list[float], tmp_path: Path
) -> None:
    path = tmp_path / "values.csv"
    path.write_text(text)
    imported = import_(path, as_=aspect, unit=unit)
    fitted = imported.service if aspect == "service" else imported.up
    assert fitted is not None
    assert fitted.values.tolist() == pytest.approx(values)


def test_arrival_times_may_count_from_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "times.csv"
    path.write_text("t\n" + "".join(f"{100 * index}\n" for index in range(50)))
    imported = import_(path, as_="arrivals", unit="ms")
    assert imported.arrivals is not None
    assert imported.arrivals.profile.mean_per_s == pytest.approx(10)


def test_json_lines_with_named_keys(tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl"
    path.write_text("".join(json.dumps({"at": {"t": AT_S + i}, "ms": 5}) + "\n" for i in range(3)))
    imported = import_(path, columns=["time=at.t", "service=ms"], unit="ms")
    assert imported.service is not None
    assert (imported.rows, imported.service.mean) == (3, 0.005)
    with pytest.raises(ImportProblem, match=r"--column ROLE=KEY .* \(keys: at, ms\)"):
        import_(path)


@pytest.mark.parametrize(
    ("text", "words", "message"),
    [
        (
            "a;b\n1;2\n",
            {"columns": ["service=ms"]},
            r'table:1: no column "ms"; .* a, b \(separated by a semicolon\)',
        ),
        ("a,a\n1,2\n", {"columns": ["service=a"]}, 'table:1: the column "a" comes twice'),
        ("a,b\n1,2\n", {"columns": ["service=a"]}, 'table:2: "1" has no unit; say --unit ms'),
        ("a;b\n1,5;2\n", {"columns": ["service=a"], "unit": "ms"}, 'table:2: "1,5" has a decimal comma'),
        ("a,b\n1,2\n", {}, "say what the columns hold"),
        ("a\nx\n", {"as_": "service", "unit": "ms"}, "no durations found"),
    ],
)
def test_tables_that_do_not_say_enough(
    text: str, words: dict[str, str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("table").write_text(text)
    with pytest.raises(ImportProblem, match=message):
        import_("table", **words)  # type: ignore[arg-type]


def test_trace_exported_imported_and_run_again_has_the_same_rate(tmp_path: Path) -> None:
    """Round trip: the rate within sampling error, from Parquet and from CSV alike."""
    scenario = wt.load("mm4", ["duration=4000min", "warmup=0", "fleet.agents=2"])
    first = wt.run(scenario, trace_agents=(0, 1), out=tmp_path / "run")
    trace = tmp_path / "run" / "trace.parquet"
    pd.read_parquet(trace).to_csv(tmp_path / "trace.csv", index=False)
    whole, text = import_(trace), import_(tmp_path / "trace.csv")
    assert whole.rows == text.rows > 2000
    again = wt.run(wt.load(whole.write(tmp_path / "again")))
    rates = [float(result.summary["request_rate_per_s"] or 0) for result in (first, again)]
    assert rates[1] == pytest.approx(rates[0], rel=3 * (2 / whole.rows) ** 0.5)
    assert (
        len({imported.write(tmp_path / "x").read_text().partition("\n\n")[2] for imported in (whole, text)})
        == 1
    )


def test_trace_row_that_is_not_whole_numbers_is_named(tmp_path: Path) -> None:
    """A trace that a spreadsheet has rewritten: one request has lost its time."""
    scenario = wt.load("mm4", ["duration=400min", "warmup=0", "fleet.agents=2"])
    wt.run(scenario, engine="reference", trace_agents=(0, 1), out=tmp_path / "run")
    whole = pd.read_parquet(tmp_path / "run" / "trace.parquet")
    whole.to_csv(tmp_path / "trace.csv", index=False)
    lines = (tmp_path / "trace.csv").read_text().splitlines()
    number = next(at for at, line in enumerate(lines) if at and int(line.split(",")[6]) == Message.REQUEST)
    lines[number] = f"2.5E+10,{lines[number].partition(',')[2]}"
    (tmp_path / "cut.csv").write_text("\n".join(lines) + "\n")
    before, after = import_(tmp_path / "trace.csv"), import_(tmp_path / "cut.csv")
    assert after.rows == before.rows - 1
    assert [(reason.reason, reason.lines) for reason in after.dropped] == [
        ("not whole numbers", (number + 1,))
    ]
