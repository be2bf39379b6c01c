"""Discharged or deceased stops visits, texts, links and tasks at once, and tells nobody by text."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import casework
from clinic.access.models import Link, LinkSession
from clinic.audit.models import AuditEvent
from clinic.kernel.actor import Actor
from clinic.kernel.errors import ChangedMeanwhile
from clinic.messaging.jobs import sending as jobs
from clinic.people import queries
from clinic.people.errors import CorrectionNotAllowed, StatusNotPossible, StatusReasonNeeded
from clinic.people.models import CareTeamMember, Patient
from clinic.people.rules import PatientStatus
from clinic.reactions import GUARDS
from clinic.runtime import Runtime
from clinic.scheduling.errors import PatientNotActive
from clinic.scheduling.models import Appointment, AppointmentHistory
from clinic.worklist import actions as worklist
from clinic.worklist.models import WorkItem
from clinic.worklist.rules import WorkKind
from tests.conftest import TestClock
from tests.domains.messaging.provider import Provider
from tests.domains.scheduling.calendar_makers import COORDINATOR, Clinic, at
from workers import work

Change = Callable[..., Patient]
Texts = Callable[[], list[tuple[str, str, str | None]]]
WHY = "Moved out of the state."


@pytest.fixture
def change(runtime: Runtime, clock: TestClock) -> Change:
    def make(patient: Patient, status: PatientStatus, *, by: Actor = COORDINATOR, reason: str = WHY) -> Patient:
        with runtime.begin(by=by) as session:
            version = queries.patient(session, patient.id).version
            return casework.set_status(
                session, patient_id=patient.id, status=status, reason=reason, version=version, by=by, now=clock()
            )

    return make


@pytest.fixture
def ana(clinic: Clinic, session: Session) -> Patient:
    patient = clinic.patient()
    session.commit()
    return patient


@pytest.mark.parametrize("status", [PatientStatus.DISCHARGED, PatientStatus.DECEASED])
def test_everything_to_come_stops_in_one_step(
    status: PatientStatus, ana: Patient, book: Callable, change: Change, session: Session, texts: Texts, now: datetime
) -> None:
    visits = [book(ana, at(25, 10)), book(ana, at(31, 11))]
    worklist.open_item(
        session,
        kind=WorkKind.REPLY_UNCLEAR,
        dedupe_key="x",
        reason="Read it.",
        subject_kind="patient",
        subject_id=ana.id,
        patient_id=ana.id,
        by=COORDINATOR,
        now=now,
    )
    session.commit()
    stake = casework.at_stake(session, patient_id=ana.id, now=now)
    assert (len(stake.visits), stake.texts, stake.links, stake.tasks) == (2, 6, 2, 1)
    change(ana, status)
    session.expire_all()
    assert [visit.state for visit in visits] == ["canceled", "canceled"]
    assert {visit.cancel_reason for visit in visits} == {"care_ended"}
    assert {(state, reason) for _, state, reason in texts()} == {("canceled", "care_ended")}
    assert "VISIT_CANCELED" not in {key for key, _, _ in texts()}
    assert session.scalars(select(Link.revoked_at)).all() == [now, now]
    assert session.scalars(select(WorkItem.state)).all() == ["dismissed"]
    assert all(end is not None for end in session.scalars(select(CareTeamMember.ends_at)))
    stake = casework.at_stake(session, patient_id=ana.id, now=now)
    assert (len(stake.visits), stake.texts, stake.links, stake.tasks) == (0, 0, 0, 0)


def test_a_text_claimed_just_before_is_not_sent_after(
    ana: Patient, book: Callable, change: Change, sending: Runtime, provider: Provider, texts: Texts
) -> None:
    book(ana, at(24, 10))
    claims = jobs.claim(sending, lane=2, limit=10)
    assert len(claims.messages) == 1
    change(ana, PatientStatus.DECEASED)
    assert jobs.commit_intent(sending, GUARDS, claims.messages[0]) is None
    assert provider.calls == []
    assert {state for _, state, _ in texts()} == {"canceled"}


def test_a_text_planned_afterwards_is_not_sent_either(
    ana: Patient, book: Callable, change: Change, sending: Runtime, provider: Provider, session: Session, texts: Texts
) -> None:
    visit = book(ana, at(24, 10))
    change(ana, PatientStatus.DISCHARGED)
    # Something planned behind our back, as a bug or an older worker would.
    session.execute(
        Appointment.__table__.update().where(Appointment.id == visit.id).values(state="booked", cancel_reason=None)
    )
    from clinic.messaging.models import Message

    session.execute(Message.__table__.update().values(state="pending", reason=None, final_at=None))
    session.execute(Link.__table__.update().values(revoked_at=None))
    session.commit()
    assert work.send(sending, seconds=5) == 1
    assert provider.calls == []
    assert ("BOOK_CONFIRM", "canceled", "care_ended") in texts()


def test_the_answer_to_stop_still_reaches_the_phone(
    ana: Patient, change: Change, sending: Runtime, provider: Provider, clock: TestClock
) -> None:
    from clinic.gateways.sms import InboundText
    from clinic.messaging import actions as messaging

    change(ana, PatientStatus.DISCHARGED)
    with sending.begin(by=COORDINATOR) as session:
        e164 = queries.phone_of(session, ana.id).e164
        text = InboundText(
            provider_sid="SM1", from_e164=e164, to_e164="+15005550006", body="STOP", opt_out_type=None, segments=1
        )
        messaging.receive(session, text=text, has_own_replies=True, by=COORDINATOR, now=clock())
    work.send(sending, seconds=5)
    assert [call.body.split(":")[1][:20] for call in provider.calls] == [" You are opted out a"]


def test_nobody_books_for_somebody_who_left(
    ana: Patient, change: Change, clinic: Clinic, okafor: object, session: Session
) -> None:
    change(ana, PatientStatus.DISCHARGED)
    with pytest.raises(PatientNotActive):
        clinic.visit(ana, okafor, at(24, 10))  # type: ignore[arg-type]


def test_a_hold_is_let_go(ana: Patient, change: Change, clinic: Clinic, okafor: object, session: Session) -> None:
    held = clinic.hold(ana, okafor, at(24, 10))  # type: ignore[arg-type]
    session.commit()
    change(ana, PatientStatus.DISCHARGED)
    session.expire_all()
    assert held.state == "expired"


def test_past_visits_and_one_that_goes_on_stay_as_they_are(
    ana: Patient, change: Change, clinic: Clinic, okafor: object, session: Session, clock: TestClock
) -> None:
    from clinic.scheduling import actions

    visit = clinic.visit(ana, okafor, at(23, 12, 15))  # type: ignore[arg-type]
    clock.instant = at(23, 12, 20)
    actions.arrive(session, appointment_id=visit.id, by=COORDINATOR, now=clock())
    session.commit()
    change(ana, PatientStatus.DISCHARGED)
    session.expire_all()
    assert visit.state == "in_progress"


def test_back_in_care_with_a_reason_and_without_the_old_visits(
    ana: Patient, book: Callable, change: Change, session: Session
) -> None:
    visit = book(ana, at(24, 10))
    change(ana, PatientStatus.DISCHARGED)
    back = change(ana, PatientStatus.ACTIVE, reason="Came back to Miami.")
    assert (back.status, back.status_reason) == ("active", "Came back to Miami.")
    session.expire_all()
    assert visit.state == "canceled"
    book(ana, at(24, 10))


def test_deceased_is_corrected_by_an_administrator_only(ana: Patient, change: Change, admin: Actor) -> None:
    change(ana, PatientStatus.DECEASED)
    with pytest.raises(CorrectionNotAllowed):
        change(ana, PatientStatus.ACTIVE)
    assert change(ana, PatientStatus.ACTIVE, by=admin, reason="Wrong record.").status == "active"


@pytest.mark.parametrize("reason", ["", "   ", "no", "x" * 301])
def test_a_status_says_why(ana: Patient, change: Change, reason: str) -> None:
    with pytest.raises(StatusReasonNeeded):
        change(ana, PatientStatus.DISCHARGED, reason=reason)


def test_the_same_status_twice_and_an_older_page_are_refused(
    ana: Patient, change: Change, session: Session, now: datetime
) -> None:
    version = ana.version
    change(ana, PatientStatus.DISCHARGED)
    with pytest.raises(StatusNotPossible):
        change(ana, PatientStatus.DISCHARGED)
    with pytest.raises(ChangedMeanwhile):
        casework.set_status(
            session,
            patient_id=ana.id,
            status=PatientStatus.DECEASED,
            reason=WHY,
            version=version,
            by=COORDINATOR,
            now=now,
        )


def test_history_names_each_step_and_not_the_reason(
    ana: Patient, book: Callable, change: Change, session: Session
) -> None:
    book(ana, at(25, 10))
    change(ana, PatientStatus.DISCHARGED)
    rows = session.execute(select(AuditEvent.action, AuditEvent.details).order_by(AuditEvent.seq)).all()
    actions = [row.action for row in rows]
    assert {"patient.status_changed", "appointment.canceled", "link.revoked", "patient.care_stopped"} <= set(actions)
    assert rows[-1].details == {
        "counts": {
            "memberships": 0,
            "waiting": 0,
            "forms": 0,
            "sign_ins": 0,
            "visits": 1,
            "plans": 0,
            "check_ins": 0,
            "texts": 3,
            "links": 1,
            "tasks": 0,
            "hand_overs": 0,
            "supply": 0,
        }
    }
    assert WHY not in str(rows)
    assert session.scalars(select(AppointmentHistory.reason).order_by(AppointmentHistory.id)).all()[-1] == "care_ended"


def test_an_open_visit_page_closes(
    ana: Patient, book: Callable, change: Change, session: Session, now: datetime
) -> None:
    book(ana, at(24, 10))
    link = session.scalars(select(Link)).one()
    session.add(
        LinkSession(
            token_hash=b"x",
            link_id=link.id,
            patient_id=ana.id,
            purpose="visit",
            created_at=now,
            last_seen_at=now,
            expires_at=link.expires_at,
        )
    )
    session.commit()
    change(ana, PatientStatus.DECEASED)
    session.expire_all()
    assert session.scalars(select(LinkSession.revoked_at)).one() == now
