"""Support persons on PostgreSQL: named, asked, moved, called off, replaced, and how many a patient may name."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.access.models import Link
from clinic.access.queries.entering import dead_link
from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.ids import new_id
from clinic.messaging.rules.kinds import Drop, Send
from clinic.people.actions import opt_out
from clinic.people.models import Patient, SmsConsent
from clinic.policies.actions import set_policy
from clinic.policies.rules import PolicyKey
from clinic.reactions import standing_orders
from clinic.scheduling import actions as scheduling
from clinic.session_day.actions import supporting
from clinic.session_day.actions.calling import settle_late_calls
from clinic.session_day.errors import (
    NoSupportPerson,
    SupportRefused,
    WatchNotOpen,
)
from clinic.session_day.models import SupportPerson
from clinic.session_day.queries.persons import suggested
from clinic.worklist.models import WorkItem
from tests.domains.scheduling.calendar_makers import COORDINATOR, RING, Clinic, at
from tests.domains.session_day.day_makers import SUPPORT, Day, home_day, judged, put_off, ready

DOCTOR = Actor(kind=ActorKind.STAFF, id=new_id(), name="Dr. Amara Okafor", roles=frozenset({Role.PHYSICIAN}))


@pytest.fixture
def day(session) -> Day:
    return home_day(session, Clinic(session))


def follow(day: Day) -> None:
    """Do what the standing order does after a change of the visit."""
    order = standing_orders(RING)["appointment.changed"]
    order(day.session, subject_id=day.visit.id, by=COORDINATOR, now=day.now)


def call_off(day: Day) -> None:
    why = {"reason": "patient_request", "by": COORDINATOR, "now": day.now}
    scheduling.cancel(day.session, appointment_id=day.visit.id, **why)


def test_a_support_person_is_asked_by_text_says_yes_and_is_there(day: Day):
    person = day.name()
    (invitation,) = day.texts("SITTER_INVITE")
    assert (invitation.recipient_kind, invitation.state, invitation.language) == ("stranger", "pending", "es")
    assert isinstance(judged(day, "SITTER_INVITE"), Send)
    assert day.standing.support_person == "named"
    supporting.confirm_support(day.session, person_id=person.id, by=SUPPORT, now=day.now)
    assert isinstance(judged(day, "SITTER_INVITE"), Send)  # Said by telephone, the page is still wanted.
    supporting.attest(day.session, person_id=person.id, by=SUPPORT, now=day.now)
    assert (day.standing.support_person, day.standing.attested_at) == ("attested", day.now)
    assert suggested(day.session, day.patient).name == "Rosa Delgado"


def test_the_question_who_comes_is_not_asked_once_somebody_is_named(session):
    maker = Clinic(session, now=at(20, 10))
    maker.visit_type("induction_session", patient_minutes=120)
    visit = maker.visit(maker.patient(), maker.physician(), at(23, 14), visit_type_code="induction_session")
    day = Day(session, session.get_one(Patient, visit.patient_id), visit, at(21, 12))
    assert isinstance(judged(day, "PREP_48H_SITTER"), Send)
    person = day.name()
    assert judged(day, "PREP_48H_SITTER") == Drop("support_person_named")
    supporting.decline_support(session, person_id=person.id, by=SUPPORT, now=day.now)
    assert isinstance(judged(day, "PREP_48H_SITTER"), Send)


def test_a_number_that_said_stop_is_called_not_texted(day: Day):
    first = day.name()
    opt_out(day.session, phone_id=first.phone_id, source="text_reply", by=SUPPORT, now=day.now)
    day.name("Teresa Delgado")
    assert len(day.texts("SITTER_INVITE")) == 1
    assert day.texts("SITTER_INVITE")[0].state == "canceled"
    assert "support_person_missing" in day.tasks()


def test_the_patient_who_asks_for_a_new_link_never_gets_the_support_persons(day: Day):
    person = day.name()
    link = day.session.scalars(select(Link).where(Link.resource_id == person.id)).one()
    for named in (None, link.token_hash):
        found = dead_link(day.session, patient_id=day.patient.id, token_hash=named)
        assert found is None or found.id != link.id


def test_a_locked_link_is_sent_anew_to_the_support_person_also_when_the_session_is_late(day: Day):
    person = day.name()
    link = day.session.scalars(select(Link).where(Link.resource_id == person.id)).one()
    (first,) = day.texts("SITTER_INVITE")
    first.state = "sent"
    link.locked_at, before = day.now, link.token_hash
    day.now = day.visit.starts_at + timedelta(minutes=20)
    for _ in range(2):
        supporting.send_support_link(day.session, appointment_id=day.visit.id, by=COORDINATOR, now=day.now, ring=RING)
    assert (link.locked_at, link.token_hash == before) == (None, False)
    assert sorted(one.state for one in day.texts("SITTER_INVITE")) == ["pending", "sent"]
    assert isinstance(judged(day, "SITTER_INVITE"), Send)


def test_who_watches_does_not_leave_the_page_by_an_old_button(day: Day):
    person = ready(day)
    with pytest.raises(WatchNotOpen):
        supporting.decline_support(day.session, person_id=person.id, by=SUPPORT, now=day.now)
    assert day.standing.support_person == "attested"


@pytest.mark.parametrize("says_yes", [True, False])
def test_who_said_yes_hears_that_the_visit_moved_or_is_called_off_and_nobody_else(day: Day, says_yes):
    person = day.name()
    if says_yes:
        supporting.confirm_support(day.session, person_id=person.id, by=SUPPORT, now=day.now)
    put_off(day)
    follow(day)
    assert len(day.texts("SITTER_MOVED")) == says_yes
    assert judged(day, "SITTER_MOVED" if says_yes else "SITTER_INVITE") == Send()
    if says_yes:
        supporting.confirm_support(day.session, person_id=person.id, by=SUPPORT, now=day.now)
    call_off(day)
    follow(day)
    follow(day)
    assert [one.address_id for one in day.texts("SITTER_OFF")] == [person.phone_id] * says_yes
    if says_yes:
        assert judged(day, "SITTER_OFF") == Send()
        person.replaced_at = day.now
        assert judged(day, "SITTER_OFF") == Drop("visit_stands")


def calls(day: Day) -> list[str]:
    """Return the sentences of the open calls to support persons."""
    wanted = select(WorkItem).where(WorkItem.kind == "support_person_call", WorkItem.state == "open")
    return [item.reason for item in day.session.scalars(wanted)]


def named_without_texts(day: Day) -> SupportPerson:
    """Let somebody say yes and then ask for no texts."""
    person = day.name()
    supporting.confirm_support(day.session, person_id=person.id, by=SUPPORT, now=day.now)
    opt_out(day.session, phone_id=person.phone_id, source="text_reply", by=SUPPORT, now=day.now)
    return person


def test_who_takes_no_texts_is_called_when_the_visit_is_called_off_until_it_would_begin(day: Day):
    named_without_texts(day)
    call_off(day)
    follow(day)
    follow(day)
    (words,) = calls(day)
    assert words.startswith("Rosa Delgado, (786) 555-0142, said yes and takes no texts. The visit on Monday, November")
    assert words.endswith("does not take place. Call and say that nobody has to be there.")
    assert day.texts("SITTER_OFF") == []
    settle_late_calls(day.session, by=COORDINATOR, now=day.visit.starts_at - timedelta(minutes=1))
    assert calls(day)
    settle_late_calls(day.session, by=COORDINATOR, now=day.visit.starts_at)
    assert calls(day) == []


def test_who_takes_no_texts_is_called_when_the_visit_moved_and_what_they_say_settles_it(day: Day):
    person = named_without_texts(day)
    put_off(day)
    follow(day)
    assert "is now on Tuesday, November 24" in "".join(calls(day))
    supporting.confirm_support(day.session, person_id=person.id, by=COORDINATOR, now=day.now)
    assert calls(day) == []


def test_whom_nobody_has_reached_about_a_move_is_called_off_all_the_same(day: Day):
    named_without_texts(day)
    put_off(day)
    follow(day)
    call_off(day)
    follow(day)
    follow(day)
    (words,) = calls(day)
    assert "does not take place" in words


def test_a_patient_names_only_so_many_people_and_then_the_desk_does(day: Day):
    for number in range(4):
        day.name(e164=f"+1786555015{number}", by=day.by)
    with pytest.raises(SupportRefused) as refused:
        day.name(e164="+17865550150", by=day.by)
    assert (refused.value.reason, len(day.texts("SITTER_INVITE"))) == ("too_many", 4)
    assert day.name(e164="+17865550160", by=COORDINATOR).state == "named"


def test_a_patient_asks_only_so_many_strangers_in_a_month(day: Day):
    for number in range(2):
        day.name(e164=f"+1786555015{number}", by=day.by)
    key = PolicyKey.SUPPORT_NUMBERS_A_MONTH
    set_policy(day.session, key=key, value=2, revision=0, reason="Fewer texts", by=DOCTOR, now=day.now)
    with pytest.raises(SupportRefused, match="Call the clinic"):
        day.name(e164="+17865550160", by=day.by)
    assert day.name(e164="+17865550150", by=day.by).state == "named"


def test_naming_somebody_never_lets_texts_go_to_another_patients_number(day: Day, session):
    other = Clinic(session, numbers=iter(range(60, 70))).patient(agrees=False, phone="+17865550142")
    day.name()
    assert session.get_one(SmsConsent, other.phone_id).consented_at is None
    assert day.texts("SITTER_INVITE") == []
    assert "support_person_missing" in day.tasks()


def test_nothing_is_kept_of_a_person_who_did_not_agree(day: Day):
    with pytest.raises(SupportRefused) as refused:
        day.name(has_agreed=False)
    assert refused.value.reason == "not_agreed"
    with pytest.raises(SupportRefused):
        day.name(e164=(day.session.scalars(select(SmsConsent)).first() and "+13055550100") or "")
    assert day.session.scalars(select(SupportPerson)).all() == []


def test_another_person_takes_the_place_and_the_first_ones_page_is_over(day: Day):
    first = day.name()
    supporting.decline_support(day.session, person_id=first.id, by=SUPPORT, now=day.now)
    assert "support_person_missing" in day.tasks()
    second = day.name("Teresa Delgado", "+17865550143")
    assert day.standing.support_person == "named"
    with pytest.raises(NoSupportPerson):
        supporting.confirm_support(day.session, person_id=first.id, by=SUPPORT, now=day.now)
    supporting.confirm_support(day.session, person_id=second.id, by=SUPPORT, now=day.now)
    assert "support_person_missing" not in day.tasks()


def test_who_said_yes_to_another_time_is_asked_again(day: Day):
    person = day.name()
    supporting.confirm_support(day.session, person_id=person.id, by=SUPPORT, now=day.now)
    put_off(day)
    assert day.standing.support_person == "named"
    standing_orders(RING)["appointment.changed"](day.session, subject_id=day.visit.id, now=day.now, by=COORDINATOR)
    asked = [one.subject_version for key in ("SITTER_INVITE", "SITTER_MOVED") for one in day.texts(key)]
    assert asked == [1, 2]
    with pytest.raises(WatchNotOpen):
        supporting.attest(day.session, person_id=person.id, by=SUPPORT, now=day.now)
