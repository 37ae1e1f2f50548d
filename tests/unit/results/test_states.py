from wavetank.results.states import CONNECTED, OFFLINE, RETRYING, WAITING


def test_worse_states_have_greater_numbers() -> None:
    """A bin that is seen in two states keeps the maximum."""
    assert CONNECTED < WAITING < RETRYING < OFFLINE
