"""Each bad input: one ScenarioError that says where, what is wrong, and what would be right."""

import os
import re
from pathlib import Path

import pytest

from wavetank.errors import ScenarioError
from wavetank.scenario import load, loads
from wavetank.scenario.available_memory import check_memory
from wavetank.scenario.tree import parse_tree

CLASS = '[[fleet.class]]\nname = "a"\n'
STREAM = CLASS + 'stateless = { rate = "1/s" }\n'
TOKEN = '[auth]\nscheme = "server-token"\n'

# what is marked by @ is where the error must point to
CASES = {
    # syntax
    "no value": ("duration = @\n", "Invalid value", "stand in quotes"),
    "no quotes": ("duration = 10@min\n", "not valid TOML", "KEY = VALUE"),
    "unclosed": ('name = "x@\n', "not valid TOML", "KEY = VALUE"),
    "twice": ("seed = 1\nseed = 2@\n", "Cannot overwrite a value", "keep one of the two"),
    "end": ("[fleet@", "not valid TOML", "KEY = VALUE"),
    "nul": ("seed = 1@\x00\n", "not valid TOML", "KEY = VALUE"),
    # unknown keys and words
    "unknown key": ("[fleet]\n@agnets = 5\n", "unknown key fleet.agnets", "did you mean agents?"),
    "unknown table": ("[@netwrok.office]\n", "unknown key netwrok", "did you mean network?"),
    "unknown far": ("@zzz = 1\n", "unknown key zzz", "known here: name,"),
    "unknown in a class": (STREAM + "@shade = 1\n", "unknown key fleet.class.0.shade", "did you mean share?"),
    "unknown inline": (
        CLASS + 'stateless = { @rat = "1/s" }\n',
        "unknown key fleet.class.0.stateless.rat",
        "did you mean rate?",
    ),
    "not modelled": (
        "[network.o]\n@slow_start = true\n", "unknown key network.o.slow_start", "known here: delay,"
    ),
    "unknown word": ('[auth]\nscheme = @"server-tokn"\n', "not known", 'did you mean "server-token"?'),
    "unknown word far": ('[fleet]\nstart = @"zzz"\n', "not known", "write one of (steady, cold, ramp)"),
    "unknown law": (
        '[server]\nservice.login = { law = @"expontial", mean = "2ms" }\n',
        "not known",
        'did you mean "exponential"?',
    ),
    "unknown metric": ('[slo]\n@retries = 5\n', "slo.retries: not a metric", "did you mean retries_total?"),
    "unknown window": (
        '[slo.@durng]\nevent_latency_p99 = "3s"\n', "slo.durng: neither a window nor", "did you mean during?"
    ),
    "unknown metric in a window": (
        '[slo.during]\n@event_latncy_p99 = "3s"\n', "not a metric", "did you mean event_latency_p99?"
    ),
    "metric without windows": (
        "[slo.during]\n@events_dropped = 3\n", "slo.during.events_dropped: only event_latency and",
        "bound it in [slo]",
    ),
    "window without faults": (
        '[slo.@during]\nevent_latency_p99 = "3s"\n', "slo.during: there is no fault", "bound it in [slo]"
    ),
    "bound for a window": ('[slo]\nduring = @"3s"\n', "a window needs bounds", "during.event_latency_p99"),
    "unknown label": (
        '[slo]\n@"event_latency_p99.server" = "3s"\n',
        "has no such label",
        "known: stateless, stateful",
    ),
    # wrong types
    "text for a number": ('[fleet]\nagents = @"many"\n', "not a whole number", "from 1 to 100_000_000"),
    "true for a number": ("[fleet]\nagents = @true\n", "true is not a whole number", "from 1 to"),
    "float for a number": ("[fleet]\nagents = @10.0\n", "10.0 is not a whole number", "from 1 to"),
    "number for a flag": ("[server]\nblocking = @1\n", "neither true nor false", "without quotes"),
    "text for a flag": ('[server]\nblocking = @"true"\n', "neither true nor false", "without quotes"),
    "number for text": ("name = @5\n", "5 is not a name", "in quotes"),
    "value for a table": ("fleet = @5\n", "5 is not a table", "write [fleet] or fleet = { agents = ... }"),
    "text for a nested table": ('retry.stateless = @"x"\n', "is not a table", "[retry.stateless]"),
    "table for an array": ("[@fault]\n", "a table is not an array of tables", "write [[fault]]"),
    "array for a table": ("[[@fleet]]\nagents = 5\n", "an array is not a table", "write [fleet]"),
    "number in an array of tables": ("fault = [@5]\n", "5 is not a table", "write [[fault]]"),
    "date": ("duration = @1979-05-27\n", "is not a duration", 'such as "10s"'),
    "table for a duration": ("duration = @{}\n", "a table is not a duration", 'such as "10s"'),
    "array for a law": ("[server]\nservice.login = @[]\n", "is no law", 'write "2ms" or { law ='),
    "network name": ('[network.@"a b"]\n', "is not a name", "letters, digits"),
    "class name": ('[[fleet.class]]\nname = @"a.b"\n', "is not a name", "letters, digits"),
    # quantities
    "unit missing": ("duration = @10\n", "10 has no unit", 'such as "10s", in quotes'),
    "unit missing in text": ('duration = @"10"\n', "has no unit", 'such as "15min"'),
    "unit unknown": ('duration = @"10 parsecs"\n', "unknown unit", "units: ns, us"),
    "unit ambiguous": ('duration = @"10m"\n', "unknown unit", "write ms or min"),
    "unit of a law": ("[server]\nservice.login = @5\n", "5 has no unit", 'write "2ms"'),
    "unit of a size": ("[batching.stateless]\nbytes = @100\n", "100 has no unit", 'such as "400B"'),
    "unit of a share": (CLASS + "share = @0.2\n", "0.2 has no unit", 'such as "20%"'),
    "unit of a rate": (CLASS + "stateless = { rate = @2 }\n", "2 has no unit", 'such as "2/s"'),
    "size for a duration": ('duration = @"10MB"\n', "unknown unit", "units: ns"),
    "nan": ("duration = @nan\n", "nan is not a finite number", 'such as "10s"'),
    "inf": ("[[fault]]\nkind = 'brown-out'\nat = '1s'\nlasts = '1s'\nfactor = @inf\n", "finite", "0.001 to"),
    "1e400": ("[[fault]]\nkind = 'brown-out'\nat = '1s'\nlasts = '1s'\nfactor = @1e400\n", "finite", "0.001"),
    "nan for a whole number": ("[fleet]\nagents = @nan\n", "nan is not a whole number", "from 1"),
    "negative duration": ('duration = @"-10s"\n', "none may be negative", 'such as "15min"'),
    "negative number": ("seed = @-1\n", "-1 is out of range", "from 0 to"),
    "26 digits": ("[fleet]\nagents = @" + "9" * 26 + "\n", "87 bits is out of range", "1 to 100_000_000"),
    "5000 digits": ("name = 'x'\nseed = @" + "9" * 5000 + "\n", "thousands of digits", "KEY = VALUE"),
    "5000 hex digits": ("seed = @0x" + "f" * 5000 + "\n", "20000 bits is out of range", "from 0 to"),
    "too long": ('duration = @"4000d"\n', "too much", 'the most is "3650d"'),
    "finer than ns": ('duration = @"0.1ns"\n', "not a whole number of nanoseconds", "round it"),
    "all lost": ('network.o.loss = @"100%"\n', "would let nothing arrive", "write less"),
    "share over 100": (CLASS + 'share = @"120%"\n', "more than the whole", 'to "100%"'),
    "true for a duration": ("duration = @true\n", "true is not a duration", 'such as "10s"'),
    "zero duration": ('duration = @"0s"\n', "is zero", "more than zero"),
    "zero timeout": ('[retry.login]\ntimeout = @"0s"\n', "is zero", "leave the key out for none"),
    "zero ttl": (TOKEN + 'ttl = @"0s"\n', "is zero", "more than zero"),
    "plain zero ttl": (TOKEN + "ttl = @0\n", "0 is zero", "more than zero"),
    "zero mean": (
        '[server]\nservice.login = { law = "exponential", mean = @"0ms" }\n', "is zero", "more than zero"
    ),
    "profile pair": (CLASS + 'stateless = { rate = "1/s", profile = [@5] }\n', "not a pair", "write pairs"),
    "profile order": (
        CLASS + 'stateless = { rate = "1/s", profile = [["9s", 1], [@"9s", 2]] }\n',
        "not later",
        "put them in order",
    ),
    "profile factor": (
        CLASS + 'stateless = { rate = "1/s", profile = [[0, @-1]] }\n',
        "out of range",
        "from 0 to 1000",
    ),
    # laws
    "law incomplete": (
        "[server]\nservice.login = @{ law = 'lognormal', mean = '2ms' }\n",
        "needs cv",
        "give mean, cv",
    ),
    "law with too much": (
        "[server]\nservice.login = { law = 'exponential', mean = '2ms', cv = @2 }\n",
        "the exponential law has no cv",
        "it takes mean",
    ),
    "hyperexponential": (
        "[server]\nservice.login = { law = 'hyperexponential', mean = '2ms', cv = @0.5 }\n",
        "too little",
        "at least 1",
    ),
    "uniform": (
        "[server]\nservice.login = { law = 'uniform', low = '2ms', high = @'1ms' }\n",
        "high is below low",
        "exchange them",
    ),
    "backoff without base": ("[retry.login]\nbackoff = @{ law = 'fixed' }\n", "needs base", "write base"),
    "cap below base": (
        "[retry.login]\nbackoff = { law = 'fixed', base = '9s', cap = @'1s' }\n",
        "cap is below base",
        "at least as long",
    ),
    "empirical file": (
        "[server]\nservice.login = { law = 'empirical', file = @'none.csv', column = 't' }\n",
        "cannot be read",
        "give a CSV file",
    ),
    # what does not fit together
    "warmup": ('duration = "10s"\nwarmup = @"10s"\n', "nothing is left", "before 10s"),
    "ramp": ('[fleet]\nstart = @"ramp"\n', "needs ramp", 'write ramp = "10min"'),
    "shares short": (
        CLASS + 'share = "20%"\n[[fleet.class]]\nname = "b"\nshare = @"70%"\n',
        "the shares add up to 90%",
        "make them 100%",
    ),
    "shares long": (
        CLASS + 'share = "50%"\n[[fleet.class]]\nname = "b"\nshare = @"70%"\n',
        "the shares add up to 120%",
        "make them 100%",
    ),
    "shares all": (
        CLASS + 'share = @"100%"\n[[fleet.class]]\nname = "b"\n',
        "the shares add up to 100%",
        "to the rest",
    ),
    "shares missing": (
        CLASS + '[[fleet.@class]]\nname = "b"\n',
        "share is missing here and in another class",
        'write share = "20%"',
    ),
    "share zero": (CLASS + 'share = @"0%"\n', "is zero", "leave the key out"),
    "same names": (CLASS + 'share = "1%"\n[[fleet.class]]\nname = @"a"\n', "two classes", "rename one"),
    "reserved name": ('[[fleet.class]]\nname = @"stateless"\n', "name of a stream", "take another"),
    "two classes without name": (
        '[[fleet.class]]\nshare = "1%"\n[[fleet.@class]]\n', "two classes", "rename one",
    ),
    "unknown network": (
        CLASS + 'network = @"ofice"\n[network.office]\n',
        "not a network",
        'did you mean "office"?',
    ),
    "network none": ("[network.@none]\n", "this name means no network", "take another"),
    "poisson without rate": (CLASS + "stateless = @{}\n", "needs rate", 'write rate = "2/s"'),
    "closed without think": (
        CLASS + 'stateless = @{ process = "closed" }\n',
        "needs think",
        'write think = "10s"',
    ),
    "closed with rate": (
        CLASS + 'stateless = { process = "closed", think = "1s", @rate = "1/s" }\n',
        "has no rate",
        "it takes think",
    ),
    "poisson with think": (
        CLASS + 'stateless = { rate = "1/s", @think = "1s" }\n',
        "has no think",
        "it takes rate",
    ),
    "poisson with phase": (
        CLASS + 'stateless = { rate = "1/s", @phase = "1s" }\n',
        "has no phase",
        "it takes rate",
    ),
    "token without ttl": ("[auth]\nscheme = @'server-token'\n", "needs ttl", 'write ttl = "15min"'),
    "margin": (
        TOKEN + 'ttl = "1min"\nrenew = "before-expiry"\nmargin = @"1min"\n',
        "renewing 1min before a token of 1min expires",
        "less than ttl",
    ),
    "jitter": (
        TOKEN + 'ttl = "1min"\nrenew = "before-expiry"\nmargin = "30s"\njitter = @"30s"\n',
        "renewing 1min before a token of 1min expires",
        "less than ttl",
    ),
    "algorithm": (
        TOKEN + "ttl = '1h'\nalgorithm = @'ES256'\n[server]\nsign.RS256.cached = '1ms'\n",
        "has no costs of ES256",
        "take one of RS256",
    ),
    "key": (
        TOKEN + "ttl = '1h'\nalgorithm = 'RS256'\nkey = @'parsed'\n[server]\nsign.RS256.cached = '1ms'\n",
        "server.sign.RS256 has no parsed",
        "add it",
    ),
    "fall": ("[balancer]\nfall = @2\n", "fall needs health_check", 'write health_check = "2s"'),
    "poll": ("[commands]\nchannel = @'poll'\n", "needs period", 'write period = "10s"'),
    "piggyback": ("[commands]\nchannel = @'piggyback'\n", "needs heartbeat.period", "write it"),
    "heartbeat": ("[@heartbeat]\nsize = '10B'\n", "needs period", 'write period = "10s"'),
    "sweep": ("[heartbeat]\nperiod = '1s'\noffline_sweep = @'1s'\n", "needs offline_after", "add it"),
    "store": ("[@store]\nwindow = '10ms'\n", "needs parallelism", "parallelism = 1"),
    "bytes without sizes": (
        STREAM + "[batching.stateless]\nbytes = @'1MB'\n",
        "events of class a have no size",
        "add age or size",
    ),
    "buffer below count": (
        STREAM + "[batching.stateless]\ncount = @10\nbuffer_events = 5\n",
        "none is ever sent",
        "add age",
    ),
    "closed and count": (
        CLASS + "stateless = { process = 'closed', think = '1s' }\n[batching.@stateless]\ncount = 10\n",
        "never fill a batch",
        "add age",
    ),
    "fault after the end": (
        "duration = '10s'\n[[fault]]\nkind = 'cold-start'\nat = @'10s'\n",
        "the run ends at 10s",
        "make it earlier",
    ),
    "fault on no node": (
        "[server]\nnodes = 2\n[[fault]]\nkind = 'node-restart'\nat = '1s'\nnode = @2\ndown = '1s'\n",
        "there is no node 2",
        "nodes are 0 to 1",
    ),
    "fault without node": (
        "[[fault]]\nkind = @'node-restart'\nat = '1s'\ndown = '1s'\n",
        "a node-restart needs node",
        "add it",
    ),
    "fault with too much": (
        "[[fault]]\nkind = 'key-rotation'\nat = '1s'\n@down = '1s'\n",
        "a key-rotation has no down",
        "it takes at",
    ),
    "fault without kind": ("[[@fault]]\nat = '1s'\n", "the key kind is missing", "add it"),
    "misspelt and so missing": ("[[fault]]\n@knd = 'x'\nat = '1s'\n", "fault.0.knd", "did you mean kind?"),
    "repeats at once": (
        STREAM + "[server.limits]\nin_flight = @5\n",
        "repeated in the same instant for ever",
        "give retry.stateless attempts or a backoff, or the network a delay",
    ),
    "repeats at once while down": (
        STREAM + "[[fault]]\nkind = @'node-restart'\nat = '1s'\nnode = 0\ndown = '1s'\n",
        "repeated in the same instant for ever",
        "give retry.stateless attempts or a backoff, or the network a delay",
    ),
    "slo type": ("[slo]\nevent_latency_p99 = @30\n", "30 is not a duration", 'such as "30s"'),
    "slo number": ("[slo]\nevents_dropped = @'0'\n", "is not a number", "such as 0"),
    # names
    "extends nothing": ("extends = @'no-such-scenario'\n", "not in the catalogue", "path"),
    "extends no file": ("extends = @'gone.toml'\n", "there is no file", "the path of a .toml file"),
    "extends a folder": ("extends = @'./'\n", "a directory", "the path of a .toml file"),
    "extends a long name": ("extends = @'" + "/x" * 3 + "y" * 190 + ".toml'\n", "there is no file", "a name"),
    "extends a number": ("extends = @5\n", "is not a scenario's name or path", "in quotes"),
    "no such card": ("[server]\ncard = @'no-such-card'\n", "not in the catalogue", "path"),
    "no such fleet": ("[fleet]\nmix = @'no-such-fleet'\n", "not in the catalogue", "path"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _empty_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAVETANK_MODELS", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", CASES)
def test_bad_input(name: str, tmp_path: Path) -> None:
    text, wrong, right = CASES[name]
    at = text.find("@")
    text = text.replace("@", "", 1)
    before = text[: max(at, 0)]
    line, column = before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1
    file = tmp_path / "bad.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(file).resolve()
    error = caught.value
    assert wrong in error.message
    assert right in error.message
    assert "\n" not in str(error)
    assert str(error).startswith(f"{file}:{line}:{column}: ")


def place(error: ScenarioError) -> tuple[str, int, int]:
    return Path(error.file).name, error.line, error.column


def refused(path: Path) -> ScenarioError:
    with pytest.raises(ScenarioError) as caught:
        load(path)
    assert ";" in caught.value.message
    return caught.value


def test_no_such_file(tmp_path: Path) -> None:
    error = refused(tmp_path / "gone.toml")
    assert "no such file" in error.message
    assert place(error) == ("gone.toml", 1, 1)


def test_directory(tmp_path: Path) -> None:
    assert "this is a directory" in refused(tmp_path).message


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret.toml"
    file.touch(mode=0o000)
    if os.access(file, os.R_OK):  # root may read everything

        def closed(self: Path, *_: object) -> None:
            raise PermissionError(13, "Permission denied", str(self))

        monkeypatch.setattr(Path, "open", closed)
    error = refused(file)
    assert "no permission" in error.message
    assert place(error) == ("secret.toml", 1, 1)


def test_too_large(tmp_path: Path) -> None:
    file = tmp_path / "large.toml"
    file.write_bytes(b"#" * 1_000_001)
    assert "larger than 1,000,000 bytes" in refused(file).message
    file.write_bytes(b"seed = 1\n" + b"#" * 999_991)
    assert load(file).spec.fleet.agents == 1000


def test_endless() -> None:
    assert "larger than" in refused(Path("/dev/zero")).message


@pytest.mark.parametrize("text", ["a = " + "[" * 3000 + "]" * 3000, "[" + "a." * 3000 + "a]\n"])
def test_nested(text: str) -> None:
    with pytest.raises(ScenarioError, match="nested more than 32 deep; ") as caught:
        loads(text)
    assert caught.value.line == 1
    assert caught.value.column > 32


def test_random_bytes(tmp_path: Path) -> None:
    file = tmp_path / "noise.toml"
    file.write_bytes(b"name = 'x'\n\xc3\xa4\xff\x00")
    error = refused(file)
    assert "the byte 0xff is not UTF-8" in error.message
    assert place(error) == ("noise.toml", 2, 2)


def test_unknown_scenario() -> None:
    with pytest.raises(ScenarioError, match='"quikstart" is not in the catalogue') as caught:
        load("quikstart")
    assert place(caught.value) == ("quikstart", 1, 1)


def test_catalogue_that_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="the catalogue is no readable folder; "):
        load("quickstart", models=tmp_path / "gone")


def test_circle(tmp_path: Path) -> None:
    for here, there in (("a", "b"), ("b", "c"), ("c", "b")):
        (tmp_path / f"{here}.toml").write_text(f'seed = 1\nextends = "{there}.toml"\n')
    error = refused(tmp_path / "a.toml")
    assert "extends goes in a circle (a -> b -> c -> b); take one out" in error.message
    assert place(error) == ("c.toml", 2, 11)


def test_itself(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('extends = "./a.toml"\n')
    assert "circle (a -> a)" in refused(tmp_path / "a.toml").message


def test_endless_chain(tmp_path: Path) -> None:
    for n in range(40):
        (tmp_path / f"{n}.toml").write_text(f'extends = "{n + 1}.toml"\n')
    assert "more than 16 scenarios" in refused(tmp_path / "0.toml").message


def test_fault_in_a_base_is_told_there(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text("seed = 1\n[fleet]\nagents = 1.5\n")
    (tmp_path / "top.toml").write_text('extends = "base.toml"\n')
    assert place(refused(tmp_path / "top.toml")) == ("base.toml", 3, 10)


def test_contradiction_is_told_where_it_was_made(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text('duration = "1min"\n[[fault]]\nkind = "cold-start"\nat = "30s"\n')
    (tmp_path / "top.toml").write_text('extends = "base.toml"\nduration = "20s"\n')
    assert place(refused(tmp_path / "top.toml")) == ("base.toml", 4, 6)


def test_memory() -> None:
    tree = parse_tree("[fleet]\nagents = 1_000_000\n", "big.toml")
    check_memory(1_000_000, 1, 60_000_000, tree)
    with pytest.raises(ScenarioError, match=re.escape("take at most 999_999")) as caught:
        check_memory(1_000_000, 1, 59_999_999, tree)
    assert place(caught.value) == ("big.toml", 2, 10)
    with pytest.raises(ScenarioError, match="10_000_000_000 workers of all nodes"):
        check_memory(1, 10_000_000_000, 8_000_000_000, tree)


def test_memory_is_checked_when_loading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wavetank.scenario.loading.available_bytes", lambda: 600)
    loads("[fleet]\nagents = 10\n")
    with pytest.raises(ScenarioError, match="GB"):
        loads("[fleet]\nagents = 11\n")


@pytest.mark.parametrize(
    "more",
    [
        "[retry.stateless]\nattempts = 1\n",
        "[retry.stateless]\nbackoff = { law = 'fixed', base = '1s' }\n",
        "[retry.stateless]\nbackoff = { jitter = '1s' }\n",
        "[server]\nservice.parse = '1ms'\n",
        "[server.limits]\nin_flight = { value = 5, retry_after = '1s' }\n",
        "[server.limits]\nin_flight = { value = 5, answer = 'silence' }\n",
    ],
)
def test_refusals_that_take_time_are_fine(more: str) -> None:
    limit = "" if "limits" in more else "[server.limits]\nin_flight = 5\n"
    assert loads(STREAM + limit + more).spec.server.limits.in_flight


def test_refusals_over_a_network_are_fine() -> None:
    text = STREAM + 'network = "o"\n[network.o]\ndelay = "1ms"\n[server.limits]\nin_flight = 5\n'
    assert loads(text).spec.server.limits.in_flight
