from tests.unit.engines.live.cases import few
from wavetank.engines.live.wave import Wave
from wavetank.results.states import CONNECTED, OFFLINE, RETRYING, WAITING

S = 1_000_000_000


def wave(agents: int = 12) -> Wave:
    """A thousand bins over four seconds: four milliseconds each."""
    picture = Wave(few(f"fleet.agents={agents}").resolve())
    picture.origin_ns = 100 * S
    return picture


def test_a_bin_shows_its_worst_state() -> None:
    picture = wave()
    picture.look(3, 101 * S, RETRYING)
    picture.look(3, 101 * S + 1_000_000, WAITING)
    picture.look(3, 102 * S, CONNECTED)
    line = picture.rows({})[3]
    assert (len(line), set(line[:250]), line[250]) == (1000, {CONNECTED}, RETRYING)
    assert (set(line[251:501]), set(line[501:])) == ({WAITING}, {CONNECTED})


def test_a_state_lasts_until_the_end_and_begins_with_the_run() -> None:
    picture = wave()
    picture.look(0, 0, OFFLINE)
    assert set(picture.rows({})[0]) == {OFFLINE}
    picture.look(0, 999 * S, CONNECTED)
    assert picture.rows({})[0][-1] == OFFLINE


def test_rows_are_sorted_by_the_expiry_of_the_token() -> None:
    picture = wave(2)
    picture.look(0, 100 * S, RETRYING)
    assert [row[0] for row in picture.rows({0: 5, 1: 3})] == [CONNECTED, RETRYING]


def test_of_many_agents_some_are_shown() -> None:
    picture = wave(4_000)
    picture.look(1, 100 * S, OFFLINE)
    picture.look(2, 100 * S, OFFLINE)
    rows = picture.rows({})
    assert (len(rows), sum(OFFLINE in row for row in rows)) == (2_000, 1)
