"""Staff's phones for calls: one's own entered by oneself, anybody's by an administrator."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.access import queries as access
from clinic.kernel import journal
from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.phone import to_e164
from clinic.oncall.errors import NotYours, PhoneOfPatient
from clinic.oncall.models import OnCallContact
from clinic.people import actions as people
from clinic.people.queries import patients_with_phone


def save_phone(session: Session, *, staff_id: UUID, typed: str, by: Actor, now: datetime) -> None:
    """Keep the number on which a member of staff is called by text; blank takes it away.

    Raises NotYours, NotATextablePhone, and PhoneOfPatient at `phone`: pages and a patient's texts on one phone would be
    taken for each other, and a STOP would end both. Colleagues may share one phone that is handed on.
    """
    _require_own(staff_id, by)
    access.account(session, staff_id)
    phone_id = _phone(session, typed, now=now) if typed.strip() else None
    values = {"phone_id": phone_id, "updated_at": now, "updated_by": by.name}
    kept = insert(OnCallContact).values(staff_id=staff_id, version=1, created_at=now, **values)
    again = values | {"version": OnCallContact.version + 1}
    session.execute(kept.on_conflict_do_update(index_elements=["staff_id"], set_=again))
    action = "on_call_phone.saved" if phone_id else "on_call_phone.removed"
    journal.note(session, action, subject_kind="staff_account", subject_id=staff_id, at=now)


def _phone(session: Session, typed: str, *, now: datetime) -> UUID:
    phone = people.keep_phone(session, e164=to_e164(typed), now=now)
    if patients_with_phone(session, phone.id):
        raise PhoneOfPatient("A patient uses this number. Enter one that only staff use.", field="phone")
    return phone.id


def _require_own(staff_id: UUID, by: Actor) -> None:
    is_own = by.kind is ActorKind.STAFF and by.id == staff_id
    if not (is_own or by.has(Role.ADMIN) or by.kind is ActorKind.SYSTEM):
        raise NotYours("You can enter your own phone only. Ask an administrator about a colleague's.")
