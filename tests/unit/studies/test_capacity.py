import pytest

from tests.unit.studies.cases import QUEUE, STORM, resolved
from wavetank.studies.capacity import findings, has_events
from wavetank.studies.finding import Finding

ONCE = "retry={stateless={attempts=1}, commands={attempts=1}}"
POLL = "commands={channel='long-poll', hold='60s', server_hold='50s'}"


def said(text: str, *sets: str) -> list[Finding]:
    return list(findings(resolved(text, *sets)))


def about(key: str, text: str, *sets: str) -> list[tuple[str, str]]:
    return [(finding.level, finding.text) for finding in said(text, *sets) if finding.key == key]


def test_offered_load_of_a_queue() -> None:
    assert about("server", QUEUE) == [
        (
            "fact",
            "Offered load 0.2 erlangs (events 0.2) on 1 core: utilisation 20.0 % in the mean, "
            "20.0 % at the peak.",
        )
    ]
    assert about("fleet", QUEUE) == [("fact", "Requests when all goes well: 20/s stateless.")]


def test_logins_needed_and_possible() -> None:
    first, again = about("auth", STORM)
    assert first == (
        "fact",
        "0.5/s logins are needed (20 agents, each 40 s), 166.7/s are possible at most (12 ms of CPU each): "
        "0.3 %.",
    )
    assert again == ("fact", "A login of all agents takes 120 ms at best, with nothing else to do.")


def test_free_logins() -> None:
    ((level, text),) = about("auth", QUEUE, "auth={scheme='server-token', ttl='40s'}")
    assert (level, text.endswith("they cost nothing.")) == ("fact", True)


@pytest.mark.parametrize(
    ("text", "sets", "key", "level", "words"),
    [
        (QUEUE, ("fleet.agents=150",), "server", "problem", "1 core cannot do 1.5 erlangs; take 2"),
        (QUEUE, ("fleet.agents=85", "retry.stateless.timeout=9s"), "server", "warning", "little room"),
        (
            QUEUE,
            ("fleet.agents=60", "fleet.class.desk.stateless.profile=[['0s', 1.0], ['20s', 2.0]]"),
            "server",
            "warning",
            "Overloaded at the peak (1.2 erlangs)",
        ),
        (
            QUEUE,
            ("fleet.class.desk.stateless={process='closed', think='100ms'}",),
            "server",
            "warning",
            "cores set the pace",
        ),
        (QUEUE, ("server.service={}",), "server.service", "warning", "never busy"),
        (STORM, ("server.service.login=5s",), "auth.ttl", "problem", "faster than they can be renewed"),
        (STORM, ("server.service.login=900ms",), "retry.login.timeout", "warning", "give up after 5 s"),
        (
            QUEUE,
            ("server.cores=4", "server.workers=2"),
            "server.workers",
            "warning",
            "2 workers cannot use 4",
        ),
        (
            QUEUE,
            (POLL, "server.blocking=true", "server.workers=20"),
            "server.blocking",
            "problem",
            "none is left",
        ),
        (
            QUEUE,
            (POLL, "server.blocking=true", "server.workers=30"),
            "server.blocking",
            "warning",
            "10 are left",
        ),
        (
            QUEUE,
            (POLL, "server.limits.connections=19"),
            "server.limits.connections",
            "problem",
            "need 20 of the 19",
        ),
        (
            QUEUE,
            (POLL, ONCE, "server.limits.in_flight=21"),
            "server.limits.in_flight",
            "warning",
            "little is left",
        ),
        (
            STORM,
            (POLL, "server.nodes=2", "server.limits.connections=15"),
            "server.limits.connections",
            "warning",
            "while a node is away",
        ),
        (
            QUEUE,
            (
                ONCE,
                "server.limits.request_rate={rate='15/s'}",
            ),
            "server.limits.request_rate",
            "problem",
            "20/s",
        ),
        (
            STORM,
            ("server.limits.login_rate={rate='15/min'}",),
            "server.limits.login_rate",
            "problem",
            "0.25/s",
        ),
        (
            QUEUE,
            ("server.limits.connect_rate={rate='5/s'}",),
            "server.limits.connect_rate",
            "problem",
            "5/s allowed",
        ),
        (
            QUEUE,
            ("store={parallelism=1, size=2, latency='200ms'}",),
            "store",
            "problem",
            "10/s events at most",
        ),
        (QUEUE, ("store={parallelism=1, size=5, latency='200ms'}",), "store", "fact", "25/s events at most"),
    ],
)
def test_finds(text: str, sets: tuple[str, ...], key: str, level: str, words: str) -> None:
    findings = about(key, text, *sets)
    assert any(severity == level and words in sentence for severity, sentence in findings), findings


def test_enough_of_everything_is_no_finding() -> None:
    sets = (
        POLL,
        ONCE,
        "server.limits={connections=100, in_flight=100, request_rate={rate='99/s'}}",
        "server.blocking=false",
    )
    assert {finding.level for finding in said(QUEUE, *sets)} == {"fact"}


def test_a_busy_queue_where_nothing_can_fail_has_no_storm_to_fear() -> None:
    assert [level for level, _ in about("server", QUEUE, "fleet.agents=85")] == ["fact"]


def test_has_events() -> None:
    assert has_events(resolved())
    assert not has_events(resolved(QUEUE, "fleet.class.desk.stateless.rate=0/s"))


LOST = "fault=[{kind='node-loss', at='5s', node=0, lasts='5s'}]"


def test_nodes_that_are_left_must_carry_the_load() -> None:
    """150 agents offer 1.5 erlangs: two nodes carry them, one does not."""
    sets = ("fleet.agents=150", "server.nodes=2", LOST)
    ((level, text),) = about("server.nodes", QUEUE, *sets)
    assert (level, "While a node is away, 1.5 erlangs meet 1 core:" in text) == ("warning", True)
    assert "server.nodes = 3 carries" in text
    assert about("server.nodes", QUEUE, *sets, "server.nodes=3") == []
    assert about("server.nodes", QUEUE, *sets, "fault=[]") == []
    assert about("server.nodes", QUEUE, *sets, "fleet.agents=99") == []


@pytest.mark.parametrize(("agents", "in_flight", "warned"), [(20, 1, True), (64, 1, False), (20, 4, False)])
def test_cores_that_the_agents_cannot_use(agents: int, in_flight: int, warned: bool) -> None:
    sets = (f"fleet.agents={agents}", "server.cores=64", f"batching.stateless.max_in_flight={in_flight}")
    findings_of_it = about("server.cores", QUEUE, *sets)
    assert bool(findings_of_it) == warned
    if warned:
        assert "at most 20 requests in flight" in findings_of_it[0][1]


def test_costs_of_what_is_never_asked_are_not_called_free() -> None:
    sets = ("server.service.stateless=0", "server.service.login=6ms")
    ((_, text),) = about("server.service", QUEUE, *sets)
    assert text.startswith("Nothing that is asked for costs anything")
    ((_, text),) = about("server.service", QUEUE, "server.service.stateless=0")
    assert text.startswith("No operation costs anything")
