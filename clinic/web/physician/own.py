"""Whose pages these are: the signed-in physician's record, and today's date where that physician works."""

from datetime import date

from sqlalchemy.orm import Session

from clinic.kernel.errors import NotFound
from clinic.kernel.localtime import in_zone
from clinic.people import queries as people
from clinic.people.models import Physician
from clinic.web.frame.requests import actor, now, runtime


class NoPhysicianRecord(NotFound):
    """The account may sign in as a physician but no physician is tied to it yet."""

    code = "no_physician_record"


def own_record(session: Session) -> Physician:
    """Return the signed-in physician's record, or raise NoPhysicianRecord."""
    found = people.physician_of_staff(session, actor().id)
    if found is None:
        raise NoPhysicianRecord("Your account is not tied to a physician yet. Ask an administrator to do that.")
    return found


def me() -> Physician:
    """Return the signed-in physician's record in a transaction of its own."""
    with runtime().begin(by=actor()) as session:
        return own_record(session)


def today_of(physician: Physician) -> date:
    """Return today's date where the physician works."""
    return in_zone(now(), physician.zone).date()
