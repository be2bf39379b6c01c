"""The name of a visit's own video room, which nobody can guess and nothing has to store."""

from base64 import b32encode
from uuid import UUID

from clinic.kernel.crypto import KeyRing, keyed_code

_PURPOSE = "video-room"
_BYTES = 15


def room_name(appointment_id: UUID, *, ring: KeyRing) -> str:
    """Return 24 small letters and digits: the same for both sides, for as long as the ring's oldest key is kept.

    The oldest key, since a new one that writes must not send the two sides of a visit into different rooms.
    """
    _, oldest = ring.keys[-1]
    return b32encode(keyed_code(oldest, _PURPOSE, str(appointment_id), size=_BYTES)).decode().lower()


def room_address(template: str, appointment_id: UUID, *, ring: KeyRing) -> str | None:
    """Return the address of a visit's room, or None where the clinic has no template with `{room}` in it."""
    return template.replace("{room}", room_name(appointment_id, ring=ring)) if template else None
