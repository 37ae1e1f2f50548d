"""Passwords and agent keys: how they are kept, and how they are checked without drowning the server.

A password is kept as argon2id. An agent's key of 32 characters or more is taken to be random: nobody
can guess it, and a salted SHA-256 is as safe as argon2 and ten thousand times as fast, which is what a
fleet that logs in all at once needs. A shorter key may be a word, and is kept like a password.
"""

import asyncio
import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar
from weakref import WeakValueDictionary

from argon2 import PasswordHasher
from argon2.exceptions import HashingError, InvalidHashError, VerificationError
from argon2.low_level import error_to_str

from wavetank.real.transports.server.messages import Refused

T = TypeVar("T")
RANDOM_KEY_LENGTH = 32
_FAST = "sha256"
# The first choice of the OWASP password storage guide: 46 MiB, one pass, one lane.
_ARGON2 = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)
_REMEMBERED = 10_000
# argon2's own code (ARGON2_MEMORY_ALLOCATION_ERROR in argon2.h); its Python binding names it by text alone.
_NO_MEMORY = error_to_str(-22)


def _fast(salt: str, secret: str) -> str:
    digest = hashlib.sha256(f"{salt}${secret}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"{_FAST}${salt}${digest}"


def hash_password(password: str) -> str:
    """What is stored of a password. Raises MemoryError."""
    try:
        return _ARGON2.hash(password)
    except HashingError as error:
        raise MemoryError(str(error)) from None


def hash_key(key: str) -> str:
    """What is stored of an agent's key."""
    return _fast(secrets.token_hex(16), key) if len(key) >= RANDOM_KEY_LENGTH else hash_password(key)


def matches(stored: str, secret: str) -> bool:
    """Whether `secret` is what was stored. Raises MemoryError when there is too little to tell."""
    if stored.startswith(_FAST):
        _, salt, _ = stored.split("$")
        return hmac.compare_digest(_fast(salt, secret), stored)
    try:
        return _ARGON2.verify(stored, secret)
    except (VerificationError, InvalidHashError) as error:
        if str(error) == _NO_MEMORY:
            raise MemoryError(_NO_MEMORY) from None
        return False


# What an agent that is not registered has: checked as fast as the key of one that is, and never right.
NO_KEY = hash_key(secrets.token_hex(RANDOM_KEY_LENGTH))


class Turns:
    """One lock for each key, as long as somebody holds it or waits for it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    def of(self, key: Hashable) -> asyncio.Lock:
        """The lock of a key."""
        return self._locks.setdefault(key, asyncio.Lock())


class Verifier:
    """Checks secrets, at most `at_once` at one time and `waiting` more behind them.

    What argon2 has found right is remembered as a keyed hash, in memory alone, until `forget`: a fleet
    can be registered without paying for the same password a thousand times.
    """

    def __init__(self, at_once: int, waiting: int) -> None:
        self._pool = ThreadPoolExecutor(at_once, "verify")
        self._most = at_once + waiting
        self._under_way = 0
        self._pepper = secrets.token_bytes(32)
        self._known: OrderedDict[bytes, None] = OrderedDict()
        self._nobody = hash_password(secrets.token_hex(16))

    async def check(self, stored: str | None, secret: str) -> bool:
        """Whether `secret` is what was stored; nobody (None) takes as long. Raises Refused(503)."""
        if stored is not None and stored.startswith(_FAST):
            return matches(stored, secret)
        said = f"{stored}\0{secret}".encode("utf-8", "surrogatepass")
        mark = hmac.digest(self._pepper, said, "sha256")
        if mark in self._known:
            return True
        if not await self._run(partial(matches, stored or self._nobody, secret)):
            return False
        if stored is None:
            return False
        self._known[mark] = None
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return True

    async def hash_password(self, password: str) -> str:
        """What is stored of a password, worked out beside the event loop. Raises Refused."""
        return await self._run(partial(hash_password, password))

    async def hash_key(self, key: str) -> str:
        """What is stored of an agent's key. Raises Refused."""
        return (
            hash_key(key) if len(key) >= RANDOM_KEY_LENGTH else await self._run(partial(hash_password, key))
        )

    async def _run(self, work: Callable[[], T]) -> T:
        if self._under_way >= self._most:
            raise Refused(503, "too many logins at once", "verifications", (("Retry-After", "1"),))
        self._under_way += 1
        try:
            return await self._submitted(work)
        except MemoryError:
            raise Refused(503, "too little memory to verify", "memory", (("Retry-After", "5"),)) from None
        finally:
            self._under_way -= 1

    def _submitted(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        try:
            return asyncio.get_running_loop().run_in_executor(self._pool, work)
        except RuntimeError as error:  # no room for the stack of another thread
            raise MemoryError(str(error)) from None

    def forget(self) -> None:
        """A password was changed."""
        self._known.clear()

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(cancel_futures=True)
