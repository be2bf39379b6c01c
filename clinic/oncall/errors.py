"""Refusals about being on call."""

from clinic.kernel.errors import Conflict, Forbidden, Invalid, NotFound


class NoSuchPage(NotFound):
    """There is no page of that id."""

    code = "no_such_page"


class NoSuchShift(NotFound):
    """There is no shift of that id, or it was taken off the rota."""

    code = "no_such_shift"


class ShiftRefused(Invalid):
    """A shift cannot stand on the rota as it was entered."""

    code = "shift_refused"


class ShiftClash(Conflict):
    """Somebody holds this place of the rota then already."""

    code = "shift_clash"


class PhoneOfPatient(Conflict):
    """A patient uses the number, so that pages and the patient's texts would meet on one phone."""

    code = "phone_of_patient"


class NotYours(Forbidden):
    """Somebody may enter only the own phone, and only an administrator changes the rota."""

    code = "not_yours"


class NothingWritten(Invalid):
    """What was done is not said, or not about whom."""

    code = "nothing_written"
