import pickle
from dataclasses import FrozenInstanceError

import pytest

from wavetank.studies.sweeping import Sweep


def test_it_is_frozen_and_pickles(storms: Sweep) -> None:
    assert pickle.loads(pickle.dumps(storms)) == storms
    with pytest.raises(FrozenInstanceError):
        storms.wanted = 1  # type: ignore[misc]
    assert repr(storms) == "<Sweep: storm over server.cores, fault.0.down, 4 designs, 6 runs each>"
    assert storms.is_whole


def test_a_part_is_not_the_whole(storms: Sweep) -> None:
    assert not Sweep("storm", storms.keys, storms.designs[:1], 6, 4).is_whole


def test_where_it_is_kept_makes_no_difference(storms: Sweep) -> None:
    assert Sweep(storms.scenario, storms.keys, storms.designs, 6, 4, "elsewhere") == storms
