"""Asking for signatures: by itself and by the desk, texted twice, then a call; settled when all is signed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.access.models import Link
from clinic.access.rules.links import BIRTH_DATE_TRIES, LinkOpened
from clinic.casework import merge, set_status
from clinic.consents.actions.asking import ask_to_sign, ask_where_missing, forms_link
from clinic.consents.actions.signing import sign
from clinic.consents.actions.watching import CALLED_AFTER
from clinic.consents.actions.withdrawing import withdraw
from clinic.consents.errors import NotAskable, NothingToSign
from clinic.consents.models import ConsentSignature, SignatureRequest
from clinic.consents.queries.signatures import open_request, was_asked
from clinic.consents.rules.kinds import ConsentKind
from clinic.kernel.actor import system
from clinic.kernel.dispatch import run_outbox
from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import Drop, Planned, Send
from clinic.people.models import Patient
from clinic.people.rules import PatientStatus
from clinic.reactions import GUARDS, standing_orders
from clinic.watching import watch_forms
from clinic.worklist import queries as tasks
from tests.conftest import Database
from tests.domains.consents.form_makers import ADMIN, ALWAYS, Forms, of_pain
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING, patient_actor
from tests.domains.treatment.plan_makers import CourseClinic, book, on
from workers.work import report_parked

K = ConsentKind
ORDERLY = system("Standing orders")


def ask(forms: Forms, **changes: object) -> SignatureRequest:
    wanted = {"of_pain": False, "ring": RING, "by": COORDINATOR, "now": forms.now} | changes
    return ask_to_sign(forms.session, forms.ana.id, **wanted)  # type: ignore[arg-type]


def texts(session: Session, *states: str) -> list[Message]:
    session.expire_all()
    wanted = select(Message).where(Message.template_key == "SIGN_NEEDED").order_by(Message.due_at)
    return [text for text in session.scalars(wanted) if not states or text.state in states]


def judged(session: Session, text: Message, now=NOW) -> object:
    seen = Planned(
        message_id=text.id,
        template_key=text.template_key,
        subject_kind=text.subject_kind,
        subject_id=text.subject_id,
        subject_version=None,
        due_at=text.due_at,
        expires_at=text.expires_at,
    )
    return GUARDS["signature_request"](session, seen, now)


def reasons(session: Session, patient: Patient) -> dict[str, str]:
    found = tasks.open_items_of_patient(session, patient_id=patient.id)
    return {task.kind.value: task.reason for task in found}


def test_what_is_missing_is_texted_now_and_after_two_days(forms: Forms):
    row = ask(forms)
    first, reminder = texts(forms.session)
    assert (first.due_at, reminder.due_at) == (forms.now, forms.now + timedelta(hours=48))
    assert {first.subject_id, reminder.subject_id} == {row.id}
    assert judged(forms.session, first) == Send()
    again = ask(forms, now=forms.now + timedelta(minutes=5))
    assert again.id == row.id
    assert len(texts(forms.session)) == len(("first", "again", "reminder"))
    assert not ask_where_missing(forms.session, forms.ana.id, of_pain=False, ring=RING, by=ORDERLY, now=forms.now)
    forms.sign_all()
    assert judged(forms.session, first) == Drop("forms_signed")
    assert texts(forms.session, "pending") == []
    assert open_request(forms.session, forms.ana.id) is None
    assert was_asked(forms.session, forms.ana.id)
    with pytest.raises(NothingToSign):
        ask(forms)
    assert ask(forms, of_pain=True)


def test_a_locked_link_opens_again_when_the_desk_asks(forms: Forms):
    ask(forms)
    link = forms_link(forms.session, forms.ana, ring=RING, by=COORDINATOR, now=forms.now)

    def tried(birth_date):
        token = access.render_link(forms.session, link_id=link.id, ring=RING)
        known = {"now": forms.now, "ip": None, "birth_date_of": lambda *_: forms.ana.birth_date}
        return access.open_link(forms.session, token=token, birth_date=birth_date, **known)

    for _ in range(BIRTH_DATE_TRIES):
        tried(forms.ana.birth_date - timedelta(days=1))
    assert "wrong birth date" in reasons(forms.session, forms.ana)["forms_link_locked"]
    ask(forms)
    assert isinstance(tried(forms.ana.birth_date), LinkOpened)
    assert "forms_link_locked" not in reasons(forms.session, forms.ana)


def test_somebody_who_left_is_not_asked_and_what_waited_stops(forms: Forms):
    ask(forms)
    left = {"status": PatientStatus.DISCHARGED, "reason": "Moved away.", "version": forms.ana.version}
    set_status(forms.session, patient_id=forms.ana.id, **left, by=COORDINATOR, now=forms.now)
    assert texts(forms.session, "pending") == []
    assert open_request(forms.session, forms.ana.id) is None
    with pytest.raises(NotAskable):
        ask(forms)


@pytest.mark.parametrize(("late", "expected"), [(timedelta(seconds=-1), False), (timedelta(), True)])
def test_two_days_after_the_reminder_somebody_is_asked_to_call_once(forms: Forms, late: timedelta, expected: bool):
    ask(forms)
    for _ in range(2):
        watch_forms(forms.session, now=forms.now + CALLED_AFTER + late, by=ORDERLY)
    assert ("forms_unsigned" in reasons(forms.session, forms.ana)) is expected
    forms.sign_all()
    assert "forms_unsigned" not in reasons(forms.session, forms.ana)


@pytest.fixture
def courses(session: Session) -> CourseClinic:
    return CourseClinic(session)


def react(session: Session, begin, clock) -> None:
    session.commit()
    while run_outbox(begin, standing_orders(RING), clock=clock, by=ORDERLY, on_parked=report_parked):
        session.expire_all()


def test_the_first_session_of_all_asks_by_itself_and_three_days_before_somebody_calls(
    session: Session, forms: Forms, courses: CourseClinic, begin, clock
):
    plan = of_pain(courses, courses.plan(patient=forms.ana))
    visit = book(session, plan, at=on("2026-11-27"))
    react(session, begin, clock)
    assert open_request(session, forms.ana.id) is not None
    assert [text.state for text in texts(session)] == ["pending", "pending"]
    watch_forms(session, now=on("2026-11-24") - timedelta(minutes=1), by=ORDERLY)
    assert "forms_unsigned" not in reasons(session, forms.ana)
    for _ in range(2):
        watch_forms(session, now=on("2026-11-24") + timedelta(minutes=1), by=ORDERLY)
    assert "Friday at 10:00 AM, their time" in reasons(session, forms.ana)["forms_unsigned"]
    for kind in ALWAYS:
        forms.sign(kind, of_pain=True)
    assert judged(session, texts(session)[0]) == Send()
    forms.sign(K.PAIN_FL, of_pain=True)
    assert judged(session, texts(session)[0]) == Drop("forms_signed")
    book(session, plan, at=on("2026-12-02"))
    react(session, begin, clock)
    assert len(list(session.scalars(select(SignatureRequest)))) == 1
    assert visit.patient_id == forms.ana.id


def test_a_task_about_a_session_that_is_called_off_leaves_the_list(
    session: Session, forms: Forms, courses: CourseClinic
):
    plan = courses.plan(patient=forms.ana)
    book(session, plan, at=on("2026-11-24"))
    watch_forms(session, now=NOW, by=ORDERLY)
    assert "forms_unsigned" in reasons(session, forms.ana)
    watch_forms(session, now=on("2026-11-24") + timedelta(minutes=1), by=ORDERLY)
    assert "forms_unsigned" not in reasons(session, forms.ana)


def test_a_version_asks_those_whose_signature_it_replaces_when_it_takes_effect(
    session: Session, forms: Forms, begin, clock
):
    other, third, fourth = (forms.clinic.patient() for _ in range(3))
    for patient in (forms.ana, other, third):
        forms.sign_all(None if patient is forms.ana else patient)
    taken_back = forms.sign(K.TELEHEALTH, patient=third)
    withdraw(session, taken_back.id, patient_id=third.id, note=None, by=patient_actor(third), now=forms.now)
    forms.publish(K.PRIVACY, signs_again=False)
    forms.publish(K.TELEHEALTH, at=forms.now + timedelta(days=3))
    react(session, begin, clock)
    assert texts(session) == []
    clock.advance(days=3)
    react(session, begin, clock)
    asked = {row.patient_id for row in session.scalars(select(SignatureRequest))}
    assert asked == {forms.ana.id, other.id}
    assert fourth.id not in asked


def test_two_records_that_become_one_keep_every_signature(session: Session, forms: Forms):
    twin = forms.clinic.patient(legal_first_name="José", legal_last_name="Núñez-Rivera")
    ask(forms)
    ask_to_sign(session, twin.id, of_pain=False, ring=RING, by=COORDINATOR, now=forms.now)
    forms.sign(K.PRIVACY, patient=twin)
    forms.sign(K.TELEHEALTH)
    both = {"loser_id": twin.id, "survivor_id": forms.ana.id}
    versions = {"loser_version": twin.version, "survivor_version": forms.ana.version}
    merge(session, **both, **versions, by=COORDINATOR, now=forms.now)
    assert [form.kind for form in forms.standing().missing] == [K.OFF_LABEL, K.TREATMENT_AGREEMENT]
    requests = list(session.scalars(select(SignatureRequest).where(SignatureRequest.settled_at.is_(None))))
    assert [row.patient_id for row in requests] == [forms.ana.id]
    live = select(Link).where(Link.resource_kind == "forms", Link.revoked_at.is_(None))
    assert {link.resource_id for link in session.scalars(live)} == {forms.ana.id}


def test_two_presses_at_once_are_one_signature(database: Database):
    with database.begin(by=ADMIN) as session:
        forms = Forms(session)
        patient, given = forms.ana, {kind: forms.given(kind) for kind in ALWAYS}
    with database.begin(by=COORDINATOR) as session:
        ask_to_sign(session, patient.id, of_pain=False, ring=RING, by=COORDINATOR, now=NOW)

    def press(kind: ConsentKind):
        with database.begin(by=patient_actor(patient)) as session:
            known = {"signing": given[kind], "of_pain": False, "by": patient_actor(patient), "now": NOW}
            return sign(session, patient.id, kind, **known).id

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(press, ALWAYS * 4))
    assert len(set(made)) == len(ALWAYS)
    with database.sessions() as session:
        assert len(list(session.scalars(select(ConsentSignature)))) == len(ALWAYS)
        assert open_request(session, patient.id) is None
