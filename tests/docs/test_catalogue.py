"""The catalogue: every entry loads, runs and adds up, and every number in it says where it comes from."""

import re
import time
import tomllib
from collections.abc import Iterator

import pytest

from tests.verify.experiment import RUN
from wavetank.engines.reference import run
from wavetank.policy.codes import Activity
from wavetank.results.accounting import imbalances
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.tally import Tally
from wavetank.scenario import Entry, Scenario, list_entries, load, loads, show
from wavetank.scenario.resolved import Resolved
from wavetank.studies.replications import run as simulate
from wavetank.units import DAY, SECOND

SCENARIOS = list_entries("scenarios")
FLEETS = list_entries("fleets")
SERVERS = list_entries("servers")
ENTRIES = [*SCENARIOS, *FLEETS, *SERVERS]
A_THIRD = ("fleet.agents=3333", "server.nodes=1")
QUANTITY = re.compile(r"\d")


def name_of(entry: Entry) -> str:
    return f"{entry.kind}/{entry.name}"


def leaves(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, object]]:
    """Every value with its key path as --set takes it: classes by name, faults by number."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, item.get("name", str(index))))
    else:
        yield ".".join(path), value


def is_numeric(value: object) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int | float | list) or (
        isinstance(value, str) and QUANTITY.match(value) is not None
    )


def numbers(text: str) -> set[str]:
    document = tomllib.loads(text)
    for key in ("sources", "name", "description"):
        document.pop(key, None)
    return {path for path, value in leaves(document) if is_numeric(value)}


def test_numbers_are_found_wherever_they_stand() -> None:
    text = """
    name = "5 agents"
    duration = "10min"
    fault = [{ kind = "key-rotation", at = "2min" }]
    [[fleet.class]]
    name = "a"
    stateless = { rate = "2/s", size = { law = "exponential", mean = "1kB" }, profile = [[0, 1.0]] }
    [server]
    cores = 4
    blocking = false
    limits.connections = { value = 5, answer = "503" }
    """
    assert numbers(text) == {
        "duration", "fault.0.at", "fleet.class.a.stateless.rate", "fleet.class.a.stateless.size.mean",
        "fleet.class.a.stateless.profile", "server.cores", "server.limits.connections.value",
        "server.limits.connections.answer",
    }  # fmt: skip


@pytest.mark.parametrize("entry", ENTRIES, ids=name_of)
def test_every_number_has_its_source_and_every_source_its_number(entry: Entry) -> None:
    details = show(entry.name)
    assert set(details.sources) == numbers(details.text)


@pytest.mark.parametrize("entry", ENTRIES, ids=name_of)
def test_a_source_is_understood_where_it_stands_alone(entry: Entry) -> None:
    """In a report it is beside its number, without the file's other comments: no abbreviation like "S6"."""
    abbreviated = re.compile(r"(?:^|\()(?:[A-Z]\d?|PR)(?=[ :)])|(?<!/wazuh )PR #")
    assert [text for text in show(entry.name).sources.values() if abbreviated.search(text)] == []


@pytest.mark.parametrize("entry", ENTRIES, ids=name_of)
def test_an_entry_says_what_it_is(entry: Entry) -> None:
    assert len(show(entry.name).description.split()) > 5


def test_the_promised_entries_are_there() -> None:
    assert {entry.name for entry in ENTRIES} >= {
        "wazuh-60", "wazuh-50-mac", "wazuh-50-jwt", "quickstart", "restart-storm", "token-expiry-wave",
        "cold-start", "batching-tradeoff", "mm4", "model-m", "enterprise", "python-comms-api", "cpp-remoted",
    }  # fmt: skip


def small(scenario: Scenario) -> Scenario:
    """At most 50 agents, for at most 30 s (or a hundredth of what lasts days), its faults early."""
    duration_ns = scenario.spec.duration
    short_ns = duration_ns // 100 if duration_ns > DAY else min(duration_ns, 30 * SECOND)
    sets = [f"fleet.agents={min(50, scenario.spec.fleet.agents)}", f"duration={short_ns}ns", "warmup=0s"]
    return scenario.but(*sets, *(f"fault.{index}.at=10s" for index in range(len(scenario.spec.fault))))


def settled(resolved: Resolved) -> Tally:
    tally = run(resolved)
    assert not list(imbalances(tally))
    assert sum(tally.ok) > 0
    return tally


@pytest.mark.parametrize("entry", SCENARIOS, ids=name_of)
def test_a_scenario_runs_and_adds_up(entry: Entry) -> None:
    settled(small(load(entry.name)).resolve())


@pytest.mark.parametrize("entry", FLEETS, ids=name_of)
def test_a_fleet_runs_by_itself(entry: Entry) -> None:
    settled(loads(f'duration = "30s"\n[fleet]\nagents = 20\nmix = "{entry.name}"').resolve())


@pytest.mark.parametrize("entry", SERVERS, ids=name_of)
def test_a_card_costs_something(entry: Entry) -> None:
    text = (
        'duration = "30s"\nfleet = { agents = 20, mix = "enterprise" }\n'
        f'connection.tls = {{ version = "1.3" }}\nserver.card = "{entry.name}"'
    )
    assert sum(map(sum, settled(loads(text).resolve()).busy_ns)) > 0


def test_quickstart_is_five_lines_and_done_in_five_seconds() -> None:
    assert len(show("quickstart").text.splitlines()) == 5
    resolved = load("quickstart").resolve()
    assert resolved.duration_ns == 60 * SECOND
    before_s = time.process_time()
    settled(resolved)
    assert time.process_time() - before_s < 5


def test_model_m_is_scaled_to_70_percent() -> None:
    spec = load("model-m").spec
    request, login = spec.server.service.stateless, spec.server.service.login
    assert request is not None
    assert login is not None
    load_cores = spec.fleet.agents * (request.mean / (10 * SECOND) + login.mean / (900 * SECOND))
    assert load_cores / spec.server.cores == pytest.approx(0.7, abs=0.0005)
    assert request.mean / login.mean == pytest.approx(2.1 / 1.5, rel=0.001)


def test_the_python_card_adds_up_to_what_was_measured() -> None:
    """2 cores / 26 logins per s, and 2 cores / 823 posts of one event per s."""
    server = load("wazuh-60").spec.server
    cost_ns = {name: law["mean"] for name, law in server.service.model_dump().items() if law}
    parsed = server.sign["RS256"].parsed
    assert parsed is not None
    login_ns = cost_ns["parse"] + cost_ns["login"] + parsed.mean
    post_ns = cost_ns["parse"] + cost_ns["auth"] + cost_ns["stateless"] + cost_ns["per_event"]
    assert login_ns == pytest.approx(2 * SECOND / 26, rel=0.0001)
    assert post_ns == pytest.approx(2 * SECOND / 823, rel=0.0001)


def utilisation(resolved: Resolved) -> float:
    busy_ns = sum(node[activity] for node in RUN(resolved).busy_ns for activity in Activity)
    cores = resolved.server.nodes * resolved.server.cores
    return busy_ns / cores / (resolved.duration_ns - resolved.warmup_ns)


def test_without_its_fault_the_storm_is_a_calm_day() -> None:
    """60 to 70 % utilisation, at a third of its size: as many agents per core."""
    storm = load("restart-storm")
    assert storm.spec.fleet.agents / storm.spec.server.nodes == pytest.approx(3333, abs=1)
    calm = storm.but(*A_THIRD, "fault=[]", "duration=75s", "warmup=15s")
    assert 0.60 <= utilisation(calm.resolve()) <= 0.70


@pytest.mark.long
@pytest.mark.parametrize(
    ("sets", "outcome", "least_s", "most_s"),
    [
        ((), Outcome.BACK, 600, 1600),
        (("connection.strategy=keep-alive",), Outcome.METASTABLE, 0, 0),
        (("retry.*.backoff={law='full-jitter', base='1s', cap='60s'}",), Outcome.METASTABLE, 0, 0),
        (("auth.key=cached",), Outcome.BACK, 60, 240),
        (("retry.*.backoff={law='full-jitter', base='2min', cap='5min'}",), Outcome.BACK, 400, 700),
        (("fault=[{kind='node-restart', at='2min', node=0, down='30s'}]",), Outcome.BACK, 10, 100),
        (("fault=[{kind='key-rotation', at='2min'}]",), Outcome.BACK, 200, 450),
    ],
    ids=["storm", "keep-alive", "little-jitter", "cached-key", "jitter", "restart", "rotation"],
)
def test_who_survives_the_storm(
    sets: tuple[str, ...], outcome: Outcome, least_s: float, most_s: float
) -> None:
    """At a third of its size, with one node."""
    result = simulate(load("restart-storm", sets=(*A_THIRD, *sets)))
    assert result.outcome is outcome
    if outcome is Outcome.BACK:
        assert least_s <= float(result.summary["recovery_s"] or 0) <= most_s
