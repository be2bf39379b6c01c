"""Calendar invitations by e-mail: what a patient's calendar hears when a visit is booked, moved and called off."""

from collections.abc import Iterator
from datetime import UTC, timedelta

import pytest
from icalendar import Calendar, Event
from sqlalchemy import select

from clinic.messaging.jobs import mailing
from clinic.messaging.models import Message
from clinic.people.models import Patient
from clinic.reactions import ENCLOSURES, GUARDS
from clinic.scheduling import actions
from clinic.scheduling.rules.states import CancelReason
from tests.domains.messaging.mail import Post, post_office
from tests.domains.scheduling.calendar_makers import COORDINATOR, RING, at
from tests.domains.scheduling.conftest import VisitDesk
from tests.domains.scheduling.texting import FIRST, Texting

ADDRESS = "ana@example.org"
OTHER = at(26, 14)


class Visit(Texting):
    """The desk's one visit, with an e-mail address and a mail server."""

    post: Post

    def give_address(self, address: str | None = ADDRESS, language: str = "en") -> None:
        with self.begin() as session:
            patient = session.get_one(Patient, self.ana.id)
            patient.email, patient.language = address, language

    def book(self, starts_at=FIRST, *, by=COORDINATOR, who=None):
        patient = who or self.ana
        with self.begin(by) as session:
            visit = actions.book_now(
                session,
                visit_type_code="follow_up",
                patient_id=patient.id,
                physician_id=self.lindqvist.id,
                starts_at=starts_at,
                ring=RING,
                by=by,
                now=self.clock(),
            )
            self.visit_id = visit.id
        return visit

    def cancel(self, *, by=COORDINATOR, reason=CancelReason.CLINIC_REQUEST):
        return self.act(actions.cancel, by=by, reason=reason)

    def deliver(self) -> int:
        return mailing.send_all_mail(self.desk.runtime, GUARDS, ENCLOSURES, seconds=30)

    def mails(self):
        """Return the mails about the visit, oldest first."""
        return list(reversed(self.post.received()))

    def planned(self) -> list[tuple[str, str, str | None]]:
        with self.begin() as session:
            wanted = select(Message.template_key, Message.state, Message.reason)
            about = Message.subject_id == self.visit_id, Message.channel == "email"
            return [
                tuple(row) for row in session.execute(wanted.where(*about).order_by(Message.created_at, Message.due_at))
            ]


def event_of(mail) -> tuple[Calendar, Event]:
    calendar = Calendar.from_ical(mail.calendar)
    (event,) = calendar.walk("VEVENT")
    return calendar, event


@pytest.fixture
def visit(make_runtime, begin, provider, clock) -> Iterator[Visit]:
    desk = VisitDesk(make_runtime(begin), provider, clock)
    with post_office(desk) as post:
        made = Visit(desk)
        made.post = post
        made.cancel()
        made.give_address()
        yield made


def test_a_booked_visit_puts_itself_into_the_calendar(visit: Visit):
    booked = visit.book()
    visit.deliver()
    (mail,) = visit.mails()
    calendar, event = event_of(mail)
    assert (mail.to, mail.method, calendar["METHOD"]) == (ADDRESS, "REQUEST", "REQUEST")
    assert (str(event["UID"]), event["SEQUENCE"]) == (booked.uid, 0)
    assert event["DTSTART"].dt == FIRST.astimezone(UTC)
    assert event["DTEND"].dt == (FIRST + timedelta(minutes=30)).astimezone(UTC)
    assert (str(event["ORGANIZER"]), str(event["ATTENDEE"])) == ("mailto:care@example.org", f"mailto:{ADDRESS}")
    (alarm,) = event.walk("VALARM")
    assert alarm["TRIGGER"].dt == timedelta(minutes=-15)
    assert "/v/" in mail.body


def test_the_invitation_is_the_one_that_the_patients_page_gives(visit: Visit):
    from clinic.scheduling.invitation import Method, invitation

    booked = visit.book()
    visit.deliver()
    page = invitation(
        uid=booked.uid,
        sequence=booked.sequence,
        starts_at=booked.starts_at,
        ends_at=booked.ends_at,
        method=Method.REQUEST,
        organizer_name="Demo Home Clinic",
        organizer_email="care@example.org",
        attendee_email=ADDRESS,
        url=None,
        language="en",
        now=visit.clock(),
    )
    assert Calendar.from_ical(visit.mails()[0].calendar).to_ical() == Calendar.from_ical(page).to_ical()


def test_a_moved_visit_moves_in_the_calendar_after_the_news_has_waited(visit: Visit):
    booked = visit.book()
    visit.deliver()
    visit.move(OTHER, physician=visit.lindqvist)
    visit.deliver()
    assert len(visit.mails()) == 1
    visit.clock.advance(minutes=5)
    visit.deliver()
    _, moved = visit.mails()
    _, event = event_of(moved)
    assert (str(event["UID"]), event["SEQUENCE"], event["DTSTART"].dt) == (booked.uid, 1, OTHER.astimezone(UTC))
    assert "is now on" in moved.subject


def test_a_move_that_is_taken_back_while_its_news_waits_tells_nobody(visit: Visit):
    visit.book()
    visit.deliver()
    visit.move(OTHER, physician=visit.lindqvist)
    visit.undo()
    visit.clock.advance(minutes=10)
    visit.deliver()
    assert len(visit.mails()) == 1
    assert [row[1:] for row in visit.planned()] == [
        ("sent", None),
        ("canceled", "told_anew"),
        ("canceled", "told_before"),
    ]


def test_two_moves_after_each_other_send_one_invitation(visit: Visit):
    visit.book()
    visit.deliver()
    visit.move(OTHER, physician=visit.lindqvist)
    visit.move(at(27, 11), physician=visit.lindqvist)
    visit.clock.advance(minutes=10)
    visit.deliver()
    assert [event_of(mail)[1]["SEQUENCE"] for mail in visit.mails()] == [0, 2]


def test_a_visit_that_moves_before_its_first_invitation_left_is_simply_invited_to(visit: Visit):
    visit.book()
    visit.move(OTHER, physician=visit.lindqvist)
    visit.clock.advance(minutes=10)
    visit.deliver()
    (mail,) = visit.mails()
    assert mail.subject.startswith("Demo Home Clinic: your visit on Thu Nov 26")
    assert event_of(mail)[1]["SEQUENCE"] == 1


def test_a_canceled_visit_leaves_the_calendar_with_the_highest_sequence(visit: Visit):
    booked = visit.book()
    visit.deliver()
    visit.cancel()
    visit.deliver()
    _, mail = visit.mails()
    calendar, event = event_of(mail)
    assert (calendar["METHOD"], str(event["STATUS"]), mail.method) == ("CANCEL", "CANCELLED", "CANCEL")
    assert (str(event["UID"]), event["SEQUENCE"]) == (booked.uid, 1)
    assert event.walk("VALARM") == []
    assert "http" not in mail.body


def test_a_visit_canceled_before_its_invitation_left_is_never_heard_of(visit: Visit):
    visit.book()
    visit.cancel()
    visit.clock.advance(minutes=10)
    visit.deliver()
    assert visit.mails() == []


def test_a_visit_from_before_there_was_email_is_taken_out_when_it_is_canceled(visit: Visit):
    visit.give_address(None)
    visit.book()
    visit.give_address()
    visit.cancel()
    visit.deliver()
    assert [mail.method for mail in visit.mails()] == ["CANCEL"]


def test_what_patients_do_themselves_is_confirmed_at_once_also_at_night(visit: Visit):
    visit.clock.advance(hours=12)
    visit.book(by=visit.patient)
    visit.deliver()
    visit.cancel(by=visit.patient, reason=CancelReason.PATIENT_REQUEST)
    visit.deliver()
    assert [mail.method for mail in visit.mails()] == ["REQUEST", "CANCEL"]


def test_what_the_clinic_books_at_night_is_told_in_the_morning(visit: Visit):
    visit.clock.advance(hours=12)
    visit.book()
    visit.deliver()
    assert visit.mails() == []
    visit.clock.advance(hours=10)
    visit.deliver()
    assert [mail.method for mail in visit.mails()] == ["REQUEST"]


def test_a_worker_that_is_late_never_invites_to_where_the_visit_is_no_more(visit: Visit):
    visit.book()
    with visit.begin() as session:
        (message_id,) = session.scalars(
            select(Message.id).where(Message.channel == "email", Message.state == "pending")
        )
    (claimed,) = visit.post.claim()
    assert claimed.message_id == message_id
    visit.move(OTHER, physician=visit.lindqvist)
    assert mailing.commit_mail(visit.desk.runtime, GUARDS, ENCLOSURES, claimed=claimed) is None
    assert visit.mails() == []


def test_a_visit_that_has_begun_is_in_no_calendar_any_more(visit: Visit):
    visit.book()
    visit.clock.advance(days=3)
    visit.deliver()
    assert visit.mails() == []


def test_an_invitation_speaks_the_patients_language_and_says_nothing_clinical(visit: Visit):
    visit.give_address(language="es")
    visit.book()
    visit.deliver()
    (mail,) = visit.mails()
    _, event = event_of(mail)
    assert mail.subject == "Demo Home Clinic: su cita del mié 25 nov"
    assert str(event["SUMMARY"]) == "Cita con la clínica"
    shown = f"{mail.subject}{mail.body}{mail.calendar}".casefold()
    assert not [
        word for word in ("follow", "seguimiento", "lindqvist", visit.ana.legal_last_name.casefold()) if word in shown
    ]


def test_a_patient_without_an_address_gets_no_invitation(visit: Visit):
    visit.give_address(None)
    visit.book()
    assert visit.planned() == []


def test_confirming_arriving_and_missing_send_no_invitation(visit: Visit):
    visit.book()
    visit.deliver()
    visit.confirm()
    visit.clock.instant = FIRST + timedelta(minutes=20)
    visit.act(actions.mark_no_show)
    visit.deliver()
    assert len(visit.mails()) == 1


def test_visits_of_a_course_are_invited_to_one_by_one(visit: Visit):
    with visit.begin() as session:
        for starts_at in (FIRST, OTHER):
            actions.book_with_course(
                session,
                visit_type_code="follow_up",
                patient_id=visit.ana.id,
                physician_id=visit.lindqvist.id,
                starts_at=starts_at,
                ring=RING,
                by=COORDINATOR,
                now=visit.clock(),
            )
    visit.deliver()
    told = sorted(event_of(mail)[1]["DTSTART"].dt for mail in visit.mails())
    assert told == [FIRST.astimezone(UTC), OTHER.astimezone(UTC)]


def test_a_course_that_moves_or_ends_tells_the_calendar(visit: Visit):
    visit.book()
    visit.deliver()
    place = {"physician_id": visit.lindqvist.id, "starts_at": OTHER}
    visit.act(actions.move_with_course, ring=RING, **place)
    visit.clock.advance(minutes=10)
    visit.deliver()
    visit.act(actions.cancel_with_course)
    visit.deliver()
    assert [mail.method for mail in visit.mails()] == ["REQUEST", "REQUEST", "CANCEL"]


def test_when_care_ends_nobody_is_mailed(visit: Visit):
    visit.book()
    with visit.begin() as session:
        actions.end_visits_of_patient(session, patient_id=visit.ana.id, by=COORDINATOR, now=visit.clock())
    visit.deliver()
    assert (visit.mails(), [row[1] for row in visit.planned()]) == ([], ["canceled"])


def test_a_mail_whose_fate_is_unknown_does_not_count_as_told(visit: Visit):
    visit.book()
    visit.post.faults("drop-lost")
    visit.deliver()
    visit.move(OTHER, physician=visit.lindqvist)
    visit.move(FIRST, physician=visit.lindqvist)
    visit.clock.advance(minutes=10)
    visit.deliver()
    assert [event_of(mail)[1]["SEQUENCE"] for mail in visit.mails()] == [2]
