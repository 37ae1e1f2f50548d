import pytest

from tests.unit.studies.cases import STORM, resolved
from wavetank.scenario import load
from wavetank.studies.checking import check
from wavetank.studies.echoes import findings

COLD = ("fleet.agents=1000", "fleet.start=cold", "auth.renew=before-expiry", "auth.margin=1s", "fault=[]")
JITTER = "auth.jitter=30s"


def texts(*sets: str) -> list[str]:
    return [finding.text for finding in findings(resolved(STORM, *sets))]


def test_a_cold_start_is_set_against_the_capacity_for_logins() -> None:
    """A login takes 10 ms and its handshake 2 ms: two cores do 166.7 a second, 1,000 take 6 s."""
    (text,) = texts(*COLD)
    assert "fleet.start = cold makes 1,000 agents log in at once" in text
    assert "The servers can do 166.7/s, so this first wave takes at least 6 s" in text
    assert "log in together again every 39 s: echoes" in text
    assert "What spreads them: auth.jitter" in text


@pytest.mark.parametrize("kind", ["cold-start", "key-rotation"])
def test_faults_that_void_all_tokens_do_the_same(kind: str) -> None:
    (text,) = texts(*COLD, "fleet.start=steady", f"fault=[{{kind='{kind}', at='20s'}}]")
    assert text.startswith(f"Fault {kind} makes 1,000 agents log in at once")


def test_too_little_jitter_is_named() -> None:
    (text,) = texts(*COLD, "server.service.login=30ms", "auth.jitter=5s")
    assert "with a jitter of only 5 s" in text


@pytest.mark.parametrize(
    "sets",
    [
        ("fleet.start=steady",),
        ("fleet.start=ramp", "fleet.ramp=30s"),
        ("fleet.agents=100",),
        (JITTER, "server.cores=8"),
        ("auth.scheme=none",),
    ],
)
def test_nothing_to_warn_of(sets: tuple[str, ...]) -> None:
    assert texts(*COLD, *sets) == []


def test_jitter_counts_only_where_tokens_are_renewed_before_they_expire() -> None:
    assert texts(*COLD, "server.cores=8", "auth.renew=on-expiry", JITTER)


def test_check_says_so_of_the_storm_of_the_catalogue() -> None:
    (finding,) = [entry for entry in check(load("restart-storm")) if entry.key == "auth.jitter"]
    assert finding.level == "warning"
    assert "at least 2 min 10 s" in finding.text


def test_ramp_faster_than_the_logins_is_a_wave_of_its_own() -> None:
    """1,000 agents within 4 s are 250 a second, and 166.7 are possible."""
    (text,) = texts(*COLD, "fleet.start=ramp", "fleet.ramp=4s")
    assert text.startswith("fleet.ramp makes 1,000 agents log in within 4 s, 250/s.")


def test_jitter_that_is_named_suffices() -> None:
    able = (*COLD, "server.cores=8")
    (text,) = texts(*able)
    needed = text.partition('auth.jitter = "')[2].partition('"')[0]
    assert texts(*able, f"auth.jitter={needed}") == []
    less = f"{int(needed.removesuffix('s')) - 1}s"
    assert len(texts(*able, f"auth.jitter={less}")) == 1


def test_no_jitter_suffices_where_nothing_is_spare() -> None:
    (text,) = texts(*COLD)
    assert "more capacity for logins" in text
