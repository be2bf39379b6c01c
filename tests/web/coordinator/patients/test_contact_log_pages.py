"""A patient's history on the page: everything in one order, filters, paging, notes added and corrected in place."""

from datetime import timedelta

import pytest

from clinic.kernel.ids import new_id
from clinic.people.actions.contact_log import add_contact
from clinic.people.rules.contact_log import ContactKind, NewContact
from clinic.scheduling import actions as scheduling
from tests.domains.scheduling.calendar_makers import RING, Clinic, at
from tests.web.coordinator.patients.conftest import actor_named


def url(patient, rest=""):
    return f"/patients/{patient.id}{rest}"


def lines(page):
    return page.texts(".log-line")


def noted(session, patient, body, happened_at, now):
    new = NewContact(kind=ContactKind.NOTE, body=body, happened_at=happened_at)
    entry = add_contact(session, patient_id=patient.id, new=new, by=actor_named("colleague"), now=now)
    session.commit()
    return entry


def test_a_call_is_added_in_place_and_stands_on_top(web, dana, events):
    page = web.get(url(dana)).form("add-contact").submit(what="call_out", outcome="left_message", body="Asked to call.")
    assert page.toasts == ["✓ Call saved."]
    first = lines(page)[0]
    assert "Call to the patient · Left a message Asked to call. 10:00 AM ET · Dana Reyes" in first
    (event,) = events("contact.added")
    assert "Asked" not in str(event.details)


def test_a_note_may_be_about_an_earlier_day_of_the_clinic(web, dana):
    form = web.get(url(dana)).form("add-contact")
    page = form.submit(what="note", body="Prefers mornings.", on="2026-10-31", at="23:30")
    assert "Sat, Oct 31, 2026" in page.texts(".log-day h3")
    assert "Prefers mornings. 11:30 PM ET" in lines(page)[-1]


@pytest.mark.parametrize(
    ("typed", "box"),
    [
        ({"what": "", "body": "x"}, "what"),
        ({"what": "note", "body": ""}, "body"),
        ({"what": "call_in", "outcome": ""}, "outcome"),
        ({"what": "note", "body": "x", "on": "2026-11-24", "at": "09:00"}, "on"),
        ({"what": "note", "body": "x", "on": "2026-11-20", "at": ""}, "at"),
        ({"what": "note", "body": "x" * 2001}, "body"),
        ({"what": "note", "body": "x", "on": "2026-03-08", "at": "02:30"}, ""),
    ],
)
def test_what_is_wrong_with_an_entry_is_said_at_its_box_and_nothing_is_lost(web, dana, typed, box):
    page = web.get(url(dana)).form("add-contact").submit(**typed)
    assert page.status == 422
    assert list(page.errors) == [box]
    assert page.form("add-contact").values["body"] == [typed.get("body", "")]
    assert page.select("details.log-add")[0].get("open") is not None
    assert page.form("add-contact").submit(what="note", body="ok", on="", at="").toasts == ["✓ Note saved."]


def test_the_form_sent_twice_is_one_entry_and_changed_it_is_asked_about(web, dana):
    form = web.get(url(dana)).form("add-contact")
    form.submit(what="note", body="Once.")
    page = form.submit(what="note", body="Once.")
    assert sum("Once." in line for line in lines(page)) == 1
    refused = form.submit(what="note", body="Twice.")
    assert refused.status == 409
    assert refused.form("add-contact").submit().toasts == ["✓ Note saved."]


def test_a_correction_strikes_what_was_written_and_names_both_people(web, session, dana, now, clock):
    noted(session, dana, "Prefers <b>mornings</b>.", now - timedelta(hours=2), now)
    clock.advance(minutes=5)
    asked = web.get(url(dana)).click("Correct the note of Mon, Nov 23, 8:00 AM ET")
    assert asked.form("correct-contact").values["body"] == ["Prefers <b>mornings</b>."]
    page = asked.form("correct-contact").submit(body="Prefers evenings.")
    assert page.toasts == ["✓ Correction saved."]
    assert [s for s in page.texts("s") if "mornings" in s] == ["Prefers <b>mornings</b>."]
    line = next(line for line in lines(page) if "evenings" in line)
    assert "Corrected by Dana Reyes, Mon, Nov 23, 10:05 AM ETPrefers evenings." in line
    assert "Lee Park" in line
    again = asked.form("correct-contact").send(key=str(new_id()), body="Prefers nights.")
    assert again.status == 409
    assert "Dana Reyes has corrected this already" in again.text


def test_nothing_is_corrected_that_is_not_there(web, session, dana, now):
    entry = noted(session, dana, "A note.", now, now)
    assert web.get(url(dana, f"/contacts/{new_id()}/correct")).status == 404
    assert web.get(f"/patients/{new_id()}/contacts/{entry.id}/correct").status == 404
    form = web.get(url(dana, f"/contacts/{entry.id}/correct")).form("correct-contact")
    assert form.submit().status == 422


@pytest.mark.parametrize("who", ["physician", "admin"])
def test_only_coordinators_write_in_the_log(browse, web, session, dana, now, who):
    entry = noted(session, dana, "A note.", now, now)
    assert browse(who).get(url(dana, f"/contacts/{entry.id}/correct")).status == 403


def test_what_happened_to_visits_reads_as_sentences(web, session, dana, now, runtime):
    clinic = Clinic(session, by=actor_named("colleague"))
    clinic.visit_type()
    okafor = clinic.physician()
    visit = clinic.visit(dana, okafor, at(25, 10))
    late = clinic.visit(dana, okafor, at(27, 10))
    moving = {"physician_id": okafor.id, "starts_at": at(26, 11), "by": clinic.by, "now": now, "ring": RING}
    scheduling.move(session, appointment_id=visit.id, reason="patient_request", **moving)
    scheduling.cancel(session, appointment_id=late.id, reason="physician_ill", by=clinic.by, now=now)
    session.commit()
    said = " / ".join(lines(web.get(url(dana), show="visits")))
    assert "Visit booked · Follow-up, Wed, Nov 25, 10:00 AM ET, Dr. Amara Okafor" in said
    assert (
        "Visit moved · Follow-up, from Wed, Nov 25, 10:00 AM ET to Thu, Nov 26, 11:00 AM ET, Dr. Amara Okafor. "
        "The patient asked" in said
    )
    assert "Visit canceled · Follow-up, Fri, Nov 27, 10:00 AM ET, Dr. Amara Okafor. The physician is ill" in said
    assert "Lee Park" in said


def test_each_filter_shows_its_kind_and_how_many_there_are(web, session, dana, now):
    noted(session, dana, "A note.", now, now)
    web.get(url(dana)).form("add-contact").submit(what="call_in", outcome="reached")
    web.get(url(dana, "/edit")).form("edit-patient").submit(city="Hialeah")
    web.get(url(dana, "/texts")).form("decline").submit(told_by="in_person")
    page = web.get(url(dana))
    assert page.texts(".counts li") == ["4 in all", "0 texts", "1 call", "1 note", "0 about visits", "2 changes"]
    changes = page.click("2 changes")
    said = {line.split(" · ")[0][2:] for line in lines(changes)}
    assert said == {"Asked for no texts", "Details changed"}
    assert "Nothing of this kind" in page.click("0 texts").text


def test_another_number_is_said_in_words_and_not_shown(web, dana):
    web.get(url(dana, "/edit")).form("edit-patient").submit(phone="786 555 0142", city="Hialeah")
    said = " / ".join(lines(web.get(url(dana), show="changes")))
    assert "Phone number changed" in said
    assert "Details changed · City" in said
    assert "0142" not in said


def test_older_pages_follow_without_a_gap_or_a_repeat(web, session, dana, now):
    for minute in range(65):
        noted(session, dana, f"Note number {minute:03}.", now - timedelta(minutes=minute // 3), now)
    page, seen = web.get(url(dana), show="notes"), []
    while True:
        seen += lines(page)
        if "Older entries" not in page.links:
            break
        page = page.click("Older entries")
    numbers = [line.split("number ")[1][:3] for line in seen]
    assert sorted(numbers) == [f"{n:03}" for n in range(65)]
    assert [int(n) // 3 for n in numbers] == sorted(int(n) // 3 for n in numbers)
    assert page.click("‹ Back to the newest entries").path.endswith("show=notes#history")


@pytest.mark.parametrize(
    "before",
    ["x", "20261123T150000000000Z~note", "20261323T150000000000Z~note~1", "20261123T150000000000Z~nurse~1", "~" * 500],
)
def test_a_page_of_the_history_that_never_was_is_refused_kindly(web, dana, before):
    page = web.get(url(dana), before=before)
    assert page.status == 422
