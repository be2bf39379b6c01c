"""Password hashing with argon2id, a few at a time (OWASP Password Storage: 46 MiB, one pass, one lane)."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore
from typing import Protocol

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from clinic.access.errors import Busy
from clinic.access.rules.passwords import normal
from clinic.runtime import SigningIn

AT_ONCE = 2
"""More hashes at once would let anybody fill the memory of a small machine from the sign-in page."""

_PATIENCE = 0.25
_RETRY_AFTER = 2


class Hasher(Protocol):
    """What sign-in needs of a password hash; each method but `is_stale` costs one hash."""

    def hash(self, password: str) -> str:
        """Return the hash to store."""
        ...

    def matches(self, stored: str, password: str) -> bool:
        """Tell whether the password is the one that was stored."""
        ...

    def pretend(self, password: str) -> None:
        """Spend the time of `matches` for an account that does not exist."""
        ...

    def is_stale(self, stored: str) -> bool:
        """Tell whether the hash was made with other parameters than today's."""
        ...


class Argon2Hasher:
    """argon2id with given parameters; raises Busy when too many are under way."""

    def __init__(self, *, memory_kib: int, time_cost: int, patience: float = _PATIENCE) -> None:
        """Take memory in KiB, passes, and how many seconds to wait for a turn."""
        self._argon2 = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1)
        self._seats = BoundedSemaphore(AT_ONCE)
        self._patience = patience
        self._nobody = self._argon2.hash("the password of nobody")

    def hash(self, password: str) -> str:
        """Return the hash to store."""
        with self.seat():
            return self._argon2.hash(normal(password))

    def matches(self, stored: str, password: str) -> bool:
        """Tell whether the password is the one that was stored."""
        with self.seat():
            try:
                return self._argon2.verify(stored, normal(password))
            except (VerificationError, InvalidHashError):
                return False

    def pretend(self, password: str) -> None:
        """Spend the time of `matches` for an account that does not exist."""
        self.matches(self._nobody, password)

    def is_stale(self, stored: str) -> bool:
        """Tell whether the hash was made with other parameters than today's."""
        return self._argon2.check_needs_rehash(stored)

    @contextmanager
    def seat(self) -> Iterator[None]:
        """Hold one of the turns, or raise Busy when none becomes free in time."""
        if not self._seats.acquire(timeout=self._patience):
            raise Busy(_RETRY_AFTER)
        try:
            yield
        finally:
            self._seats.release()


@cache
def _hasher(memory_kib: int, time_cost: int) -> Argon2Hasher:
    return Argon2Hasher(memory_kib=memory_kib, time_cost=time_cost)


def hasher_of(signing_in: SigningIn) -> Hasher:
    """Return this process's hasher for the given settings; one for each, so that the limit counts them all."""
    return _hasher(signing_in.memory_kib, signing_in.time_cost)
