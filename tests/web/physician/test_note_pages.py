"""Visit notes at the browser: nothing typed is lost, only what was shown is signed, a broken hash is said."""

import pytest
from sqlalchemy import text

from clinic.kernel.actor import Role
from clinic.treatment.queries.notes import unsigned_of
from clinic.treatment.rules.phases import Phase
from tests.domains.treatment.plan_makers import CourseClinic, on, take
from tests.web.html import Browser, Page

WORDS = "Sleeps better.\nWe stay with the gaps."
OTHER = "Sleeps worse again."


@pytest.fixture
def plan(course: CourseClinic, okafor: Browser, session):
    made = course.plan(Phase.INDUCTION)
    take(session, made, at=on("2026-11-12"))
    session.commit()
    return made


def home(plan) -> str:
    return f"/my-patients/{plan.patient_id}/notes"


def drafted(okafor: Browser, plan, words=WORDS) -> Page:
    return okafor.get(f"{home(plan)}/new").form("note").submit(words_typed=words)


def signed(okafor: Browser, plan) -> Page:
    return drafted(okafor, plan).click("Sign").form("sign").submit("Sign and lock")


def test_a_draft_is_written_about_a_visit_changed_and_signed_with_what_the_page_shows(okafor: Browser, plan, session):
    empty = okafor.get(home(plan)).click("Write a note")
    [visit] = [option.get("value") for option in empty.select("option") if option.get("value")]
    draft = empty.form("note").submit(words_typed=OTHER, appointment_id=visit)
    assert "Only you see this draft." in draft.text
    assert "about the visit of" in draft.text
    kept = draft.click("Change").form("note").submit(words_typed=WORDS)
    page = kept.click("Sign")
    assert "PHQ-9 no data" in page.text
    assert "Last session taken Induction Nov 12, 2026" in page.text
    shown = page.texts(".note-hash")
    done = page.form("sign").submit("Sign and lock")
    assert "Signed and unchanged" in done.text
    assert "Last session taken Induction Nov 12, 2026" in done.text
    assert done.texts(".note-hash") != shown
    assert "Signed and unchanged" in okafor.get(home(plan)).click("Mon, Nov 23, 10:00 AM ET").text
    assert unsigned_of(session, plan.physician_id) == []


def test_signing_asks_for_a_second_factor_that_is_fresh(okafor: Browser, plan, clock):
    page = drafted(okafor, plan).click("Sign")
    clock.advance(minutes=5, seconds=1)
    assert page.form("sign").submit("Sign and lock").path.startswith("/sign-in/again?next=")
    assert "Not signed" in okafor.get(home(plan)).text


def test_words_changed_in_another_window_are_not_signed_unseen(okafor: Browser, plan):
    draft = drafted(okafor, plan)
    page = draft.click("Sign")
    draft.click("Change").form("note").submit(words_typed=OTHER)
    refused = page.form("sign").submit("Sign and lock")
    assert refused.status == 409
    assert OTHER in refused.text
    assert "Signed and unchanged" in refused.form("sign").submit("Sign and lock").text


@pytest.mark.parametrize("shown", ["0" * 64, "x"])
def test_a_hash_that_is_not_the_pages_own_signs_nothing(okafor: Browser, plan, shown):
    form = drafted(okafor, plan).click("Sign").form("sign")
    assert form.send("Sign and lock", shown=shown).status == 409
    assert "Not signed" in okafor.get(home(plan)).text


def test_two_windows_on_one_draft_lose_nothing(okafor: Browser, plan):
    draft = drafted(okafor, plan)
    first, second = draft.click("Change"), draft.click("Change")
    first.form("note").submit(words_typed=OTHER)
    stale = second.form("note").submit(words_typed="A third text")
    assert stale.status == 409
    assert OTHER in stale.text
    assert stale.form("note").values["words_typed"] == ["A third text"]
    assert "A third text" in stale.form("note").submit().text


def test_words_typed_over_a_note_that_was_signed_meanwhile_become_an_addendum(okafor: Browser, plan):
    draft = drafted(okafor, plan)
    box = draft.click("Change")
    draft.click("Sign").form("sign").submit("Sign and lock")
    page = box.form("note").submit(words_typed=OTHER)
    assert page.status == 409
    assert page.form("addendum").values["words_typed"] == [OTHER]


def test_words_typed_over_a_draft_that_was_discarded_meanwhile_become_a_new_note(okafor: Browser, plan):
    draft = drafted(okafor, plan)
    box = draft.click("Change")
    draft.click("Discard").form("discard").submit()
    page = box.form("note").submit(words_typed=OTHER)
    assert page.form("note").values["words_typed"] == [OTHER]
    assert "Only you see this draft." in page.form("note").submit().text


def test_the_same_draft_sent_twice_is_one(okafor: Browser, plan, session):
    form = okafor.get(f"{home(plan)}/new").form("note")
    form.submit(words_typed=WORDS)
    form.submit(words_typed=WORDS)
    assert len(unsigned_of(session, plan.physician_id)) == 1


def test_an_addendum_is_shown_before_it_is_signed_and_waits_for_the_code(okafor: Browser, plan, clock):
    note = signed(okafor, plan)
    box = note.click("Add to it")
    clock.advance(minutes=6)
    page = box.form("addendum").submit(words_typed="Called back.\nAll well.")
    assert "Give your code before you sign" in page.text
    assert "Called back. All well." in page.text
    fresh = okafor.get(note.path)
    assert "Called back" not in fresh.text


def test_a_signed_addendum_stands_under_the_note(okafor: Browser, plan):
    page = signed(okafor, plan).click("Add to it").form("addendum").submit(words_typed="Called back.\r\nAll well.")
    assert "Give your code" not in page.text
    done = page.form("sign-addendum").submit("Sign and lock")
    assert "Called back. All well. Signed by Amara Okafor" in done.text
    again = page.form("sign-addendum").submit("Sign and lock")
    assert len(again.select(".note-addendum")) == 1


def test_a_note_changed_behind_our_back_is_shown_and_said(okafor: Browser, plan, session):
    note = signed(okafor, plan)
    session.execute(text("update visit_note set content_hash = repeat('0', 64)"))
    session.commit()
    page = okafor.get(note.path)
    assert "This note is not what was signed" in page.text
    assert "Sleeps better." in page.text
    assert "Not what was signed" in okafor.get(home(plan)).text


def test_nobody_else_has_these_pages(okafor: Browser, plan, desk: Browser, sign_in_as, session, course):
    note = drafted(okafor, plan)
    admin = sign_in_as(Role.ADMIN, name="Morgan Ellery")
    for browser in (desk, admin):
        for path in (home(plan), note.path, f"{home(plan)}/new"):
            assert browser.get(path).status == 403
            assert "Sleeps" not in browser.get(path).text
    coordinators_view = desk.get(f"/patients/{plan.patient_id}").text
    assert "Sleeps" not in coordinators_view
