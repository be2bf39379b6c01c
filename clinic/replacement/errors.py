"""Refusals of re-placement, each with a sentence that says what to do next."""

from clinic.kernel.errors import Conflict, Forbidden, Invalid, NotFound


class UnknownReplacement(NotFound):
    """There is no such list of visits, or not for the one who asks."""

    code = "unknown_replacement"


class ReplacementNotAllowed(Forbidden):
    """Somebody else decides about these visits."""

    code = "replacement_not_allowed"


class AbsenceRefused(Invalid):
    """The stretch in which a physician is out makes no sense."""

    code = "absence_refused"


class AbsenceListed(Conflict):
    """The physician is on an open list for a part of this time already."""

    code = "absence_listed"


class ReplacementOver(Conflict):
    """The list was closed, so nothing on it is changed any more."""

    code = "replacement_over"


class NothingToPlace(Conflict):
    """No row was named that could be placed now."""

    code = "nothing_to_place"


class PlaceLost(Conflict):
    """The proposed place broke a rule when it was about to be taken."""

    code = "place_lost"
