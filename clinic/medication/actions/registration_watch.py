"""Asking for the renewal of a prescriber's registration before it ends, since nothing can be ordered after it."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.medication.models import PrescriberRegistration
from clinic.medication.queries.registrations import registrations_ending
from clinic.medication.rules.registering import RegistrationKind
from clinic.people.queries import physician
from clinic.people.rules import STATES
from clinic.worklist import actions as worklist
from clinic.worklist import queries as tasks
from clinic.worklist.rules import WorkKind

RENEWAL_TAKES = timedelta(days=30)
"""A registration that ends sooner wants its renewal on file."""


def watch_registrations(session: Session, *, now: datetime, by: Actor) -> None:
    """Open a task for each registration that ends within thirty days, once, and close those that were renewed."""
    due = {_key(row): row for row in registrations_ending(session, before=(now + RENEWAL_TAKES).date())}
    for key in tasks.open_keys(session, WorkKind.REGISTRATION_ENDING):
        if key not in due:
            worklist.close_for(session, dedupe_key=key, by=by, now=now)
    for key, row in due.items():
        if not tasks.was_opened(session, dedupe_key=key):
            _ask(session, key, row, now=now, by=by)


def _key(row: PrescriberRegistration) -> str:
    return f"registration_ending:{row.id}:{row.valid_until}"


def _of(row: PrescriberRegistration) -> str:
    """Name who registered a prescriber, and for which state."""
    state = STATES[row.state]
    return f"DEA ({state})" if row.kind == RegistrationKind.DEA else f"{state} CDS"


def _ask(session: Session, key: str, row: PrescriberRegistration, *, now: datetime, by: Actor) -> None:
    name = physician(session, row.physician_id).full_name
    worklist.open_item(
        session,
        kind=WorkKind.REGISTRATION_ENDING,
        dedupe_key=key,
        reason=f"{name}'s {_of(row)} registration ends on "
        f"{row.valid_until:%B %-d, %Y}. Nothing can be signed or sent under it after that day. "
        "Ask for the renewal and enter it.",
        subject_kind="physician",
        subject_id=row.physician_id,
        patient_id=None,
        now=now,
        by=by,
    )
