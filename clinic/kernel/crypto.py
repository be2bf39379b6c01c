"""Key ring, authenticated field encryption and keyed codes."""

import base64
import binascii
import hashlib
import hmac
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = b"\x01"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_KEY_ID_LENGTH = 8


class UnreadableSecret(Exception):
    """A stored value does not decrypt: wrong key, wrong place or changed bytes."""


class BadKeyRing(Exception):
    """The key ring setting is malformed; the message never contains key material."""


@dataclass(frozen=True, slots=True, repr=False)
class KeyRing:
    """Named 256-bit keys; the first one writes, all of them read."""

    keys: tuple[tuple[str, bytes], ...]

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """Read `id:base64,id:base64`; ids are 1-8 letters or digits, keys are 32 bytes."""
        pairs = [part.strip().partition(":") for part in text.split(",") if part.strip()]
        ring = tuple((name, _key_bytes(name, encoded)) for name, _, encoded in pairs)
        if not ring:
            raise BadKeyRing("needs at least one key written as id:base64")
        if len({name for name, _ in ring}) != len(ring) or len({key for _, key in ring}) != len(ring):
            raise BadKeyRing("has the same id or the same key twice")
        return cls(ring)

    @property
    def writing(self) -> tuple[str, bytes]:
        """Return id and bytes of the key that writes."""
        return self.keys[0]

    def reading(self, name: str) -> bytes:
        """Return the key of that id, or raise UnreadableSecret."""
        for known, key in self.keys:
            if known == name:
                return key
        raise UnreadableSecret(f"no key with id {name!r} in the ring")


def _key_bytes(name: str, encoded: str) -> bytes:
    if not (1 <= len(name) <= _KEY_ID_LENGTH and name.isalnum()):
        raise BadKeyRing("has a key id that is not 1-8 letters or digits")
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise BadKeyRing(f"key {name} is not base64") from error
    if len(key) != _KEY_BYTES:
        raise BadKeyRing(f"key {name} is not 32 bytes long")
    return key


def seal(ring: KeyRing, plain: str, *, place: str) -> bytes:
    """Encrypt text with AES-256-GCM, bound to `place` (table|column|row id).

    The blob is version 1 byte, key id length 1 byte, key id, nonce 12 bytes, ciphertext and tag.
    """
    name, key = ring.writing
    nonce = os.urandom(_NONCE_BYTES)
    body = AESGCM(key).encrypt(nonce, plain.encode(), place.encode())
    return _VERSION + bytes([len(name)]) + name.encode() + nonce + body


def unseal(ring: KeyRing, blob: bytes, *, place: str) -> str:
    """Decrypt what `seal` wrote for the same place, or raise UnreadableSecret."""
    if blob[:1] != _VERSION:
        raise UnreadableSecret("unknown format version")
    start = 2 + blob[1]
    key = ring.reading(blob[2:start].decode())
    try:
        plain = AESGCM(key).decrypt(blob[start : start + _NONCE_BYTES], blob[start + _NONCE_BYTES :], place.encode())
    except InvalidTag as error:
        raise UnreadableSecret(f"value at {place.rsplit('|', 1)[0]} does not decrypt") from error
    return plain.decode()


def keyed_code(key: bytes, *parts: str, size: int = 16) -> bytes:
    """Return the first `size` bytes of HMAC-SHA256 over the parts, joined so that they cannot run together."""
    message = b"\x1f".join(part.encode() for part in parts)
    return hmac.new(key, message, hashlib.sha256).digest()[:size]


def url_text(code: bytes) -> str:
    """Return bytes as URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(code).rstrip(b"=").decode()
