"""A physician's own time off, extra hours and caps: seen first, then saved, then taken back; nobody else's."""

import pytest

from clinic.kernel.actor import Role
from clinic.scheduling import actions
from clinic.scheduling.models import AvailabilityOverride, VisitCap
from clinic.scheduling.rules.availability import OverrideKind
from clinic.scheduling.rules.caps import CapPer
from clinic.worklist.models import WorkItem
from tests.domains.scheduling.calendar_makers import LONG_AGO, at
from tests.web.html import Browser


@pytest.fixture
def booked(clinic, session, doctor):
    visit = clinic.visit(clinic.patient(), clinic.okafor, at(25, 10))
    session.commit()
    return visit


def live(session, model) -> int:
    session.expire_all()
    return session.query(model).filter(model.removed_at.is_(None)).count()


def open_tasks(session) -> list[str]:
    session.expire_all()
    return [one.kind for one in session.query(WorkItem).filter(WorkItem.closed_at.is_(None))]


def test_time_off_on_a_free_day_is_saved_at_once_and_taken_back(doctor: Browser, session):
    asked = doctor.get("/my-week").click("Time off").click("Take time off")
    done = asked.form("time-off").submit(first_day="2026-12-03", note="Conference")
    assert done.toasts == ["✓ Time off added."]
    assert "Dec 3, 2026, all day" in done.text
    back = done.click("Take back Dec 3, 2026, all day").form("take-back").submit()
    assert back.toasts == ["✓ Taken back. Your weekly hours hold again."]
    assert live(session, AvailabilityOverride) == 0


def test_hours_of_one_day_are_closed_in_the_own_zone(colleague: Browser, clinic, session):
    wanted = {"first_day": "2026-12-03", "starts_at": "13:00", "ends_at": "15:00"}
    colleague.get("/my-time/off/new").form("time-off").submit(**wanted)
    [made] = session.query(AvailabilityOverride)
    assert (made.physician_id, made.starts_at, made.ends_at) == (clinic.herrera.id, at(33, 14), at(33, 16))


def test_visits_that_would_be_stranded_are_shown_before_anything_is_saved(doctor: Browser, session, booked):
    asked = doctor.get("/my-time/off/new").form("time-off").submit(first_day="2026-11-25", note="Vacation")
    assert asked.h1 == "1 visit would be stranded"
    assert "Wed, Nov 25, 10:00 AM ET" in asked.text
    assert live(session, AvailabilityOverride) == 0
    assert open_tasks(session) == []
    changed = asked.form("stranded").submit("Change my entries")
    assert changed.form("time-off").values["note"] == ["Vacation"]
    saved = asked.form("stranded").submit("Save anyway")
    assert saved.toasts == ["✓ Time off added. 1 task was opened for coordinators."]
    assert open_tasks(session) == ["stranded_visit"]


def test_taking_time_off_back_closes_the_task_again(doctor: Browser, session, booked):
    asked = doctor.get("/my-time/off/new").form("time-off").submit(first_day="2026-11-25")
    saved = asked.form("stranded").submit("Save anyway")
    back = saved.click("Take back Nov 25, 2026, all day").form("take-back").submit()
    assert "1 visit fits again." in back.toasts[0]
    assert open_tasks(session) == []


def test_extra_hours_are_added_and_taking_them_back_shows_who_is_booked_in_them(doctor: Browser, clinic, session):
    wanted = {"kind": "extra", "first_day": "2026-11-28", "starts_at": "09:00", "ends_at": "12:00"}
    done = doctor.get("/my-time/off/new").form("time-off").submit(**wanted)
    assert done.toasts == ["✓ Hours added."]
    clinic.visit(clinic.patient(), clinic.okafor, at(28, 10))
    session.commit()
    asked = done.click("Take back Nov 28, 2026, 9:00 AM to 12:00 PM").form("take-back").submit()
    assert asked.h1 == "1 visit would be stranded"


@pytest.mark.parametrize(
    ("wanted", "box"),
    [
        ({}, "first_day"),
        ({"first_day": "2026-12-03", "last_day": "2026-12-02"}, "last_day"),
        ({"first_day": "2026-11-20"}, "ends_at"),
        ({"first_day": "2026-12-03", "starts_at": "10:00"}, "ends_at"),
        ({"kind": "extra", "first_day": "2026-12-03"}, "starts_at"),
        ({"first_day": "2029-12-03"}, "starts_at"),
        ({"first_day": "2027-03-14", "starts_at": "02:30", "ends_at": "04:00"}, "starts_at"),
    ],
)
def test_time_off_that_makes_no_sense_is_refused_at_its_box(doctor: Browser, session, wanted, box):
    page = doctor.get("/my-time/off/new").form("time-off").submit(**wanted)
    assert page.status == 422
    assert list(page.errors) == [box]
    assert live(session, AvailabilityOverride) == 0


def test_the_day_that_one_came_from_is_filled_in(doctor: Browser):
    page = doctor.get("/my-time/off/new", on="2026-12-03")
    assert page.form("time-off").values["first_day"] == ["2026-12-03"]


def test_weekly_hours_are_read_and_an_administrator_is_named(doctor: Browser):
    page = doctor.get("/my-time")
    assert "9:00 AM to 5:00 PM" in page.text
    assert "An administrator changes these." in page.text


def test_an_own_cap_is_set_changed_and_removed(doctor: Browser, session):
    wanted = {"most": "2", "per": "day", "effective_from": "2026-11-24"}
    done = doctor.get("/my-time").click("Add cap").form("cap").submit(**wanted)
    assert done.toasts == ["✓ Cap of at most 2 visits a day: set."]
    changed = done.click("Change at most 2 visits a day").form("cap").submit(most="1")
    assert "At most 1 visit a day" in changed.text
    gone = changed.click("Change at most 1 visit a day").form("remove").submit()
    assert gone.toasts == ["✓ Cap of at most 1 visit a day: removed."]
    assert live(session, VisitCap) == 0


def test_a_cap_that_booked_visits_are_over_shows_them_first(doctor: Browser, clinic, session, booked):
    clinic.visit(clinic.patient(), clinic.okafor, at(25, 11))
    session.commit()
    wanted = {"most": "1", "per": "day", "visit_type_code": "follow_up", "effective_from": "2026-11-24"}
    asked = doctor.get("/my-time/caps/new").form("cap").submit(**wanted)
    assert asked.h1 == "1 visit would be stranded"
    assert live(session, VisitCap) == 0
    asked.form("stranded").submit("Save anyway")
    assert live(session, VisitCap) == 1
    assert open_tasks(session) == ["stranded_visit"]


@pytest.mark.parametrize(
    ("wanted", "box"),
    [
        ({"most": "201", "per": "day", "effective_from": "2026-11-24"}, "most"),
        ({"most": "", "per": "day", "effective_from": "2026-11-24"}, "most"),
        ({"most": "2", "per": "day", "effective_from": "2026-11-20"}, "effective_from"),
        (
            {"most": "2", "per": "day", "effective_from": "2026-11-24", "effective_until": "2026-11-23"},
            "effective_until",
        ),
    ],
)
def test_a_cap_that_makes_no_sense_is_refused_at_its_box(doctor: Browser, wanted, box):
    page = doctor.get("/my-time/caps/new").form("cap").submit(**wanted)
    assert page.status == 422
    assert list(page.errors) == [box]


@pytest.fixture
def theirs(clinic, session, doctor, colleague) -> dict[str, str]:
    """Return addresses of a colleague's time off and cap."""
    mine = {"physician_id": clinic.herrera.id, "by": clinic.by, "now": clinic.now}
    closed = actions.add_override(
        session, kind=OverrideKind.CLOSED, starts_at=at(33, 0), ends_at=at(34, 0), note="", **mine
    )
    cap = actions.set_cap(
        session, visit_type_code=None, per=CapPer.DAY, most=3, effective_from=LONG_AGO, effective_until=None, **mine
    )
    session.commit()
    return {
        "time off": f"/my-time/off/{closed.id}",
        "cap": f"/my-time/caps/{cap.id}",
        "no cap": f"/my-time/caps/{cap.id}/remove",
    }


@pytest.mark.parametrize(("what", "fields"), [("time off", {}), ("cap", {"most": "9"}), ("no cap", {})])
def test_a_colleagues_time_does_not_exist_here(doctor: Browser, session, theirs, what, fields):
    if what != "no cap":
        assert doctor.get(theirs[what]).status == 404
    token = doctor.get("/my-time/caps/new").form("cap").values["csrf_token"][0]
    sent = {"csrf_token": token, "version": "1", "effective_from": "2026-11-24"} | fields
    kept = {name: value for name, value in sent.items() if what == "cap" or name != "effective_from"}
    assert doctor.post(theirs[what], kept).status == 404
    assert (live(session, AvailabilityOverride), live(session, VisitCap)) == (1, 1)


@pytest.mark.parametrize(
    "path", ["/my-time/off/new", "/my-time/caps/new", "/my-time/covers/new", "/my-calendar/new", "/my-calendar/off"]
)
@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.ADMIN])
def test_other_roles_are_turned_away(sign_in_as, role, path):
    assert sign_in_as(role).get(path).status == 403
