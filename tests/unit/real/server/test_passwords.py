import asyncio
import threading
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest

from wavetank.real.server import passwords
from wavetank.real.server.passwords import (
    NO_KEY,
    RANDOM_KEY_LENGTH,
    Verifier,
    hash_key,
    hash_password,
    matches,
)
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
        asked = [asyncio.ensure_future(verifier.check("$argon2id$", str(n), str(n))) for n in range(12)]
        await asyncio.sleep(0.2)
        with pytest.raises(Refused) as refused:
            await verifier.check("$argon2id$", "x", "y")
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
        return await verifier.check(stored, secret, "")

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
    assert not asyncio.run(verifier.check(None, "x", ""))
    assert len(calls) == 1


SHORT, LONG = "a word", "k" * RANDOM_KEY_LENGTH


@pytest.mark.parametrize("key", ["another word", "j" * RANDOM_KEY_LENGTH])
def test_wrong_keys_cost_the_same_whoever_it_is(
    key: str, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An agent with a short key, one with a long key, and nobody: the same is worked out, as often."""
    known = (None, hash_key(SHORT), hash_key(LONG))
    done: list[tuple[str, int]] = []
    for name in ("_fast", "_ARGON2"):
        monkeypatch.setattr(passwords, name, noting(getattr(passwords, name), name, done))
    costs = []
    for stored in known:
        done.clear()
        assert not asyncio.run(verifier.check_key(stored, key, "here"))
        costs.append(list(done))
    assert costs[0] == costs[1] == costs[2]
    assert [name for name, _ in costs[0]] == [("_ARGON2" if len(key) < RANDOM_KEY_LENGTH else "_fast")]


def noting(real: Any, name: str, done: list[tuple[str, int]]) -> Any:
    """The function called, and the length of the key that it is given."""

    def called(*said: str) -> object:
        done.append((name, len(said[-1])))
        return real(*said) if name == "_fast" else False

    if name == "_fast":
        return called
    return mock.Mock(verify=called)


@pytest.mark.parametrize("key", [SHORT, LONG])
def test_right_key_is_right(key: str, verifier: Verifier) -> None:
    assert asyncio.run(verifier.check_key(hash_key(key), key, "here"))
    assert not asyncio.run(verifier.check_key(hash_key(SHORT if key == LONG else LONG), key, "here"))


def test_one_address_leaves_half_to_others(verifier: Verifier, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of four and eight it gets two and four."""
    under_way: list[str] = []
    go = threading.Event()

    def slow(stored: str, secret: str) -> bool:
        under_way.append(secret)
        go.wait(30)
        return False

    monkeypatch.setattr(passwords, "matches", slow)

    async def ask() -> None:
        loud = [asyncio.ensure_future(verifier.check(None, "loud", "a")) for _ in range(7)]
        await asyncio.sleep(0.1)
        assert under_way == ["loud"] * 2
        assert isinstance(loud[6].exception(), Refused)
        others = [asyncio.ensure_future(verifier.check(None, "other", "b")) for _ in range(2)]
        await asyncio.sleep(0.1)
        assert under_way == ["loud", "loud", "other", "other"]
        go.set()
        assert await asyncio.gather(*loud[:6], *others) == [False] * 8

    asyncio.run(ask())
