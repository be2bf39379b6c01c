"""A patient's new number: consent stays with the number, texts follow the patient, a STOP stays where it came from."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.access.models import Link, LinkSession
from clinic.messaging.jobs import sending as jobs
from clinic.messaging.models import Message
from clinic.people import actions as people
from clinic.people import queries
from clinic.people.models import Patient
from clinic.people.rules import NewPatient
from clinic.reactions import GUARDS
from clinic.runtime import Runtime
from clinic.scheduling import actions
from clinic.scheduling.rules.states import CancelReason
from clinic.worklist.models import WorkItem
from tests.conftest import TestClock
from tests.domains.messaging.provider import Provider
from tests.domains.scheduling.calendar_makers import COORDINATOR, Clinic, at
from workers import work

OLD, NEW = "+13055550111", "+17865550142"


@pytest.fixture
def ana(clinic: Clinic, session: Session) -> Patient:
    patient = clinic.patient(phone=OLD)
    session.commit()
    return patient


@pytest.fixture
def change(sending: Runtime, clock: TestClock) -> Callable[..., None]:
    """Give the patient another number, and let the standing orders run unless told to wait."""

    def make(patient: Patient, phone: str = NEW, *, react: bool = True) -> None:
        with sending.begin(by=COORDINATOR) as session:
            saved = queries.patient(session, patient.id)
            new = NewPatient(
                legal_first_name=saved.legal_first_name,
                legal_last_name=saved.legal_last_name,
                birth_date=saved.birth_date,
                phone=phone,
                address_line="12 Palm Way",
                city=saved.city,
                state=saved.state,
                postal_code=saved.postal_code,
                county_fips=saved.county_fips,
            )
            people.edit_patient(
                session, patient_id=patient.id, new=new, version=saved.version, by=COORDINATOR, now=clock()
            )
        if react:
            work.react(sending)

    return make


def agree(session: Session, patient: Patient, now: datetime) -> None:
    """Record that the patient agreed to texts to the present number."""
    from clinic.people.rules import ConsentGiven, ConsentSource, current_wording

    session.expire_all()
    given = ConsentGiven(source=ConsentSource.PHONE_CALL, wording_version=current_wording("en").version)
    people.record_consent(session, patient_id=patient.id, consent=given, by=COORDINATOR, now=now)
    session.commit()


def test_without_consent_of_the_new_number_nothing_leaves_and_somebody_calls(
    ana: Patient, book: Callable, change: Callable, sending: Runtime, provider: Provider, session: Session
) -> None:
    book(ana, at(26, 10))
    change(ana)
    work.send(sending, seconds=5)
    assert provider.calls == []
    session.expire_all()
    contact = queries.contact_of(session, ana)
    assert (contact.e164, contact.consented_at) == (NEW, None)
    assert set(session.scalars(select(WorkItem.kind))) == {"opted_out_patient"}


def test_after_consent_texts_go_to_the_new_number_only(
    ana: Patient,
    book: Callable,
    change: Callable,
    sending: Runtime,
    provider: Provider,
    session: Session,
    clock: TestClock,
) -> None:
    book(ana, at(26, 10))
    other = queries.phone_by_number(session, NEW) or people.keep_phone(session, e164=NEW, now=clock())
    people.opt_in(session, phone_id=other.id, source="text_reply", by=COORDINATOR, now=clock())
    session.commit()
    change(ana)
    work.send(sending, seconds=5)
    assert {call.to for call in provider.calls} == {NEW}


def test_a_text_claimed_for_the_old_number_is_not_sent_there(
    ana: Patient, book: Callable, change: Callable, sending: Runtime, provider: Provider
) -> None:
    book(ana, at(26, 10))
    claims = jobs.claim(sending, lane=2, limit=10)
    change(ana, react=False)
    assert claims.messages
    for claimed in claims.messages:
        assert jobs.commit_intent(sending, GUARDS, claimed) is None
    assert provider.calls == []


def test_a_text_waiting_between_the_change_and_its_reaction_waits_for_it(
    ana: Patient, book: Callable, change: Callable, sending: Runtime, provider: Provider, session: Session
) -> None:
    book(ana, at(26, 10))
    change(ana, react=False)
    work.send(sending, seconds=5)
    assert provider.calls == []
    held = session.execute(select(Message.state, Message.reason).where(Message.template_key == "BOOK_CONFIRM")).one()
    assert tuple(held) == ("pending", "number_changed")


def test_the_news_of_a_canceled_visit_follows_too(
    ana: Patient,
    book: Callable,
    change: Callable,
    sending: Runtime,
    provider: Provider,
    session: Session,
    now: datetime,
) -> None:
    visit = book(ana, at(26, 10))
    actions.cancel(session, appointment_id=visit.id, reason=CancelReason.CLINIC_REQUEST, by=COORDINATOR, now=now)
    session.commit()
    change(ana)
    (news,) = session.scalars(select(Message).where(Message.template_key == "VISIT_CANCELED"))
    session.refresh(news)
    assert (news.address_id, news.state) == (queries.phone_by_number(session, NEW).id, "pending")  # type: ignore[union-attr]
    agree(session, ana, now)
    work.send(sending, seconds=5)
    assert [call.to for call in provider.calls if "will not take place" in call.body] == [NEW]


def test_the_welcome_of_the_old_number_is_called_back(
    ana: Patient, change: Callable, sending: Runtime, provider: Provider, session: Session
) -> None:
    work.react(sending)
    assert session.scalars(select(Message.template_key)).all() == ["OPTIN_CONFIRM"]
    change(ana)
    work.send(sending, seconds=5)
    assert provider.calls == []
    session.expire_all()
    assert session.execute(select(Message.state, Message.reason)).one() == ("canceled", "number_changed")


def test_a_stop_stays_with_the_old_number(ana: Patient, change: Callable, session: Session, now: datetime) -> None:
    old_id = ana.phone_id
    people.opt_out(session, phone_id=old_id, source="text_reply", by=COORDINATOR, now=now)
    session.commit()
    change(ana)
    session.expire_all()
    assert queries.consent_of(session, old_id).opted_out_at == now
    agree(session, ana, now)
    assert queries.contact_of(session, ana).is_texting_allowed
    assert queries.consent_of(session, old_id).opted_out_at == now


def test_a_number_that_said_stop_stays_closed_for_whoever_gets_it(
    ana: Patient, change: Callable, session: Session, now: datetime
) -> None:
    stopped = people.keep_phone(session, e164=NEW, now=now)
    people.opt_out(session, phone_id=stopped.id, source="text_reply", by=COORDINATOR, now=now)
    session.commit()
    change(ana)
    session.expire_all()
    assert queries.contact_of(session, ana).is_blocked_by_carrier


def test_who_shares_the_old_number_keeps_it_and_its_texts(
    ana: Patient,
    clinic: Clinic,
    book: Callable,
    change: Callable,
    sending: Runtime,
    provider: Provider,
    session: Session,
) -> None:
    son = clinic.patient(phone=OLD, legal_first_name="Ben")
    session.commit()
    book(ana, at(26, 10))
    book(son, at(26, 11))
    change(ana)
    work.send(sending, seconds=5)
    assert {call.to for call in provider.calls} == {OLD}
    assert queries.patients_with_phone(session, son.phone_id) == [son]
    about = select(Message.recipient_id).where(Message.state.in_(["accepted", "sent", "pending"]))
    assert set(session.scalars(about)) == {son.id}


def test_an_open_link_goes_on(ana: Patient, book: Callable, change: Callable, session: Session, now: datetime) -> None:
    book(ana, at(26, 10))
    link = session.scalars(select(Link)).one()
    opened = {"created_at": now, "last_seen_at": now, "expires_at": link.expires_at}
    session.add(LinkSession(token_hash=b"x", link_id=link.id, patient_id=ana.id, purpose="visit", **opened))
    session.commit()
    change(ana)
    session.expire_all()
    assert session.scalars(select(LinkSession.revoked_at)).one() is None
    assert session.scalars(select(Link.revoked_at)).one() is None
