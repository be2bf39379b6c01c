"""Whether somebody may write a text to a number, and what else there is if not."""

from datetime import datetime
from enum import StrEnum


class Refusal(StrEnum):
    """Why a number gets no text."""

    OPTED_OUT = "opted_out"
    NO_CONSENT = "no_consent"
    LANDLINE = "landline"
    STRANGER = "stranger"


WAYS_OUT = {
    Refusal.OPTED_OUT: "This number asked for no texts, so none can be sent. Call, e-mail or write a secure message.",
    Refusal.NO_CONSENT: "They have not agreed to texts, so none can be sent. Call and ask, or write a secure message.",
    Refusal.LANDLINE: "This number cannot get texts; it may be a landline. Call it and ask for a mobile number.",
    Refusal.STRANGER: "Nobody has this number yet, so it gets no texts of ours. Say whose it is, or call it.",
}


def refusal_of(
    *, consented_at: datetime | None, opted_out_at: datetime | None, is_landline: bool, has_patient: bool
) -> Refusal | None:
    """Return why a person may not write a text to a number, or None."""
    if opted_out_at is not None:
        return Refusal.OPTED_OUT
    if not has_patient:
        return Refusal.STRANGER
    if is_landline:
        return Refusal.LANDLINE
    return Refusal.NO_CONSENT if consented_at is None else None
