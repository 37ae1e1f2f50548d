from wavetank.scenario.schema.server import Balancer, Server
from wavetank.scenario.schema.top import Spec
from wavetank.scenario.schema.walk import keys_of, table_at, walk


def test_keys_come_in_the_order_of_the_schema() -> None:
    assert keys_of(Balancer) == ("policy", "health_check", "fall", "rise", "phase")
    assert [key.path for key in walk(Balancer)] == [(name,) for name in keys_of(Balancer)]
    assert all(key.table is None and key.marker is not None for key in walk(Balancer))


def test_tables_come_before_their_keys() -> None:
    paths = [key.path for key in walk(Server)]
    assert paths.index(("limits",)) < paths.index(("limits", "connections"))
    assert len(set(paths)) == len(paths)


def test_a_path_leads_to_a_table_or_nowhere() -> None:
    limits = table_at(Server, ("limits",))
    assert limits is not None
    assert "connections" in keys_of(limits)
    assert table_at(Server, ("limits", "nothing")) is None
    assert table_at(Server, ("nodes",)) is None
    assert table_at(Spec, ()) is Spec
