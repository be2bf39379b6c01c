"""The board as pages: who stands in which column, what is drawn, what is refused and why."""

from datetime import date, datetime, time
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from clinic.audit.models import AuditEvent
from clinic.kernel.actor import Role
from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import WAITING
from clinic.scheduling import actions
from clinic.scheduling.models import Appointment, AppointmentHistory
from clinic.scheduling.rules.availability import OverrideKind
from tests.domains.scheduling.calendar_makers import RING, at
from tests.web.coordinator.conftest import SAM
from tests.web.html import Browser, Page, text_of

TUESDAY = "2026-11-24"


def columns(page: Page) -> list[str]:
    return page.texts(".column-name")


def blocks(page: Page) -> list[str]:
    return [text_of(one) for one in page.select(".visit")]


def send(desk: Browser, path: str, **fields: object):
    """Post as the board's script does, and return the answer."""
    token = desk.get("/board").root.find(".//meta[@name='csrf-token']").get("content")
    given = {name: str(value) for name, value in fields.items()} | {"csrf_token": token}
    return desk.client.post(path, data=given, headers={**desk.headers, "Accept": "application/json"})


def move(desk: Browser, visit: Appointment, physician, starts_at: datetime, /, **more: object):
    place = {"physician": physician.id, "starts_at": starts_at.isoformat(), "version": visit.version, "tell": "yes"}
    return send(desk, f"/board/visits/{visit.id}/move", **(place | more))


def now_of(office, visit: Appointment) -> Appointment:
    office.session.expire_all()
    return office.session.get_one(Appointment, visit.id)


def test_a_column_stands_for_everybody_who_works_or_has_a_visit(desk: Browser, office):
    assert columns(desk.get("/board", on=TUESDAY)) == ["Dr. Amara Okafor", "Dr. Luis Herrera"]
    sunday = desk.get("/board", on="2026-11-29")
    assert columns(sunday) == []
    assert "Nobody works on this day" in sunday.text
    named = desk.get("/board", on="2026-11-29", physician=office.herrera.id)
    assert columns(named) == ["Dr. Luis Herrera"]


def test_physicians_are_chosen_and_stay_chosen_on_the_way_to_other_days(desk: Browser, office):
    page = desk.get("/board", on=TUESDAY).form("choose").submit(physician=[str(office.herrera.id)])
    assert columns(page) == ["Dr. Luis Herrera"]
    assert columns(page.click("›Day after")) == ["Dr. Luis Herrera"]
    assert "Dr. Luis Herrera" in page.click("Week").h1


def test_a_visit_tells_time_name_status_kind_and_the_patients_own_clock(desk: Browser, office):
    panhandle = office.maker.patient(
        legal_last_name="Pensa", legal_first_name="Cola", county_fips="12033", postal_code="32501"
    )
    office.maker.visit(panhandle, office.okafor, at(24, 10))
    office.session.commit()
    [visit] = blocks(desk.get("/board", on=TUESDAY))
    assert visit.startswith("10:00 AM to 10:30 AM, Pensa, Cola ? Unconfirmed, Follow-up, patient in FL, 9:00 AM CT")


def test_every_state_is_drawn_with_its_word_and_counted_above(desk: Browser, office, clock):
    maker = office.maker
    patients = [maker.patient() for _ in range(6)]
    visits = [
        maker.visit(one, office.okafor, at(23, 13 + n), by=SAM, ignore_notice=True)
        for n, one in enumerate(patients[:4])
    ]
    for visit, step in zip(visits, (None, "confirm", "arrive", "complete"), strict=True):
        if step == "confirm":
            actions.confirm(office.session, appointment_id=visit.id, via="staff", by=SAM, now=maker.now)
        if step in {"arrive", "complete"}:
            actions.arrive(office.session, appointment_id=visit.id, by=SAM, now=visit.starts_at)
        if step == "complete":
            actions.complete(office.session, appointment_id=visit.id, by=SAM, now=visit.ends_at)
    maker.hold(patients[4], office.herrera, at(23, 13))
    gone = maker.visit(patients[5], office.herrera, at(23, 15))
    actions.cancel(office.session, appointment_id=gone.id, reason="clinic_request", by=SAM, now=maker.now)
    office.session.commit()
    page = desk.get("/board", on="2026-11-23")
    words = " | ".join(blocks(page))
    for word in ("? Unconfirmed", "✓ Confirmed", "▸ In progress", "● Done", "○ Held 10:00"):
        assert word in words
    assert "Canceled" not in words
    assert page.texts("#board-counts a")[:2] == ["6 in all", "1 held"]
    only = page.click("1 canceled")
    assert "× Canceled" in " | ".join(blocks(only))
    assert len(only.select(".is-faded")) == 5


def test_hours_closings_and_free_times_are_shown(desk: Browser, office):
    office.visit(at(24, 10))
    closed = {"kind": OverrideKind.CLOSED, "note": "Conference", "by": SAM, "now": office.maker.now}
    actions.add_override(
        office.session, physician_id=office.okafor.id, starts_at=at(24, 15), ends_at=at(24, 17), **closed
    )
    actions.add_closure(
        office.session, name="Founders’ day", state="FL", first_day=date(2026, 11, 24), last_day=date(2026, 11, 24),
        by=SAM, now=office.maker.now,
    )  # fmt: skip
    office.session.commit()
    page = desk.get("/board", on=TUESDAY, physician=office.okafor.id)
    assert page.texts(".shut") == ["Conference", "Florida: Founders’ day"]
    assert "Works 9:00 AM to 3:00 PM." in page.text
    assert page.texts(".free-words") == ["9:00 AM to 10:00 AM", "10:30 AM to 3:00 PM"]
    assert len(page.select(".off")) == 2


def test_a_day_on_which_the_clinic_is_closed_has_no_free_time(desk: Browser, office):
    actions.add_closure(
        office.session, name="Thanksgiving Day", state=None, first_day=date(2026, 11, 26), last_day=date(2026, 11, 26),
        by=SAM, now=office.maker.now,
    )  # fmt: skip
    office.session.commit()
    page = desk.get("/board", on="2026-11-26", physician=office.okafor.id)
    assert page.texts(".shut") == ["Thanksgiving Day"]
    assert page.select(".free") == []


def test_the_free_middle_of_a_long_visit_can_be_booked(desk: Browser, office):
    segments = ((0, 30), (90, 30))
    kind = office.maker.visit_type("session", name="Session", patient_minutes=120, physician_segments=segments)
    office.visit(at(24, 9), visit_type_code=kind)
    page = desk.get("/board", on=TUESDAY, physician=office.okafor.id)
    assert len(page.select(".busy")) == 2
    assert page.texts(".gap.is-inside .free-words") == ["9:30 AM to 10:30 AM"]


def test_overlapping_visits_lie_in_lanes_and_an_overbooked_one_is_marked(desk: Browser, office):
    office.visit(at(24, 10))
    actions.overbook_now(
        office.session, visit_type_code="follow_up", patient_id=office.maker.patient().id,
        physician_id=office.okafor.id, starts_at=at(24, 10, 15), reason="Came from far away", by=SAM,
        now=office.maker.now, ring=RING,
    )  # fmt: skip
    office.session.commit()
    page = desk.get("/board", on=TUESDAY)
    assert len(page.select(".block.of2")) == 2
    assert [text_of(one).count("overbooked") for one in page.select(".block.is-over")] == [1]


def test_two_hundred_visits_are_drawn(desk: Browser, office):
    physicians = [office.maker.physician(f"Dr. Number {letter}") for letter in "ABCDEFGHIJKLM"]
    patients = [office.maker.patient() for _ in range(16)]
    for index, patient in enumerate(patients):
        for turn, physician in enumerate(physicians[: 13 if index < 8 else 12]):
            slot = (index + turn) % 16
            office.maker.visit(patient, physician, at(24, 9 + slot // 2, slot % 2 * 30))
    office.session.commit()
    page = desk.get("/board", on=TUESDAY)
    assert len(page.select(".block")) == 200
    assert "200 in all" in text_of(page.one("#board-counts"))
    assert len(page.response.data) < 400_000


def test_the_week_of_a_physician_has_seven_columns(desk: Browser, office):
    office.visit(at(25, 10))
    page = desk.get("/board/week", on="2026-11-25", physician=office.okafor.id)
    assert columns(page)[0] == "Mon, Nov 23"
    assert len(columns(page)) == 7
    assert len(blocks(page)) == 1
    assert columns(page.click("›Week after"))[0] == "Mon, Nov 30"
    assert desk.get("/board/week", physician=uuid4()).status == 404


def test_a_board_without_physicians_says_what_to_do(desk: Browser):
    assert "Nobody works on this day" in desk.get("/board").text
    assert "There is no physician yet" in desk.get("/board/week").text


@pytest.mark.parametrize(
    "query", [{"on": "soon"}, {"on": "9999-12-31"}, {"physician": "x"}, {"state": "banana"}, {"sort": "name"}]
)
@pytest.mark.parametrize("path", ["/board", "/board/week"])
def test_odd_addresses_are_refused_in_words(desk: Browser, path, query):
    assert desk.get(path, **query).status == 422


@pytest.mark.parametrize("day", ["2026-11-01", "2027-03-14"])
def test_days_on_which_the_clocks_change_are_drawn(desk: Browser, office, day):
    assert desk.get("/board", on=day, physician=office.okafor.id).status == 200
    assert desk.get("/board/week", on=day, physician=office.okafor.id).status == 200


@pytest.mark.parametrize("path", ["/board", "/board/week", "/board/list", "/board/list.csv", "/board/book"])
@pytest.mark.parametrize("role", [Role.PHYSICIAN, Role.ADMIN])
def test_only_coordinators_see_the_board(sign_in_as, path, role):
    assert sign_in_as(role).get(path).status == 403


def test_the_journal_names_whom_a_board_showed(desk: Browser, office):
    office.visit(at(24, 10))
    desk.get("/board", on=TUESDAY)
    [event] = office.session.scalars(select(AuditEvent).where(AuditEvent.action == "board.viewed"))
    assert event.patient_ids == [office.ana.id]
    assert event.details["day"] == TUESDAY


def test_the_pulse_changes_with_a_visit_of_that_day_only(desk: Browser, office):
    def pulse(**more: str) -> str:
        return desk.client.get("/board/pulse", query_string={"on": TUESDAY} | more, headers=desk.headers).json["pulse"]

    first = pulse()
    office.visit(at(26, 10))
    assert pulse() == first
    week = pulse(until="2026-11-27")
    office.visit(at(24, 10))
    assert pulse() != first
    assert pulse(until="2026-11-27") != week


def test_a_move_is_done_and_its_text_waits_three_minutes(desk: Browser, office):
    visit = office.visit(at(24, 10))
    answer = move(desk, visit, office.herrera, at(24, 11, 15))
    assert answer.status_code == 200
    assert (
        "Moved to Tue, Nov 24, 11:15 AM ET. The patient is texted at 10:03 AM unless you undo." in answer.json["said"]
    )
    moved = now_of(office, visit)
    assert (moved.physician_id, moved.starts_at) == (office.herrera.id, at(24, 11, 15))
    assert answer.json["version"] == moved.version


def test_undo_puts_it_back_and_no_text_is_left(desk: Browser, office):
    visit = office.visit(at(24, 10), now=at(20, 9))
    version = move(desk, visit, office.okafor, at(24, 14)).json["version"]
    answer = send(desk, f"/board/visits/{visit.id}/undo", version=version)
    assert answer.json["said"] == "Put back to Tue, Nov 24, 10:00 AM ET."
    assert now_of(office, visit).starts_at == at(24, 10)
    waiting = select(Message.template_key).where(Message.subject_id == visit.id, Message.state.in_(WAITING))
    assert "BOOK_CHANGED" not in set(office.session.scalars(waiting))
    again = send(desk, f"/board/visits/{visit.id}/undo", version=answer.json["version"])
    assert again.status_code == 409


def test_a_move_that_is_not_to_be_texted_plans_no_text(desk: Browser, office):
    visit = office.visit(at(24, 10))
    answer = move(desk, visit, office.okafor, at(24, 14), tell="", reason="patient_request")
    assert "The patient is not texted." in answer.json["said"]
    texts = set(office.session.scalars(select(Message.template_key).where(Message.subject_id == visit.id)))
    assert "BOOK_CONFIRM" in texts
    assert "BOOK_CHANGED" not in texts
    reasons = select(AppointmentHistory.reason).where(AppointmentHistory.appointment_id == visit.id)
    assert "patient_request" in set(office.session.scalars(reasons))


@pytest.mark.parametrize(
    ("starts_at", "status", "words"),
    [
        (at(23, 9), 422, "This time has passed"),
        (at(24, 7), 422, "does not work at this time"),
        (at(24, 11), 409, "This time is taken"),
        (at(24, 11, 7), 422, "round times"),
    ],
)
def test_a_move_that_cannot_be_is_put_back_with_the_reason_and_three_other_times(
    desk: Browser, office, starts_at, status, words
):
    visit = office.visit(at(24, 10))
    office.take(at(24, 11))
    answer = move(desk, visit, office.okafor, starts_at)
    assert answer.status_code == status
    assert words in answer.json["detail"]
    assert len(answer.json["others"]) == 3
    assert set(answer.json["others"][0]) == {"physician", "starts_at", "words"}
    assert now_of(office, visit).starts_at == at(24, 10)


def test_a_move_across_a_license_border_is_put_back(desk: Browser, office):
    newark = office.maker.patient(state="NJ", city="Newark", postal_code="07102", county_fips="34013")
    visit = office.maker.visit(newark, office.okafor, at(24, 10))
    office.session.commit()
    answer = move(desk, visit, office.herrera, at(24, 11))
    assert "New Jersey license" in answer.json["detail"]


def test_a_move_to_a_closed_day_names_the_closure(desk: Browser, office):
    visit = office.visit(at(24, 10))
    actions.add_closure(
        office.session, name="Thanksgiving Day", state=None, first_day=date(2026, 11, 26), last_day=date(2026, 11, 26),
        by=SAM, now=office.maker.now,
    )  # fmt: skip
    office.session.commit()
    assert "Thanksgiving Day" in move(desk, visit, office.okafor, at(26, 10)).json["detail"]


def test_two_on_one_visit_the_second_is_told_what_the_first_did(desk: Browser, office):
    visit = office.visit(at(24, 10))
    seen = visit.version
    actions.move(
        office.session, appointment_id=visit.id, physician_id=office.okafor.id, starts_at=at(24, 15), by=SAM,
        now=office.maker.now, ring=RING,
    )  # fmt: skip
    office.session.commit()
    answer = move(desk, visit, office.okafor, at(24, 12), version=seen)
    assert answer.status_code == 409
    assert "Sam Whitfield moved it to Tue, Nov 24, 3:00 PM ET" in answer.json["detail"]
    assert "Nothing was overwritten." in answer.json["detail"]
    assert now_of(office, visit).starts_at == at(24, 15)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"version": "x"}, "number"),
        ({"physician": ""}, "Choose a physician."),
        ({"starts_at": ""}, "Enter a day and a time."),
        ({"starts_at": "tomorrow"}, ""),
        ({"starts_at": "2026-11-24T10:00:00"}, ""),
        ({"starts_at": "", "on": "2027-03-14", "at": "02:30"}, "does not exist"),
        ({"color": "red"}, ""),
    ],
)
def test_a_move_that_makes_no_sense_changes_nothing(desk: Browser, office, fields, words):
    visit = office.visit(at(24, 10))
    answer = move(desk, visit, office.okafor, at(24, 14), **fields)
    assert answer.status_code == 422
    assert words in answer.json["detail"]
    assert now_of(office, visit).starts_at == at(24, 10)


def test_a_move_of_nothing_is_not_found(desk: Browser, office):
    place = {"physician": office.okafor.id, "starts_at": at(24, 10).isoformat(), "version": 1}
    assert send(desk, f"/board/visits/{UUID(int=7)}/move", **place).status_code == 404


def test_a_place_is_booked_at_once(desk: Browser, office):
    fields = {
        "physician": office.okafor.id,
        "on": TUESDAY,
        "at": "10:15",
        "patient": office.ana.id,
        "type": "follow_up",
    }
    answer = send(desk, "/board/book", **fields)
    assert answer.status_code == 200
    assert "Booked for Tue, Nov 24, 10:15 AM ET." in answer.json["said"]
    booked = office.session.get_one(Appointment, UUID(answer.json["visit"]))
    assert (booked.state, booked.starts_at) == ("booked", at(24, 10, 15))


def test_a_taken_place_is_refused_with_other_times_and_overbooked_with_a_reason_only(desk: Browser, office):
    office.visit(at(24, 10))
    other = office.maker.patient()
    office.session.commit()
    fields = {"physician": office.okafor.id, "on": TUESDAY, "at": "10:15", "patient": other.id, "type": "follow_up"}
    refused = send(desk, "/board/book", **fields)
    assert refused.status_code == 409
    assert len(refused.json["others"]) == 3
    assert "10:00 AM" in refused.json["overbook"]
    short = send(desk, "/board/book", **fields, overbook="no")
    assert short.status_code == 422
    done = send(desk, "/board/book", **fields, overbook="Came from far away")
    assert done.status_code == 200
    visit = office.session.get_one(Appointment, UUID(done.json["visit"]))
    assert (visit.overbook_reason, visit.overbook_by_name) == ("Came from far away", "Dana Reyes")


def test_what_no_reason_can_overrule_is_not_offered_to_be_overbooked(desk: Browser, office):
    newark = office.maker.patient(state="NJ", city="Newark", postal_code="07102", county_fips="34013")
    office.session.commit()
    fields = {"physician": office.herrera.id, "on": TUESDAY, "at": "11:00", "patient": newark.id, "type": "follow_up"}
    refused = send(desk, "/board/book", **fields)
    assert "license" in refused.json["detail"]
    assert refused.json["overbook"] is None


def test_without_scripts_a_free_place_is_booked_on_pages(desk: Browser, office):
    page = desk.get("/board", on=TUESDAY, physician=office.okafor.id)
    ask = desk.get(page.select("a.free")[0].get("href"))
    found = ask.form("board-find").submit(q=office.ana.legal_last_name)
    form = found.click(f"{office.ana.legal_last_name}, Ana").form("board-book")
    assert form.values["at"] == ["09:00"]
    done = form.submit(type="follow_up")
    assert "Booked for Tue, Nov 24, 9:00 AM ET" in done.toasts[0]
    assert len(blocks(done)) == 1


def test_without_scripts_a_refusal_keeps_the_form_and_offers_links_and_overbooking(desk: Browser, office):
    office.visit(at(24, 10))
    other = office.maker.patient()
    office.session.commit()
    query = {"physician": office.okafor.id, "starts_at": at(24, 10).isoformat(), "patient": other.id}
    refused = desk.get("/board/book", **query).form("board-book").submit(type="follow_up")
    assert refused.status == 409
    assert "This time is taken" in refused.text
    assert "Book it all the same?" in refused.text
    assert desk.get("/board/book").form("board-find").submit(q="x").status == 422
    assert "Nobody found" in desk.get("/board/book").form("board-find").submit(q="zzzz").text


def test_the_now_line_and_old_gaps_follow_the_clock(desk: Browser, office, clock):
    page = desk.get("/board", on="2026-11-23", physician=office.okafor.id)
    assert len(page.select(".now")) == 1
    assert page.texts(".free-words") == ["10:00 AM to 5:00 PM"]
    clock.advance(minutes=14)
    assert desk.get("/board", on="2026-11-23", physician=office.okafor.id).texts(".free-words")[0].startswith("10:15")
    assert desk.get("/board", on=TUESDAY).select(".now") == []


def test_evening_hours_make_the_board_longer(desk: Browser, office):
    late = office.maker.physician("Dr. Night Owl", opens=time(18), closes=time(23))
    office.session.commit()
    hours = desk.get("/board", on=TUESDAY, physician=late.id).texts(".axis-body span")
    assert (hours[0], hours[-1]) == ("8 AM", "10 PM")


def test_a_hold_that_ran_out_is_not_drawn(desk: Browser, office, clock):
    office.take(at(24, 10))
    assert len(blocks(desk.get("/board", on=TUESDAY))) == 1
    clock.advance(minutes=11)
    assert blocks(desk.get("/board", on=TUESDAY)) == []
