"""Where an entry and an offer stand, and how that reads for staff."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class EntryState(StrEnum):
    """Whether somebody still waits, and else how the waiting ended."""

    WAITING = "waiting"
    BOOKED = "booked"
    LEFT = "left"
    OVER = "over"


class OfferState(StrEnum):
    """Where an offer stands; `unheard` ran out before its text had left."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    UNHEARD = "unheard"
    WITHDRAWN = "withdrawn"


class Channel(StrEnum):
    """How an offer reaches the patient; who may not be texted is called."""

    TEXT = "text"
    CALL = "call"


class Happening(StrEnum):
    """What happened to an entry, as its history names it."""

    JOINED = "joined"
    CHANGED = "changed"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    UNHEARD = "unheard"
    WITHDRAWN = "withdrawn"
    LEFT = "left"
    OVER = "over"
    MERGED = "merged"


HAPPENING_WORDS: Mapping[Happening, str] = MappingProxyType(
    {
        Happening.JOINED: "Put on the list",
        Happening.CHANGED: "Wishes changed",
        Happening.OFFERED: "Time offered",
        Happening.ACCEPTED: "Offer taken",
        Happening.DECLINED: "Offer declined",
        Happening.EXPIRED: "Offer not answered in time",
        Happening.UNHEARD: "Offer ran out before its text left",
        Happening.WITHDRAWN: "Offer taken back",
        Happening.LEFT: "Taken off the list",
        Happening.OVER: "Waiting ended",
        Happening.MERGED: "Moved here from another record",
    }
)

ENDED_OFFER: Mapping[OfferState, Happening] = MappingProxyType(
    {
        OfferState.ACCEPTED: Happening.ACCEPTED,
        OfferState.DECLINED: Happening.DECLINED,
        OfferState.EXPIRED: Happening.EXPIRED,
        OfferState.UNHEARD: Happening.UNHEARD,
        OfferState.WITHDRAWN: Happening.WITHDRAWN,
    }
)

ASKED = frozenset({OfferState.DECLINED, OfferState.EXPIRED})
"""Ends of an offer after which nobody is asked about the same time again."""
