import pytest

from wavetank.policy.codes import AgeFrom
from wavetank.policy.flush import due_ns
from wavetank.policy.rate_map import NEVER

COUNTED = (AgeFrom.FLUSH, AgeFrom.RESUME)


@pytest.mark.parametrize("age_from", AgeFrom)
def test_without_an_event_nothing_is_due(age_from: AgeFrom) -> None:
    assert due_ns(10, age_from, NEVER, 0, NEVER) == NEVER


@pytest.mark.parametrize("age_from", AgeFrom)
def test_without_an_age_only_a_full_batch_goes(age_from: AgeFrom) -> None:
    assert due_ns(0, age_from, 5, 0, NEVER) == NEVER
    assert due_ns(0, age_from, 5, 0, 8) == 8


def test_age_of_the_first_event() -> None:
    assert due_ns(10, AgeFrom.FIRST_EVENT, 5, 3, NEVER) == 15


@pytest.mark.parametrize("age_from", COUNTED)
@pytest.mark.parametrize(
    ("first_ns", "due"), [(3, 13), (13, 13), (14, 23), (23, 23), (24, 33), (1_003, 1_003), (1_004, 1_013)]
)
def test_flush_that_finds_nothing_is_skipped(age_from: AgeFrom, first_ns: int, due: int) -> None:
    """The batch goes at the first whole multiple of the age that finds an event, even one just created."""
    assert due_ns(10, age_from, first_ns, 3, NEVER) == due


@pytest.mark.parametrize("age_from", AgeFrom)
def test_whatever_comes_first(age_from: AgeFrom) -> None:
    assert due_ns(10, age_from, 3, 3, 12) == 12
    assert due_ns(10, age_from, 3, 3, 14) == 13
