import os

import pytest

from wavetank.validation.calibration.placing import apart, is_ahead, pin


def test_threads_are_pinned_and_set_free() -> None:
    before = os.sched_getaffinity(0)
    pin(os.getpid(), {min(before)})
    assert os.sched_getaffinity(0) == {min(before)}
    pin(os.getpid(), before)
    assert os.sched_getaffinity(0) == before


def test_everything_is_given_back_also_after_a_mistake() -> None:
    before = os.sched_getaffinity(0)
    with pytest.raises(ValueError, match="mistake on 1 core"), apart(os.getpid(), True):
        raise ValueError(f"mistake on {len(os.sched_getaffinity(0))} core")
    assert os.sched_getaffinity(0) == before
    assert not is_ahead(os.getpid())


def test_a_server_out_of_reach_changes_nothing() -> None:
    before = os.sched_getaffinity(0)
    with apart(0, True):
        assert os.sched_getaffinity(0) == before
    assert not is_ahead(2**22 + 1)
