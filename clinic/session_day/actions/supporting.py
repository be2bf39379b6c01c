"""Who is with the patient: named, asked by text, confirmed, there on the day; or not."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from clinic.access.actions import make_link, renew_link, revoke_links
from clinic.access.queries.links import live_link_of_resource
from clinic.intake.rules.answers import Own
from clinic.kernel import journal
from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.crypto import KeyRing
from clinic.kernel.ids import new_id
from clinic.kernel.localtime import in_zone
from clinic.messaging.actions import cancel_planned, plan_event
from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import WAITING, Recipient, RecipientKind, Subject
from clinic.messaging.rules.plans import EventTimes
from clinic.people.actions import keep_phone
from clinic.people.actions.consent import record_named_consent
from clinic.people.models import Patient, Phone
from clinic.people.queries import consent_of
from clinic.people.rules import is_texting_allowed
from clinic.policies.queries import numbers_of
from clinic.policies.rules import PolicyKey
from clinic.scheduling.actions.tasks import ask_for_support_person, support_person_key
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.states import CALLED_OFF, AppointmentState
from clinic.session_day.actions.calling import News, ask_to_call_person, has_news_waiting, settle_calls
from clinic.session_day.actions.locking import locked_session
from clinic.session_day.errors import NoSupportPerson, SupportRefused, WatchNotOpen
from clinic.session_day.models import SessionChecklist, SupportPerson
from clinic.session_day.queries.persons import count_named, named_numbers, support_person, support_person_of
from clinic.session_day.queries.standing import ATTESTED_WITHIN
from clinic.session_day.rules.persons import SAID_YES, Named, checked_person
from clinic.worklist import actions as worklist
from clinic.worklist.rules import Outcome

SUBJECT = "support_person"
PURPOSE = "support"
NAMED, MOVED, NOT_NEEDED = "support_person.named", "support_person.moved", "support_person.called_off"
_ROW = select(SupportPerson).where(SupportPerson.id == bindparam("of_person")).with_for_update()
_OUTLIVES = timedelta(hours=6)
_A_MONTH = timedelta(days=30)


def name_support_person(
    session: Session,
    *,
    appointment_id: UUID,
    named: Named,
    has_agreed: bool,
    by: Actor,
    now: datetime,
    ring: KeyRing,
) -> SupportPerson:
    """Write down who is there, and ask that person by text; another one takes the place of who was named before.

    `has_agreed` says that the person agreed to get texts about this visit, as the patient told us. A number that may
    not be texted becomes a task to call. The same name and number again change nothing. Patients name only so many, by
    policy. Raises SupportRefused and NotASession.
    """
    visit = locked_session(session, appointment_id)
    patient = session.get_one(Patient, visit.patient_id)
    checked_person(named, _own(session, patient))
    if not has_agreed:
        raise SupportRefused(
            "Ask your support person first whether we may text them, then tick the box.",
            field="has_agreed",
            reason="not_agreed",
        )
    phone = keep_phone(session, e164=named.e164, now=now)
    before = support_person_of(session, visit.id)
    if before is not None and (before.name, before.phone_id) == (named.name, phone.id) and before.state != "declined":
        before.relation, before.language = named.relation.value, named.language
        return before
    if by.kind is ActorKind.PATIENT:
        _require_few(session, visit, phone_id=phone.id, now=now)
    if before is not None:
        _replace(session, before, by=by, now=now)
    row = _new(session, visit, named, phone_id=phone.id, by=by, now=now)
    record_named_consent(session, phone_id=phone.id, patient_id=patient.id, by=by, now=now)
    _invite(session, visit, row, ring=ring, by=by, now=now)
    _note(session, row, "support_person.named", now=now)
    return row


def send_support_link(
    session: Session, *, appointment_id: UUID, by: Actor, now: datetime, ring: KeyRing
) -> SupportPerson:
    """Text the link to who is named once more; a locked one is replaced, which settles the task about it.

    Pressed twice within a minute sends one text. Raises NoSupportPerson and NotASession.
    """
    visit = locked_session(session, appointment_id)
    row = support_person_of(session, visit.id)
    if row is None:
        raise NoSupportPerson("Nobody is named for this visit yet. Name somebody first.")
    if live_link_of_resource(session, resource_kind=SUBJECT, resource_id=row.id, now=now) is None:
        renew_link(session, resource_kind=SUBJECT, resource_id=row.id, now=now, by=by, ring=ring)
    # A text that has not left yet is written with the link as it is then.
    mine = exists().where(
        Message.subject_kind == SUBJECT, Message.subject_id == row.id, Message.subject_version == visit.time_version
    )
    if not session.scalar(select(mine.where(Message.state.in_(WAITING)))):
        _invite(session, visit, row, ring=ring, by=by, now=now, again=f"{now:%Y-%m-%dT%H:%M}")
    _note(session, row, "support_person.asked_again", now=now)
    return row


def confirm_support(session: Session, *, person_id: UUID, by: Actor, now: datetime) -> SupportPerson:
    """Write down that somebody will be there; pressed twice is fine. Raises NoSupportPerson, NotASession."""
    visit, row = _locked(session, person_id)
    if row.state not in SAID_YES or row.time_version != visit.time_version:
        row.state, row.confirmed_at, row.declined_at = "confirmed", now, None
        row.time_version = visit.time_version
        row.touch(by=by, now=now)
        _close_tasks(session, visit, by=by, now=now)
        _note(session, row, "support_person.confirmed", now=now)
    return row


def decline_support(session: Session, *, person_id: UUID, by: Actor, now: datetime) -> SupportPerson:
    """Write down that somebody cannot be there, and ask for a call.

    Who watches over a session that goes on keeps the page: WatchNotOpen. Raises NoSupportPerson, NotASession.
    """
    visit, row = _locked(session, person_id)
    if row.state == "attested" and visit.state == AppointmentState.IN_PROGRESS:
        raise WatchNotOpen("The session goes on, and this person watches. Call the clinic; name somebody else first.")
    if row.state != "declined":
        row.state, row.declined_at = "declined", now
        row.touch(by=by, now=now)
        settle_calls(session, visit.id, outcome=Outcome.DONE, by=by, now=now)
        words = "The support person cannot come. Call the patient and help to find another one."
        ask_for_support_person(session, visit, reason=words, by=by, now=now)
        _note(session, row, "support_person.declined", now=now)
    return row


def attest(session: Session, *, person_id: UUID, by: Actor, now: datetime) -> SupportPerson:
    """Write down that somebody is there, adult, sober, stays and knows whom to call; only on the day.

    Raises WatchNotOpen earlier, NoSupportPerson and NotASession.
    """
    visit, row = _locked(session, person_id)
    if now < visit.starts_at - ATTESTED_WITHIN or _day(now, visit) != _day(visit.starts_at, visit):
        raise WatchNotOpen("This is for the day of the visit. Come back then, when you are there.")
    if row.state != "attested" or row.time_version != visit.time_version:
        row.state, row.attested_at, row.declined_at = "attested", now, None
        row.confirmed_at = row.confirmed_at or now
        row.time_version = visit.time_version
        row.touch(by=by, now=now)
        _close_tasks(session, visit, by=by, now=now)
        _note(session, row, "support_person.attested", now=now)
    return row


def follow_moved(session: Session, *, appointment_id: UUID, ring: KeyRing, by: Actor, now: datetime) -> None:
    """Ask a support person anew whose visit moved, in other words who had said yes; twice for one move does nothing.

    Somebody whom nobody has reached about an earlier move had said yes, too.
    """
    visit = session.get(Appointment, appointment_id)
    row = support_person_of(session, appointment_id) if visit is not None and visit.starts_at > now else None
    if row is None or visit is None or row.time_version == visit.time_version:
        return
    was_to_hear = settle_calls(session, visit.id, by=by, now=now)
    event = MOVED if was_to_hear or row.state in SAID_YES else NAMED
    row.state, row.time_version, row.confirmed_at, row.attested_at = "named", visit.time_version, None, None
    row.declined_at = None
    row.touch(by=by, now=now)
    _invite(session, visit, row, ring=ring, by=by, now=now, event=event)


def follow_called_off(session: Session, *, appointment_id: UUID, by: Actor, now: datetime) -> None:
    """Tell who said yes that the visit does not take place, once; who has not answered hears nothing of it.

    Who takes no texts is called, also when nobody has reached them about a move before.
    """
    visit = session.get(Appointment, appointment_id)
    if visit is None or visit.state not in CALLED_OFF or visit.starts_at <= now:
        return
    row = support_person_of(session, appointment_id)
    if row is None:
        return
    said_yes = row.state in SAID_YES and row.time_version == visit.time_version
    if not said_yes and not has_news_waiting(session, visit.id):
        return
    if not said_yes or not _takes_texts(session, row):
        ask_to_call_person(session, visit, row, news=News.OFF, by=by, now=now)
        return
    plan_event(
        session,
        event=NOT_NEEDED,
        recipient=_recipient(row, visit),
        subject=Subject(kind=SUBJECT, id=row.id, version=visit.time_version),
        times=EventTimes(starts_at=visit.starts_at, ends_at=visit.ends_at),
        link_id=None,
        by=by,
        now=now,
    )


def hand_over_session_days(session: Session, *, from_id: UUID, to_id: UUID) -> int:
    """Let support persons and checklists of one record belong to another; return how many there were."""
    count = 0
    persons = session.scalars(select(SupportPerson).where(SupportPerson.patient_id == from_id).with_for_update())
    lists = session.scalars(select(SessionChecklist).where(SessionChecklist.patient_id == from_id).with_for_update())
    for row in [*persons, *lists]:
        row.patient_id = to_id
        count += 1
    session.flush()
    return count


def _require_few(session: Session, visit: Appointment, *, phone_id: UUID, now: datetime) -> None:
    """Raise SupportRefused where one more text would go to too many strangers; the desk names them, having called."""
    limits = numbers_of(session, (PolicyKey.SUPPORT_NAMED_A_VISIT, PolicyKey.SUPPORT_NUMBERS_A_MONTH))
    known = named_numbers(session, visit.patient_id, since=now - _A_MONTH)
    is_new = phone_id not in known
    if count_named(session, visit.id) >= limits[PolicyKey.SUPPORT_NAMED_A_VISIT] or (
        is_new and len(known) >= limits[PolicyKey.SUPPORT_NUMBERS_A_MONTH]
    ):
        raise SupportRefused(
            "So many people were named already. Call the clinic, and we write down who will be there.",
            field="phone",
            reason="too_many",
        )


def _own(session: Session, patient: Patient) -> Own:
    return Own(
        e164=session.scalars(select(Phone.e164).where(Phone.id == patient.phone_id)).one(),
        first_name=patient.legal_first_name,
        last_name=patient.legal_last_name,
        preferred_name=patient.preferred_name or "",
    )


def _locked(session: Session, person_id: UUID) -> tuple[Appointment, SupportPerson]:
    visit = locked_session(session, support_person(session, person_id).appointment_id)
    session.scalars(_ROW, {"of_person": person_id}, execution_options={"populate_existing": True}).one()
    return visit, support_person(session, person_id)


def _new(
    session: Session, visit: Appointment, named: Named, *, phone_id: UUID, by: Actor, now: datetime
) -> SupportPerson:
    row = SupportPerson(
        id=new_id(),
        appointment_id=visit.id,
        patient_id=visit.patient_id,
        phone_id=phone_id,
        relation=named.relation.value,
        language=named.language,
        state="named",
        time_version=visit.time_version,
        created_at=now,
    )
    row.name = named.name
    row.touch(by=by, now=now)
    session.add(row)
    session.flush()
    return row


def _replace(session: Session, row: SupportPerson, *, by: Actor, now: datetime) -> None:
    """Let nobody in any more who was named before, and call back the text that still waits."""
    row.replaced_at = now
    row.touch(by=by, now=now)
    session.flush()
    cancel_planned(session, subject_kind=SUBJECT, subject_id=row.id, reason="replaced", now=now)
    revoke_links(session, resource_kind=SUBJECT, resource_id=row.id, now=now, by=by)
    settle_calls(session, row.appointment_id, by=by, now=now)
    _note(session, row, "support_person.replaced", now=now)


def _invite(
    session: Session,
    visit: Appointment,
    row: SupportPerson,
    *,
    ring: KeyRing,
    by: Actor,
    now: datetime,
    event: str = NAMED,
    again: str | None = None,
) -> None:
    link = make_link(
        session,
        purpose=PURPOSE,
        resource_kind=SUBJECT,
        resource_id=row.id,
        patient_id=visit.patient_id,
        expires_at=visit.ends_at + _OUTLIVES,
        now=now,
        by=by,
        ring=ring,
    )
    if not _takes_texts(session, row):
        if event == MOVED:
            ask_to_call_person(session, visit, row, news=News.MOVED, by=by, now=now)
            return
        words = "The support person's number gets no texts. Call, read the page to them, and note what they say."
        ask_for_support_person(session, visit, reason=words, by=by, now=now)
        return
    plan_event(
        session,
        event=event,
        recipient=_recipient(row, visit),
        subject=Subject(kind=SUBJECT, id=row.id, version=visit.time_version),
        times=EventTimes(starts_at=visit.starts_at, ends_at=visit.ends_at),
        link_id=link.id,
        again=again,
        by=by,
        now=now,
    )


def _takes_texts(session: Session, row: SupportPerson) -> bool:
    consent = consent_of(session, row.phone_id)
    return is_texting_allowed(consent.consented_at, consent.opted_out_at)


def _close_tasks(session: Session, visit: Appointment, *, by: Actor, now: datetime) -> None:
    """Take off the list what a yes settles: nobody is missing, and nobody is to be called."""
    worklist.close_for(session, dedupe_key=support_person_key(visit.id), outcome=Outcome.DONE, by=by, now=now)
    settle_calls(session, visit.id, outcome=Outcome.DONE, by=by, now=now)


def _recipient(row: SupportPerson, visit: Appointment) -> Recipient:
    return Recipient(
        kind=RecipientKind.STRANGER,
        id=None,
        phone_id=row.phone_id,
        language=row.language,
        zone=visit.location_zone,
    )


def _day(at: datetime, visit: Appointment) -> object:
    return in_zone(at, visit.location_zone).date()


def _note(session: Session, row: SupportPerson, action: str, *, now: datetime) -> None:
    ids = (row.patient_id,)
    journal.note(session, action, subject_kind=SUBJECT, subject_id=row.id, at=now, patient_ids=ids)
