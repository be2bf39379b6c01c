"""Finding one version among all that the product ever shipped of a text or an e-mail."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from clinic.messaging.errors import UnknownTemplate


class Versioned(Protocol):
    """What has a key, and a version that rises with each change of its words."""

    @property
    def key(self) -> str:
        """Return its name."""

    @property
    def version(self) -> int:
        """Return which one it is, from 1."""


AnyVersion = TypeVar("AnyVersion", bound=Versioned)


def newest_of(shipped: Iterable[AnyVersion], key: str) -> AnyVersion:
    """Return the newest version of a key, or raise UnknownTemplate."""
    found = [one for one in shipped if one.key == key]
    if not found:
        raise UnknownTemplate(key)
    return max(found, key=lambda one: one.version)


def version_in(shipped: Iterable[AnyVersion], key: str, version: int) -> AnyVersion:
    """Return a version of a key, or raise UnknownTemplate."""
    for one in shipped:
        if (one.key, one.version) == (key, version):
            return one
    raise UnknownTemplate(f"{key} version {version}")
