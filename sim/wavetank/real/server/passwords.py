"""Passwords and agent keys: how they are kept, and how they are checked without drowning the server.

A password is kept as argon2id. An agent's key of 32 characters or more is taken to be random: nobody
can guess it, and a salted SHA-256 is as safe as argon2 and ten thousand times as fast, which is what a
fleet that logs in all at once needs. A shorter key may be a word, and is kept like a password.
"""

import asyncio
import hashlib
import hmac
import secrets
from collections import Counter, OrderedDict
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
"""A key this long cannot be guessed (as 128 random bits in hexadecimal), so a fast hash is enough."""

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
    """Return the hash of a password, which is stored. Raises MemoryError."""
    try:
        return _ARGON2.hash(password)
    except HashingError as error:
        raise MemoryError(str(error)) from None


def hash_key(key: str) -> str:
    """Return the hash of an agent's key, which is stored."""
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


# What nobody has: checked as fast as a long key, and never right.
NO_KEY = hash_key(secrets.token_hex(RANDOM_KEY_LENGTH))


class Turns:
    """So many turns at a time for each key, as long as somebody has one or waits for it."""

    def __init__(self, at_once: int = 1) -> None:
        self._at_once = at_once
        self._taken: WeakValueDictionary[Hashable, asyncio.Semaphore] = WeakValueDictionary()

    def of(self, key: Hashable) -> asyncio.Semaphore:
        """Return the semaphore of a key, which lets only so many through at a time."""
        return self._taken.setdefault(key, asyncio.Semaphore(self._at_once))


class Verifier:
    """Checks secrets, at most `at_once` at one time and `waiting` more behind them.

    Half of both is the most that one address has: whoever invents names and keys leaves the rest to others.
    What argon2 has found right is remembered as a keyed hash, in memory alone, until `forget`: a fleet
    can be registered without paying for the same password a thousand times.
    """

    def __init__(self, at_once: int, waiting: int) -> None:
        self._pool = ThreadPoolExecutor(at_once, "verify")
        self._most = at_once + waiting
        self._under_way: Counter[str] = Counter()
        self._turns = Turns(max(1, at_once // 2))
        self._pepper = secrets.token_bytes(32)
        self._known: OrderedDict[bytes, None] = OrderedDict()
        self._nobody = hash_password(secrets.token_hex(16))

    async def check_key(self, stored: str | None, key: str, source: str) -> bool:
        """Whether `key` is the one that was stored of an agent, None where there is no such agent.

        What is done depends on the length of `key` alone, so that the time tells nobody which agents there
        are, nor whose keys are short. `source` is the address that asks. Raises Refused(503).
        """
        fast = len(key) >= RANDOM_KEY_LENGTH
        alike = stored is not None and stored.startswith(_FAST) == fast
        if not fast:
            return await self.check(stored if alike else None, key, source)
        return matches(stored if stored is not None and alike else NO_KEY, key) and alike

    async def check(self, stored: str | None, secret: str, source: str) -> bool:
        """Whether `secret` is what was stored; nobody (None) takes as long. Raises Refused(503)."""
        said = f"{stored}\0{secret}".encode("utf-8", "surrogatepass")
        mark = hmac.digest(self._pepper, said, "sha256")
        if mark in self._known:
            return True
        if not await self._run(partial(matches, stored or self._nobody, secret), source):
            return False
        if stored is None:
            return False
        self._known[mark] = None
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return True

    async def hash_password(self, password: str) -> str:
        """Hash a password in a thread, not in the event loop. Raises Refused."""
        return await self._run(partial(hash_password, password), "")

    async def hash_key(self, key: str) -> str:
        """Hash an agent's key. Raises Refused."""
        return hash_key(key) if len(key) >= RANDOM_KEY_LENGTH else await self.hash_password(key)

    async def _run(self, work: Callable[[], T], source: str) -> T:
        """Do it in a thread. `source` is the address that asks for it, "" where an operator does."""
        crowded = source and self._under_way[source] >= self._most // 2
        if crowded or self._under_way.total() >= self._most:
            raise Refused(503, "too many logins at once", "verifications", (("Retry-After", "1"),))
        self._under_way[source] += 1
        try:
            if not source:
                return await self._submitted(work)
            async with self._turns.of(source):
                return await self._submitted(work)
        except MemoryError:
            raise Refused(503, "too little memory to verify", "memory", (("Retry-After", "5"),)) from None
        finally:
            self._under_way[source] -= 1
            if not self._under_way[source]:
                del self._under_way[source]

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
