"""Pages: the first step at once, the next ones in their time, until somebody has it."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import casework
from clinic.conversations.actions.numbers import _with_phone
from clinic.gateways.sms import Rejected, Scope
from clinic.kernel.actor import Role
from clinic.messaging import actions as messaging
from clinic.oncall import actions, queries
from clinic.oncall.errors import NothingWritten, NotYours
from clinic.oncall.rules import PageKind, Place
from clinic.people import actions as people
from clinic.people.models import ContactEntry, Patient
from clinic.people.rules.contact_log import CallOutcome
from tests.domains.messaging.desk import TESTER
from tests.domains.oncall.ward import Ward
from workers import work


@pytest.fixture
def manned(ward: Ward) -> Ward:
    """A ward with Ana first in line, Bo as the backup and an administrator."""
    ward.shift(ward.staff("Ana First", phone="+12015550111"))
    ward.shift(ward.staff("Bo Backup", Role.PHYSICIAN, phone="+12015550112"), Place.BACKUP)
    ward.staff("Ada Admin", Role.ADMIN)
    return ward


def test_the_first_in_line_gets_a_text_in_the_transaction_that_opens_the_page(manned: Ward):
    page_id = manned.danger(manned.patient())
    assert manned.notices(page_id) == [(0, "Ana First", "sms")]
    manned.send_all()
    (text,) = [one for one in manned.provider.calls if one.to == "+12015550111"]
    assert text.body == "Demo Home Clinic: Please open your on-call page now: http://localhost/on-call"


def test_a_call_leaves_at_night(manned: Ward):
    manned.at(manned.clock().replace(hour=7, minute=30))  # 2:30 AM in New York
    manned.shift(manned.staff("Owl", phone="+12015550119"), begins=-timedelta(hours=2), lasts=timedelta(hours=4))
    manned.danger(manned.patient())
    manned.send_all()
    assert [one.to for one in manned.provider.calls if "on-call" in one.body] == ["+12015550119"]


def test_the_same_key_opens_one_page(manned: Ward):
    assert manned.page(key="same") == manned.page(key="same")


def test_each_step_comes_in_its_time(manned: Ward):
    page_id = manned.danger(manned.patient())
    assert manned.step() == 0
    manned.clock.advance(minutes=4, seconds=59)
    assert manned.step() == 0
    manned.clock.advance(seconds=1)
    assert manned.step() == 1
    manned.clock.advance(minutes=5)
    manned.step()
    manned.clock.advance(minutes=10)
    manned.step()
    manned.clock.advance(minutes=10)
    manned.step()
    everybody = [
        ("Ada Admin", "email"),
        ("Ana First", "sms"),
        ("Ana First", "email"),
        ("Bo Backup", "sms"),
        ("Bo Backup", "email"),
    ]
    assert manned.notices(page_id) == [
        (0, "Ana First", "sms"),
        (1, "Ana First", "sms"),
        (1, "Ana First", "email"),
        (2, "Bo Backup", "sms"),
        (2, "Bo Backup", "email"),
        *[(3, name, channel) for name, channel in everybody],
        *[(4, name, channel) for name, channel in everybody],
    ]


def test_an_email_names_only_the_page(manned: Ward):
    page_id = manned.danger(manned.patient())
    manned.clock.advance(minutes=5)
    manned.step()
    (mail,) = [one for one in manned.messages("pending") if one.channel == "email" and one.template_key == "STAFF_PAGE"]
    assert (mail.email_to, mail.subject_id) == ("ana.first@example.org", page_id)
    assert mail.variables_json == '{"page": "/on-call"}'
    manned.take(page_id, manned.staff("Dana Reyes"))
    assert manned.message(mail.id).reason == "somebody_has_it"


def test_an_outage_is_caught_up_with_one_text_for_each_person(manned: Ward):
    page_id = manned.danger(manned.patient())
    manned.clock.advance(hours=5)
    assert manned.step() == 1
    assert manned.step() == 0
    told = [(name, channel) for step, name, channel in manned.notices(page_id) if step > 0]
    assert len(told) == len(set(told)) == 5
    assert manned.row(page_id).next_step_at == manned.clock() + timedelta(minutes=10)


def test_who_is_on_call_is_asked_at_each_step(manned: Ward):
    page_id = manned.danger(manned.patient())
    night = manned.staff("Nia Night", phone="+12015550113")
    manned.clock.advance(hours=11)
    manned.shift(night, begins=timedelta())
    manned.step()
    assert (3, "Nia Night", "sms") in manned.notices(page_id)
    assert (3, "Ana First", "sms") not in manned.notices(page_id)


def test_whoever_is_first_has_it_and_the_others_see_who(manned: Ward):
    page_id = manned.danger(manned.patient())
    dana, sam = manned.staff("Dana Reyes"), manned.staff("Sam Whitfield", Role.ADMIN)
    assert manned.take(page_id, dana).is_you
    manned.clock.advance(minutes=1)
    late = manned.take(page_id, sam)
    assert (late.name, late.is_you, late.at) == ("Dana Reyes", False, manned.clock() - timedelta(minutes=1))
    assert manned.take(page_id, dana).is_you


def test_nobody_is_called_once_somebody_has_it(manned: Ward):
    page_id = manned.danger(manned.patient())
    manned.take(page_id, manned.staff("Dana Reyes"))
    manned.clock.advance(hours=1)
    assert manned.step() == 0
    manned.send_all()
    assert [one for one in manned.provider.calls if "on-call" in one.body] == []
    assert manned.words(page_id) == ["Called back: somebody has it"]


def test_the_guard_drops_a_call_that_was_claimed_before_somebody_had_it(manned: Ward):
    page_id = manned.danger(manned.patient())
    claimed = list(manned.claim(lane=1))
    with manned.runtime.begin(by=TESTER) as session:
        from clinic.oncall.models import OnCallPage

        row = session.get(OnCallPage, page_id)
        row.acknowledged_at, row.acknowledged_by = manned.clock(), manned.staff("Dana Reyes").id
    assert [manned.intend(one) for one in claimed if manned.message(one.message_id).template_key == "ON_CALL_PAGE"] == [
        None
    ]


def test_only_somebody_signed_in_can_take_a_page(manned: Ward):
    page_id = manned.danger(manned.patient())
    with pytest.raises(NotYours):
        manned.take(page_id, TESTER)


def test_more_words_of_the_same_phone_join_the_page_that_nobody_has(manned: Ward):
    patient = manned.patient()
    page_id = manned.danger(patient)
    manned.clock.advance(minutes=1)
    assert manned.danger(patient, "please, I took too much") == page_id
    with manned.runtime.begin(by=TESTER) as session:
        caller = queries.caller_of(session, queries.page(session, page_id))
        assert caller is not None
        assert [one.body for one in caller.texts] == ["I want to die", "please, I took too much"]
    manned.take(page_id, manned.staff("Dana Reyes"))
    manned.clock.advance(minutes=1)
    assert manned.danger(patient, "I want to die") != page_id


def test_a_page_names_the_patient_only_where_one_person_uses_the_phone(manned: Ward):
    alone, shared = manned.patient(), manned.patient(phone="+12015550140")
    manned.patient(phone="+12015550140")
    assert manned.row(manned.danger(alone)).patient_id == alone.id
    assert manned.row(manned.danger(shared)).patient_id is None
    assert manned.row(manned.danger(None)).patient_id is None


def test_a_number_that_asked_for_no_texts_gets_an_email_at_once_and_the_page_says_so(ward: Ward):
    who = ward.staff("Ana First", phone="+12015550111")
    ward.shift(who)
    _stop(ward, "+12015550111")
    page_id = ward.danger(ward.patient())
    assert ward.notices(page_id) == [(0, "Ana First", "sms"), (0, "Ana First", "email")]
    assert ward.words(page_id)[0] == "Not sent: this number asked for no texts, so an e-mail goes out instead"


def test_somebody_without_a_phone_gets_an_email_at_once_and_the_page_says_so(ward: Ward):
    ward.shift(ward.staff("Ana First"))
    page_id = ward.danger(ward.patient())
    assert ward.notices(page_id) == [(0, "Ana First", "sms"), (0, "Ana First", "email")]
    assert ward.words(page_id)[0] == "No phone is on file, so an e-mail goes out instead"


@pytest.mark.parametrize("halt", ["lane", "all"])
def test_an_email_goes_out_at_once_while_texts_do_not_leave(manned: Ward, halt: str):
    with manned.runtime.begin(by=TESTER) as session:
        if halt == "all":
            messaging.stop_sending(session, reason="Test", by=TESTER, now=manned.clock())
    if halt == "lane":
        manned.pause(1)
    page_id = manned.danger(manned.patient())
    assert manned.notices(page_id) == [(0, "Ana First", "sms"), (0, "Ana First", "email")]


def test_with_nobody_on_call_administrators_get_an_email_and_a_task_at_once(ward: Ward):
    ward.staff("Ada Admin", Role.ADMIN)
    page_id = ward.danger(ward.patient())
    assert ward.notices(page_id) == [(0, "Ada Admin", "email")]
    (task,) = ward.tasks("on_call_gap")
    assert task.reason == (
        "Somebody had to be called and nobody is on call. Administrators got an e-mail. Fill the rota."
    )


def test_a_switched_off_account_is_not_called(ward: Ward):
    off, ada = ward.staff("Ana First", phone="+12015550111"), ward.staff("Ada Admin", Role.ADMIN)
    ward.shift(off)
    ward.switch_off(off)
    assert ward.notices(ward.danger(ward.patient())) == [(0, ada.name, "email")]


def test_the_backup_stands_in_for_an_empty_first_place(ward: Ward):
    ward.shift(ward.staff("Bo Backup", phone="+12015550112"), Place.BACKUP)
    assert ward.notices(ward.danger(ward.patient())) == [(0, "Bo Backup", "sms")]


def test_a_clinic_without_anybody_to_tell_keeps_the_page_open(ward: Ward):
    page_id = ward.danger(ward.patient())
    assert ward.notices(page_id) == []
    assert ward.row(page_id).is_open


def test_a_pause_of_several_queues_calls_once_and_ends_when_texts_leave_again(manned: Ward):
    manned.pause(2)
    manned.pause(3)
    work.react(manned.runtime)
    with manned.runtime.begin(by=TESTER) as session:
        (page,) = queries.open_pages(session)
    assert page.kind is PageKind.LANE_PAUSED
    manned.resume(2)
    manned.clock.advance(minutes=5)
    manned.step()
    assert manned.row(page.id).is_open
    manned.resume(3)
    manned.clock.advance(minutes=5)
    manned.step()
    assert not manned.row(page.id).is_open
    assert manned.row(page.id).holder is None


def test_what_was_done_is_asked_for_and_kept_with_the_patient(manned: Ward):
    patient, dana = manned.patient(), manned.staff("Dana Reyes")
    page_id = manned.danger(patient)
    manned.take(page_id, dana)
    (task,) = manned.tasks("call_outcome_missing")
    assert task.patient_id == patient.id
    with manned.runtime.begin(by=dana) as session:
        actions.write_down(
            session,
            page_id=page_id,
            outcome=CallOutcome.REACHED,
            note="Safe, with her sister. Visit tomorrow.",
            patient_id=patient.id,
            by=dana,
            now=manned.clock(),
        )
    assert manned.tasks("call_outcome_missing") == []
    with manned.runtime.begin(by=dana) as session:
        done = queries.what_was_done(session, page_id)
        (entry,) = session.scalars(select(ContactEntry).where(ContactEntry.patient_id == patient.id))
    assert done is not None
    assert (done.note, done.by_name) == ("Spoke with the patient. Safe, with her sister. Visit tomorrow.", "Dana Reyes")
    assert entry.body == "Safe, with her sister. Visit tomorrow."


def test_what_was_done_about_a_stranger_is_kept_with_the_call(manned: Ward):
    dana, page_id = manned.staff("Dana Reyes"), manned.danger(None)
    manned.take(page_id, dana)
    _write(manned, page_id, dana, note="A wrong number; the person is fine.")
    manned.clock.advance(minutes=20)
    _write(manned, page_id, dana, note="Called again: all is well.")
    with manned.runtime.begin(by=dana) as session:
        done = queries.what_was_done(session, page_id)
    assert done is not None
    assert done.note == "Left a message. Called again: all is well."


def test_nothing_is_written_down_about_a_page_that_nobody_has(manned: Ward):
    with pytest.raises(NothingWritten):
        _write(manned, manned.danger(None), manned.staff("Dana Reyes"))


def test_a_call_cannot_be_written_down_for_somebody_else(manned: Ward):
    dana, other = manned.staff("Dana Reyes"), manned.patient()
    page_id = manned.danger(manned.patient())
    manned.take(page_id, dana)
    with pytest.raises(NothingWritten) as refusal:
        _write(manned, page_id, dana, patient_id=other.id)
    assert refusal.value.field == "patient_id"


def test_a_call_that_does_not_arrive_opens_no_task_about_a_patient(manned: Ward):
    manned.page()
    manned.provider.answers.append(Rejected(code=21211, http_status=400, scope=Scope.NUMBER))
    manned.send_all()
    assert {one.state for one in manned.messages() if one.template_key == "ON_CALL_PAGE"} == {"failed"}
    assert manned.tasks("delivery_failed") == []


def _write(ward: Ward, page_id, who, *, note: str = "Asked to call back.", patient_id=None) -> None:
    with ward.runtime.begin(by=who) as session:
        actions.write_down(
            session,
            page_id=page_id,
            outcome=CallOutcome.LEFT_MESSAGE,
            note=note,
            patient_id=patient_id,
            by=who,
            now=ward.clock(),
        )


def _stop(ward: Ward, e164: str) -> None:
    from clinic.gateways.sms import InboundText as ReceivedText
    from tests.domains.messaging.provider import OURS, new_sid

    text = ReceivedText(new_sid(), e164, OURS, "STOP", None, 1)
    with ward.runtime.begin(by=TESTER) as session:
        messaging.receive(session, text=text, has_own_replies=True, by=TESTER, now=ward.clock())


def test_a_long_halt_of_texts_ends_with_one_text_for_each_person(manned: Ward):
    manned.page()
    manned.pause(1)
    for _ in range(7):
        manned.clock.advance(minutes=10)
        manned.step()
    manned.resume(1)
    manned.send_all()
    to = [one.to for one in manned.provider.calls]
    assert to.count("+12015550111") == 1
    assert to.count("+12015550112") == 1


def test_a_call_that_a_newer_one_replaces_says_so(manned: Ward):
    page_id = manned.page()
    manned.pause(1)
    manned.clock.advance(minutes=6)
    manned.step()
    assert "Called back: a newer call takes its place" in manned.words(page_id)


@pytest.mark.parametrize("what", ["number", "record"])
def test_a_call_keeps_its_patient_whose_number_or_record_changed_meanwhile(manned: Ward, what: str):
    patient = manned.patient()
    page_id = manned.danger(patient)
    with manned.runtime.begin(by=TESTER) as session:
        found = session.get(Patient, patient.id)
        if what == "number":
            new = _with_phone(found, "+13055550198")
            people.edit_patient(
                session, patient_id=found.id, new=new, version=found.version, by=TESTER, now=manned.clock()
            )
            expected = found.id
        else:
            expected = merge_into_another(manned, session, found)
    with manned.runtime.begin(by=TESTER) as session:
        caller = queries.caller_of(session, queries.page(session, page_id))
    assert [one.id for one in caller.patients] == [expected]


def merge_into_another(manned: Ward, session: Session, loser: Patient) -> UUID:
    survivor = session.get(Patient, manned.patient(phone="+13055550197").id)
    casework.merge(
        session,
        loser_id=loser.id,
        survivor_id=survivor.id,
        loser_version=loser.version,
        survivor_version=survivor.version,
        by=TESTER,
        now=manned.clock(),
    )
    return survivor.id
