"""The pages of physicians who are out: the form, the list of proposals, approving, undoing, and who may."""

from datetime import date

import pytest

from clinic.kernel.actor import Role
from clinic.people import actions as people
from clinic.people.models import Licence
from clinic.people.rules import NewLicence
from clinic.replacement.actions.proposing import propose_again
from clinic.replacement.jobs import work_on_replacements
from clinic.replacement.models import Replacement, ReplacementVisit
from clinic.scheduling.models import Appointment
from tests.domains.replacement.out_makers import WEDNESDAY, OutClinic
from tests.domains.scheduling.calendar_makers import NOW, RING
from tests.domains.treatment.plan_makers import ADMIN
from tests.web.coordinator.conftest import SAM


@pytest.fixture
def clinic(session):
    made = OutClinic(session)
    session.commit()
    return made


@pytest.fixture
def say_out(clinic, desk):
    def run(**changes):
        typed = {"physician": str(clinic.out.id), "first_day": WEDNESDAY, "closes_hours": "yes"} | changes
        return desk.get("/replacements/new").form("absence").submit(**typed)

    return run


def rows(session):
    session.expire_all()
    return session.query(ReplacementVisit).order_by(ReplacementVisit.from_starts_at).all()


def states(session):
    return [row.state for row in rows(session)]


def test_before_the_first_absence_the_list_says_how_it_begins(desk):
    page = desk.get("/replacements")
    assert "No absences yet" in page.text
    assert page.click("A physician is out").h1 == "A physician is out"


def test_an_absence_that_touches_nobody_says_so(session, say_out):
    page = say_out()
    assert page.h1 == "Dr. Amara Okafor is out"
    assert "No visit is touched" in page.text
    assert "All settled" in page.click("‹ Physician is out").text


def test_one_visit_is_shown_with_its_place_and_moves_only_when_approved(session, clinic, desk, say_out):
    visit = clinic.visit(10)
    session.commit()
    page = say_out()
    assert "Dr. Elena Ruiz" in page.text
    assert "Same time, another physician" in page.text
    assert (states(session), visit.physician_id) == (["proposed"], clinic.out.id)
    done = page.form("approve").submit("Approve")
    assert "1 visit approved. Each patient gets one text" in done.toasts[0]
    assert (states(session), visit.physician_id) == (["moved"], clinic.ruiz.id)
    assert "Approved by Dana Reyes" in done.text
    back = done.form("undo-all").submit()
    assert "1 visit is back where it was." in back.toasts[0]
    assert (states(session), visit.physician_id) == (["proposed"], clinic.out.id)


def test_only_the_ticked_rows_move_and_one_can_be_set_aside_and_taken_up(session, clinic, desk, say_out):
    clinic.visit(10)
    clinic.visit(11)
    session.commit()
    page = say_out()
    first, second = rows(session)
    aside = page.form(f"aside-{second.id}").submit()
    assert "Set aside" in aside.text
    held = aside.form(f"take-up-{second.id}").submit()
    assert states(session) == ["proposed", "proposed"]
    nothing = held.form("approve").submit("Approve ticked")
    assert "Nothing was ticked" in nothing.toasts[0]
    first = rows(session)[0]
    boxes = [box.get("value") for box in nothing.select("[name=row]")]
    assert boxes[0] == f"{first.id}:{first.version}"
    done = nothing.form("approve").send("Approve ticked", row=boxes[0])
    assert states(session) == ["moved", "proposed"]
    undone = done.form(f"undo-{first.id}").submit()
    assert "Put back" in undone.toasts[0]
    assert states(session) == ["proposed", "proposed"]
    garbled = undone.form("approve").send("Approve ticked", row="something")
    assert "could not be read" in garbled.toasts[0]


def test_what_a_colleague_did_meanwhile_is_said_and_nothing_is_lost(session, clinic, desk, say_out):
    clinic.visit(10)
    session.commit()
    page = say_out()
    (row,) = rows(session)
    seen = f"{row.id}:{row.version}"
    propose_again(session, replacement_id=session.query(Replacement).one().id, by=SAM, now=NOW)
    session.commit()
    stale = page.form("approve").submit("Approve")
    assert stale.status == 409
    assert "Sam Whitfield changed this after you opened it." in stale.text
    ticked = page.form("approve").send("Approve ticked", row=seen)
    assert ticked.status == 409
    assert "Sam Whitfield changed a proposal after you opened the list." in ticked.text
    assert states(session) == ["proposed"]
    aside = page.form(f"aside-{row.id}").submit()
    assert "Sam Whitfield changed this" in aside.toasts[0]
    closed = aside.form("close").submit()
    assert "This list is closed." in closed.text
    over = page.form("again").submit()
    assert "This list was closed." in over.toasts[0]


def test_a_row_without_a_place_says_why_and_who_can_help(session, clinic, desk, say_out):
    clinic.visit(10)
    for row in session.query(Licence).filter_by(physician_id=clinic.ruiz.id, state="FL"):
        new = NewLicence(state="FL", number=row.number, valid_from=row.valid_from, valid_until=date(2026, 11, 20))
        people.edit_licence(session, licence_id=row.id, new=new, version=row.version, by=ADMIN, now=NOW)
    session.commit()
    page = say_out(first_day="2026-11-23", last_day="2026-12-10")
    assert "Only physicians without a license for the patient's state are free" in page.text
    helps = [words.split(" ")[0] for words in page.links if words.startswith(("Move by hand", "Call"))]
    assert sorted(helps) == ["Call", "Move"]
    assert "approve" not in page.forms


def test_what_was_typed_is_kept_with_the_problem_at_its_box(clinic, say_out):
    page = say_out(last_day="2026-11-01")
    assert page.status == 422
    assert page.errors == {"last_day": "The last day must not be before the first one."}
    assert page.form("absence").values["first_day"] == [WEDNESDAY]
    assert say_out(physician="").errors == {"physician": "Choose who is out."}
    assert say_out(begins="09:00").errors == {"ends": "Give both times, or none for whole days."}


def test_a_second_list_for_the_same_days_is_refused_in_words(say_out):
    say_out()
    again = say_out()
    assert again.status == 409
    assert "has an open list for a part of this time" in again.errors["first_day"]


def test_many_visits_are_moved_by_press_and_worker_with_progress(session, clinic, desk, say_out, begin, clock):
    days = [WEDNESDAY, "2026-11-26", "2026-11-27", "2026-11-30"]
    for day in days:
        for half in range(16):
            clinic.visit(9 + half // 2, 30 * (half % 2), day=day, now=NOW)
    session.commit()
    page = say_out(last_day=days[-1])
    assert session.query(ReplacementVisit).count() == 64
    assert "1–50" in page.text
    assert "51–64" in desk.get(page.path, page=2).text
    done = page.form("approve").submit("Approve all")
    assert states(session).count("moved") == 25
    assert "25 of 64 settled, 39 being moved." in done.text
    pulse = desk.get(f"{page.path}/pulse").response.json["pulse"]
    work_on_replacements(begin, clock=clock, ring=RING, seconds=600)
    assert set(states(session)) == {"moved"}
    assert desk.get(f"{page.path}/pulse").response.json["pulse"] != pulse


def test_physicians_reach_their_own_lists_only_and_administrators_none(session, clinic, sign_in_as, say_out):
    clinic.visit(10)
    session.commit()
    say_out()
    batch = session.query(Replacement).one()
    stranger = sign_in_as(Role.PHYSICIAN, name="Nobody Special")
    assert "No absences yet" in stranger.get("/replacements").text
    assert "Nobody to call out" in stranger.get("/replacements/new").text
    assert stranger.get(f"/replacements/{batch.id}").status == 404
    clinic.out.staff_id, own = None, stranger
    session.commit()
    assert own.get(f"/replacements/{batch.id}/pulse").status == 404
    assert sign_in_as(Role.ADMIN, name="Morgan Ellery").get("/replacements").status == 403
    assert session.query(Appointment).count() == 1
