import uuid

import pytest

from wavetank.protocol.identity import Credentials, from_json, uuid7


@pytest.mark.parametrize("bits", [0, 2**74 - 1, 0x123456789ABCDEF])
def test_uuid_has_its_version_variant_and_time(bits: int) -> None:
    made = uuid.UUID(uuid7(1_763_900_000_123, bits))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == 1_763_900_000_123


def test_every_random_bit_counts() -> None:
    assert len({uuid7(0, 1 << bit) for bit in range(74)}) == 74


def test_credentials_survive_their_file() -> None:
    credentials = Credentials("u", "k", "n", "https://x:1", "PEM\n", True)
    assert from_json(credentials.to_json()) == credentials


@pytest.mark.parametrize("text", ["", "7", "[]", "{}", '{"uuid": 1}'])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # json's own, or ours
        from_json(text)
