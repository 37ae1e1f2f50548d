import asyncio
import threading
from collections.abc import Iterator

import pytest

from wavetank.real.server import passwords
from wavetank.real.server.passwords import NO_KEY, Verifier, hash_key, hash_password, matches
from wavetank.real.transports.server.messages import Refused


@pytest.fixture
def verifier() -> Iterator[Verifier]:
    made = Verifier(4, 8)
    yield made
    made.close()


@pytest.mark.parametrize("secret", ["word", "a key of thirty-two characters..", "\ud800" * 40, ""])
def test_what_is_stored_says_nothing_and_matches_only_its_secret(secret: str) -> None:
    stored = hash_key(secret) if secret else hash_password(secret)
    assert not secret or secret not in stored
    assert matches(stored, secret)
    assert not matches(stored, secret + "x")
    assert not matches(stored, "") or not secret


def test_long_keys_are_hashed_fast_and_short_ones_slowly() -> None:
    assert hash_key("k" * 32).startswith("sha256$")
    assert hash_key("k" * 31).startswith("$argon2id$")


def test_same_secret_is_stored_differently_each_time() -> None:
    assert hash_key("k" * 32) != hash_key("k" * 32)


def test_nobody_has_no_key() -> None:
    assert not matches(NO_KEY, "")
    assert not matches("broken", "x")


def test_at_most_so_many_at_once(verifier: Verifier, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve ask together: four are verified at a time, and the thirteenth is sent away."""
    at_once, most, lock, go = 0, 0, threading.Lock(), threading.Event()

    def slow(stored: str, secret: str) -> bool:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        go.wait(30)
        with lock:
            at_once -= 1
        return False

    monkeypatch.setattr(passwords, "matches", slow)

    async def ask() -> None:
        asked = [asyncio.ensure_future(verifier.check("$argon2id$", str(n))) for n in range(12)]
        await asyncio.sleep(0.2)
        with pytest.raises(Refused) as refused:
            await verifier.check("$argon2id$", "x")
        assert refused.value.status == 503
        go.set()
        assert await asyncio.gather(*asked) == [False] * 12

    asyncio.run(ask())
    assert most == 4


def test_what_was_right_is_remembered_until_it_is_forgotten(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored, calls, real = hash_password("right"), [], passwords.matches

    def counted(*said: str) -> bool:
        calls.append(said)
        return real(*said)

    monkeypatch.setattr(passwords, "matches", counted)

    async def ask(secret: str) -> bool:
        return await verifier.check(stored, secret)

    assert [asyncio.run(ask("right")) for _ in range(3)] == [True] * 3
    assert len(calls) == 1
    assert not asyncio.run(ask("wrong"))
    assert not asyncio.run(ask("wrong"))
    assert len(calls) == 3, "what was wrong is not remembered"
    verifier.forget()
    assert asyncio.run(ask("right"))
    assert len(calls) == 4


def test_nobody_takes_as_long_as_somebody(verifier: Verifier, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []

    def yes(*said: str) -> bool:
        calls.append(said)
        return True

    monkeypatch.setattr(passwords, "matches", yes)
    assert not asyncio.run(verifier.check(None, "x"))
    assert len(calls) == 1
