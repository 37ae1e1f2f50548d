from wavetank.real.loops import give_back
from wavetank.real.server.memory import Memory


def test_it_is_given_back_once_when_half_of_many_have_gone() -> None:
    memory = Memory()
    seen = [memory.worth(connections, connections) for connections in (100, 5_000, 2_501, 2_500, 2_400, 0)]
    assert seen == [False, False, False, True, False, True]
    assert not memory.worth(0, 499), "few have gone"
    assert memory.worth(0, 500), "many came and went between two looks"


def test_giving_back_does_no_harm() -> None:
    give_back()
    give_back()
