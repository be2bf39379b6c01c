"""Refusals of the waiting list, each with a sentence for the person who asked."""

from clinic.kernel.errors import Conflict, Invalid, NotFound


class UnknownEntry(NotFound):
    """There is no such entry of the list, or not for the one who asks."""

    code = "unknown_waitlist_entry"


class WishRefused(Invalid):
    """What is waited for makes no sense as typed."""

    code = "waitlist_wish_refused"


class NotWaiting(Conflict):
    """The entry was ended, or cannot begin."""

    code = "not_waiting"


class SlotOfferOver(Conflict):
    """The offered time was taken, declined, taken back or ran out."""

    code = "slot_offer_over"


class OfferNotPossible(Conflict):
    """The time cannot be offered to this patient now."""

    code = "slot_offer_not_possible"
