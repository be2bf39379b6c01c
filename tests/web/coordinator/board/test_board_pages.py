"""The board as pages: who stands in which column, what is drawn, who may look."""

from datetime import date, time
from uuid import uuid4

import pytest
from sqlalchemy import select

from clinic.audit.models import AuditEvent
from clinic.kernel.actor import Role
from clinic.scheduling import actions
from clinic.scheduling.rules.availability import OverrideKind
from tests.domains.scheduling.calendar_makers import RING, at
from tests.web.coordinator.board.reading import TUESDAY, blocks, columns
from tests.web.coordinator.conftest import SAM
from tests.web.html import Browser, text_of


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
