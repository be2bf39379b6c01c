"""Encrypted text attributes: AES-GCM values bound to table, column and row."""

from typing import TYPE_CHECKING, Any, Self, overload

from clinic.kernel.crypto import KeyRing, seal, unseal

if TYPE_CHECKING:
    from clinic.kernel.db import Base

_ring: list[KeyRing] = []


class NoKeyRing(Exception):
    """An encrypted value was touched before the process was given its keys."""


def use_ring(ring: KeyRing) -> None:
    """Give this process its keys; called once by the composition root (and by tests)."""
    _ring[:] = [ring]


def current_ring() -> KeyRing:
    """Return the keys given to this process, or raise NoKeyRing."""
    if not _ring:
        raise NoKeyRing("call use_ring() first")
    return _ring[0]


def place_of(row: Any, column: str) -> str:  # noqa: ANN401 - any mapped row
    """Return the associated data that binds a sealed value to its row."""
    if row.id is None:
        raise ValueError("a sealed value needs its row's id first")
    return f"{row.__tablename__}|{column}|{row.id}"


class EncryptedText:
    """Attribute that reads and writes text through a `bytea` column.

    Use beside a mapped column: `address_sealed: Mapped[bytes | None]` and `address = EncryptedText("address_sealed")`.
    The row's `id` must be set before the attribute; a value moved to another row does not decrypt.
    """

    def __init__(self, column: str) -> None:
        """Name the mapped column that holds the sealed bytes."""
        self.column = column

    @overload
    def __get__(self, row: None, owner: type) -> Self: ...
    @overload
    def __get__(self, row: "Base", owner: type) -> str | None: ...
    def __get__(self, row: "Base | None", owner: type) -> Self | str | None:
        """Decrypt, or return the descriptor on the class."""
        if row is None:
            return self
        blob = getattr(row, self.column)
        return None if blob is None else unseal(current_ring(), blob, place=place_of(row, self.column))

    def __set__(self, row: "Base", value: str | None) -> None:
        """Encrypt with the writing key."""
        blob = None if value is None else seal(current_ring(), value, place=place_of(row, self.column))
        setattr(row, self.column, blob)
