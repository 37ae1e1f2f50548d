import pytest

from wavetank.protocol.registration import Registration, registration


@pytest.mark.parametrize(
    ("known", "revoked", "same_key", "outcome"),
    [
        (False, False, False, Registration.NEW),
        (False, False, True, Registration.NEW),
        (True, False, True, Registration.SAME),
        (True, False, False, Registration.CONFLICT),
        (True, True, True, Registration.CONFLICT),
        (True, True, False, Registration.CONFLICT),
    ],
)
def test_once_per_uuid(known: bool, revoked: bool, same_key: bool, outcome: Registration) -> None:
    assert registration(known, revoked, same_key) is outcome


def test_the_outcome_is_the_status() -> None:
    assert [int(member) for member in Registration] == [200, 201, 409]
