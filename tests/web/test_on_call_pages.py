"""On-call pages: the line over every page, "I have it", what was done, the rota, and phones."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from clinic.gateways.sms import InboundText as ReceivedText
from clinic.kernel.actor import Role, system
from clinic.messaging import actions as messaging
from clinic.oncall import actions, queries
from clinic.oncall.rules import PageKind, Place
from clinic.runtime import Runtime
from tests.conftest import TestClock
from tests.web.html import Browser, text_of

PHONE = "+13055550171"
WORDS = "I want to die"
OPERATOR = system("Operator")


@pytest.fixture
def write(runtime: Runtime, clock: TestClock) -> Callable[..., object]:
    """Let a phone write words that sound like danger and a person be called; return the page's id."""

    def writing(e164: str = PHONE, words: str = WORDS) -> object:
        text = ReceivedText(f"SM{len(words):032}"[:34], e164, "+15005550006", words, None, 1)
        with runtime.begin(by=OPERATOR) as session:
            inbound_id = messaging.receive(session, text=text, has_own_replies=True, by=OPERATOR, now=clock())
            assert inbound_id is not None
            return actions.page_for_danger(session, inbound_id=inbound_id, by=OPERATOR, now=clock())

    return writing


@pytest.fixture
def boss(sign_in_as: Callable[..., Browser]) -> Browser:
    return sign_in_as(Role.ADMIN, name="Morgan Ellery")


def line(page) -> str:
    return text_of(page.one("#on-call-alarm"))


def pulse(browser: Browser) -> object:
    return browser.client.get("/on-call/pulse", headers={"X-Fragment": "1", "X-Live": "1"}).get_json()


def test_every_staff_page_says_that_nobody_has_a_call_and_names_nobody(
    clinic, write, desk: Browser, boss: Browser, sign_in_as
):
    clinic.patient(phone=PHONE, legal_first_name="Marisol")
    assert line(desk.get("/today")) == ""
    page_id = write()
    physician = sign_in_as(Role.PHYSICIAN, name="Amara Okafor")
    for browser, path in ((desk, "/today"), (boss, "/admin"), (physician, "/account")):
        page = browser.get(path)
        assert "A text sounds like danger. Nobody has it yet." in line(page)
        assert page.one("#on-call-alarm a").get("href") == f"/on-call/{page_id}"
        assert "Marisol" not in line(page)


def test_an_open_page_hears_of_a_call_and_of_its_end(clinic, write, desk: Browser):
    assert pulse(desk) == {"words": "", "href": ""}
    page_id = write()
    assert pulse(desk) == {
        "words": "A text sounds like danger. Nobody has it yet.",
        "href": f"/on-call/{page_id}",
    }


def test_somebody_who_is_not_signed_in_sees_no_line_and_no_page(write, anybody: Browser):
    page_id = write()
    assert anybody.get("/sign-in").select("#on-call-alarm") == []
    assert anybody.get(f"/on-call/{page_id}").h1 == "Sign in"


def test_the_call_shows_who_wrote_what_and_whom_to_telephone(clinic, write, desk: Browser):
    clinic.patient(phone=PHONE, legal_first_name="Marisol", legal_last_name="Benavides")
    page = desk.get(f"/on-call/{write()}")
    assert page.h1 == "A text sounds like danger"
    for words in (WORDS, "Marisol Benavides", "12 Palm Way", "Nobody has it yet"):
        assert words in page.text
    assert page.links["Call (305) 555-0171"] == f"tel:{PHONE}"
    assert page.links["911"] == "tel:911"
    assert page.links["988"] == "tel:988"


def test_a_number_without_a_patient_is_said_to_have_none(write, desk: Browser):
    page = desk.get(f"/on-call/{write('+13055550199')}")
    assert "No patient uses this number" in page.text


def test_an_opted_out_number_is_said_to_get_no_texts(clinic, write, desk: Browser, runtime: Runtime, clock):
    clinic.patient(phone=PHONE)
    text = ReceivedText("SM" + "f" * 32, PHONE, "+15005550006", "STOP", None, 1)
    with runtime.begin(by=OPERATOR) as session:
        messaging.receive(session, text=text, has_own_replies=True, by=OPERATOR, now=clock())
    assert "This number gets no texts from us" in desk.get(f"/on-call/{write()}").text


def test_the_first_has_it_and_the_second_reads_who(clinic, write, desk: Browser, sign_in_as):
    clinic.patient(phone=PHONE)
    path = f"/on-call/{write()}"
    slow = sign_in_as(Role.COORDINATOR, name="Sam Whitfield")
    slow_page = slow.get(path)
    mine = desk.get(path).form("have-it").submit()
    assert "You have it. Nobody else is called now." in " ".join(mine.toasts)
    assert line(mine) == ""
    late = slow_page.form("have-it").submit()
    assert "Dana Reyes was faster and has it." in " ".join(late.toasts)
    assert "Dana Reyes has it" in late.text
    assert late.status == 200


def test_what_was_done_is_written_down_on_the_page_and_in_the_contact_log(clinic, write, desk: Browser):
    patient = clinic.patient(phone=PHONE)
    page = desk.get(f"/on-call/{write()}").form("have-it").submit()
    missing = page.form("done").submit(note="Safe.")
    assert missing.status == 422
    assert missing.errors["outcome"] == "Choose how the call ended."
    done = missing.form("done").submit(outcome="reached", note="Safe, with a sister.")
    assert "Spoke with the patient" in done.text
    assert "Safe, with a sister." in done.text
    assert "Safe, with a sister." in desk.get(f"/patients/{patient.id}").text


def test_of_those_who_share_a_phone_the_one_called_is_chosen(clinic, write, desk: Browser):
    one, other = (clinic.patient(phone=PHONE, legal_first_name=name) for name in ("Ana", "Berta"))
    page = desk.get(f"/on-call/{write()}").form("have-it").submit()
    assert "Several patients use this number" in page.text
    page.form("done").submit(outcome="reached", note="It was Berta.", patient_id=str(other.id))
    assert "It was Berta." in desk.get(f"/patients/{other.id}").text
    assert "It was Berta." not in desk.get(f"/patients/{one.id}").text


def test_an_administrator_reads_the_words_only_once_the_call_is_theirs(clinic, write, boss: Browser):
    clinic.patient(phone=PHONE, legal_first_name="Marisol")
    page = boss.get(f"/on-call/{write()}")
    assert "Marisol" not in page.text
    assert WORDS not in page.text
    assert "Marisol" in page.form("have-it").submit().text


def test_seeing_a_call_is_on_record_with_the_patient(clinic, write, desk: Browser, session):
    from clinic.audit.models import AuditEvent

    patient = clinic.patient(phone=PHONE)
    desk.get(f"/on-call/{write()}")
    (seen,) = session.query(AuditEvent).filter(AuditEvent.action == "on_call.viewed")
    assert seen.patient_ids == [patient.id]


def test_a_call_that_does_not_exist_is_answered_kindly(desk: Browser):
    page = desk.get("/on-call/00000000-0000-4000-8000-000000000000")
    assert page.status == 404


def test_paused_texts_lead_an_administrator_to_the_system_page(boss: Browser, desk: Browser, runtime, clock):
    from clinic.messaging.actions import lanes

    with runtime.begin(by=OPERATOR) as session:
        lanes.pause(session, number=2, code=20003, by=OPERATOR, now=clock())
        actions.page_for_paused_lanes(session, by=OPERATOR, now=clock())
        (page,) = queries.open_pages(session)
    assert page.kind is PageKind.LANE_PAUSED
    assert boss.get(f"/on-call/{page.id}").links["Open system"] == "/admin/system"
    assert "Open system" not in desk.get(f"/on-call/{page.id}").links


def test_the_list_shows_how_long_it_took_until_somebody_had_it(write, desk: Browser, clock):
    empty = desk.get("/on-call")
    assert "No call yet" in empty.text
    write()
    clock.advance(minutes=7)
    page = next(form for name, form in desk.get("/on-call").forms.items() if name.startswith("have-")).submit()
    assert page.h1 == "A text sounds like danger"
    row = text_of(desk.get("/on-call").one("tbody tr"))
    assert "Dana Reyes" in row
    assert "7 min" in row


def test_everybody_enters_the_own_phone(desk: Browser, clinic):
    saved = desk.get("/on-call").form("phone").submit(phone="(305) 555-0180")
    assert "Your phone is saved." in " ".join(saved.toasts)
    assert saved.form("phone").values["phone"] == ["(305) 555-0180"]
    clinic.patient(phone=PHONE)
    refused = saved.form("phone").submit(phone="305 555 0171")
    assert refused.status == 409
    assert refused.errors["phone"] == "A patient uses this number. Enter one that only staff use."
    wrong = refused.form("phone").submit(phone="12")
    assert wrong.status == 422
    gone = wrong.form("phone").submit(phone="")
    assert "Calls reach you by e-mail only." in " ".join(gone.toasts)


def who(browser: Browser, name: str) -> str:
    options = browser.get("/admin/on-call").select("#staff_id option")
    return next(one.get("value") for one in options if text_of(one) == name)


def test_an_administrator_fills_the_rota_and_takes_a_shift_off(boss: Browser, desk: Browser):
    empty = boss.get("/admin/on-call")
    assert "Nobody is on call in the next two weeks" in empty.text
    dana = who(boss, "Dana Reyes")
    added = empty.form("shift-form").submit(staff_id=dana)
    assert "Dana Reyes is on the rota. There is no phone yet, so calls go by e-mail." in " ".join(added.toasts)
    assert "Nobody is first in line" in added.text
    assert "from 5:00 PM" in added.text
    assert "until 8:00 AM" in added.text
    assert "Your next shift: first in line" in desk.get("/on-call").text
    taken = next(form for name, form in added.forms.items() if name.startswith("remove-")).submit()
    assert "The shift is off the rota." in " ".join(taken.toasts)
    assert "Nobody is on call in the next two weeks" in taken.text


@pytest.mark.parametrize(
    ("typed", "field", "status"),
    [
        ({"ends_on": "2026-11-22"}, "ends_on", 422),
        ({"starts_on": "2026-11-20", "ends_on": "2026-11-21"}, "ends_on", 422),
        ({"starts_on": "2027-03-14", "starts_at": "02:30", "ends_on": "2027-03-15"}, "starts_at", 422),
        ({"starts_on": "31/12"}, "starts_on", 422),
        ({"staff_id": ""}, "staff_id", 422),
        ({"place": "third"}, "place", 422),
    ],
)
def test_a_shift_that_cannot_be_is_refused_at_its_box(boss: Browser, desk: Browser, typed, field: str, status: int):
    wanted = {"staff_id": who(boss, "Dana Reyes")} | typed
    page = boss.get("/admin/on-call").form("shift-form").send(**wanted)
    assert page.status == status
    assert field in page.errors


def test_a_clash_names_who_is_there(boss: Browser, desk: Browser):
    first = boss.get("/admin/on-call").form("shift-form")
    first.submit(staff_id=who(boss, "Dana Reyes"))
    page = boss.get("/admin/on-call").form("shift-form").submit(staff_id=who(boss, "Morgan Ellery"))
    assert page.status == 409
    assert "Dana Reyes is first in line from Mon Nov 23, 5:00 PM ET" in page.errors["starts_on"]


def test_somebody_on_the_rota_who_cannot_be_reached_is_marked_in_words(
    boss: Browser, desk: Browser, runtime: Runtime, clock
):
    from clinic.access import queries as access
    from clinic.access.actions import disable_staff

    boss.get("/admin/on-call").form("shift-form").submit(staff_id=who(boss, "Dana Reyes"))
    assert "No phone" in boss.get("/admin/on-call").text
    with runtime.begin(by=OPERATOR) as session:
        dana = access.account_by_email(session, "dana.reyes@example.org")
        disable_staff(session, account_id=dana.id, version=dana.version, by=OPERATOR, now=clock())
    page = boss.get("/admin/on-call")
    assert "Cannot sign in" in page.text
    assert "Nobody is first in line" in page.text


def test_an_administrator_enters_a_colleagues_phone(boss: Browser, desk: Browser):
    page = boss.get(f"/admin/on-call/phones/{who(boss, 'Dana Reyes')}")
    assert page.h1 == "Phone of Dana Reyes"
    saved = page.form("phone").submit(phone="305 555 0180")
    assert "(305) 555-0180" in saved.text


def test_the_phone_of_nobody_is_not_found(boss: Browser):
    assert boss.get("/admin/on-call/phones/00000000-0000-4000-8000-000000000000").status == 404


def test_coordinators_do_not_change_the_rota(desk: Browser):
    assert desk.get("/admin/on-call").status == 403


def test_who_is_on_call_now_is_shown_with_the_phone(runtime: Runtime, boss: Browser, desk: Browser, clock):
    with runtime.begin(by=OPERATOR) as session:
        people = {one.name: one.staff_id for one in queries.contacts(session)}
        actions.save_phone(session, staff_id=people["Dana Reyes"], typed="+13055550180", by=OPERATOR, now=clock())
        actions.add_shift(
            session,
            staff_id=people["Dana Reyes"],
            place=Place.FIRST,
            starts_at=clock(),
            ends_at=clock() + timedelta(hours=3),
            zone="America/New_York",
            by=OPERATOR,
            now=clock(),
        )
    page = desk.get("/on-call")
    assert page.links["(305) 555-0180"] == "tel:+13055550180"
    assert "You are on call" in page.text


def test_a_physician_reads_while_nobody_has_a_call_and_afterwards_only_about_own_patients(
    clinic, write, desk: Browser, sign_in_as
):
    clinic.patient(phone=PHONE, legal_first_name="Marisol")
    stranger = sign_in_as(Role.PHYSICIAN, name="Nell Stranger")
    path = f"/on-call/{write()}"
    seen = stranger.get(path)
    assert "Marisol" in seen.text
    desk.get(path).form("have-it").submit()
    later = stranger.get(path)
    assert "Marisol" not in later.text
    assert WORDS not in later.text
    fields = {"csrf_token": seen.form("have-it").values["csrf_token"][0]}
    assert stranger.post(f"{path}/done", fields | {"outcome": "reached", "note": "I called."}).status == 403
    assert "I called." not in desk.get(path).text


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_a_shift_at_the_end_of_all_calendars_is_refused(boss: Browser, desk: Browser, day: str):
    wanted = {"staff_id": who(boss, "Dana Reyes"), "starts_on": day, "starts_at": "23:00", "ends_on": day}
    page = boss.get("/admin/on-call").form("shift-form").send(**wanted, ends_at="23:30")
    assert page.status == 422
    assert "starts_on" in page.errors
