"""Booking on an empty place of the board."""

from uuid import UUID

from clinic.scheduling.models import Appointment
from tests.domains.scheduling.calendar_makers import at
from tests.web.coordinator.board.reading import TUESDAY, blocks, send
from tests.web.html import Browser


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
