"""Today and the day list: one queue of what needs a person, and the visits of a day."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from clinic.kernel.actor import Role, system
from clinic.people.models import Patient
from clinic.people.queries import phone_of
from clinic.watching import keep_watch
from clinic.worklist import actions as worklist
from clinic.worklist.models import WorkItem
from clinic.worklist.rules import WorkKind
from tests.domains.scheduling.calendar_makers import at
from tests.web.coordinator.conftest import SAM
from tests.web.html import Browser, text_of


@pytest.fixture
def task(office):
    """Open tasks about Ana, each some hours old."""

    def make(
        hours_ago: float = 1,
        kind: WorkKind = WorkKind.DELIVERY_FAILED,
        reason: str = "The phone was off.",
        of: Patient | None = None,
        about: UUID | None = None,
    ):
        opened = office.maker.now - timedelta(hours=hours_ago)
        whose = (of or office.ana).id
        found = worklist.open_item(
            office.session,
            kind=kind,
            dedupe_key=str(uuid4()),
            reason=reason,
            subject_kind="patient",
            subject_id=about or whose,
            patient_id=whose,
            now=opened,
            by=system("Test"),
        )
        office.session.commit()
        return found

    return make


def items(page):
    return [text_of(item) for item in page.select(".work-item")]


def test_an_empty_day_says_what_will_be_here(desk: Browser):
    page = desk.get("/today")
    assert "Nothing needs you right now" in page.text
    assert "No visits today" in page.text
    assert "No time is being held." in page.text


def test_a_task_says_what_for_whom_why_and_how_long(desk: Browser, task):
    task(hours_ago=1.5)
    [only] = items(desk.get("/today"))
    assert "Text not delivered" in only
    assert "Invented" in only
    assert "The phone was off." in only
    assert "1 h 30" in only
    assert "late" not in only


def test_the_task_due_first_stands_first_and_late_ones_are_counted(desk: Browser, office, task):
    task(hours_ago=1, reason="Younger.")
    task(hours_ago=3, reason="Older.", of=office.maker.patient())
    page = desk.get("/today")
    assert "Older." in items(page)[0]
    assert "late" in items(page)[0]
    assert "2 tasks, 1 late" in page.text


def test_a_done_task_leaves_at_once_and_can_be_brought_back(desk: Browser, task):
    item = task()
    page = desk.get("/today").form(f"close-{item}").submit()
    assert items(page) == []
    assert "Done: Text not delivered." in page.text
    back = page.form(f"undo-{item}").submit()
    assert back.toasts == ["✓ The task is back on the list."]
    assert len(items(back)) == 1


def test_claiming_shows_colleagues_who_is_on_it(desk: Browser, sign_in_as, task):
    item = task()
    assert "You are on it" in items(desk.get("/today").form(f"claim-{item}").submit())[0]
    colleague = sign_in_as(Role.COORDINATOR, name="Sam Whitfield")
    assert "Dana Reyes is on it" in items(colleague.get("/today"))[0]


def test_a_task_that_a_colleague_closed_is_told_and_nothing_breaks(desk: Browser, office, task):
    item = task()
    page = desk.get("/today")
    worklist.close_item(office.session, item_id=item, version=1, by=SAM, now=office.maker.now)
    office.session.commit()
    answer = page.form(f"close-{item}").submit()
    assert answer.status == 200
    assert answer.toasts
    assert answer.toasts[0].startswith("!")


def test_many_tasks_come_fifty_patients_at_a_time(desk: Browser, office, task):
    for _ in range(53):
        task(of=office.maker.patient())
    first = desk.get("/today")
    assert len(items(first)) == 50
    second = first.click("3 more")
    assert len(items(second)) == 3
    assert len(items(second.click("Earlier tasks"))) == 50
    assert len(items(desk.get("/today", skip=9999))) == 50


@pytest.mark.parametrize(
    ("query", "status"),
    [({"skip": "x"}, 422), ({"done": uuid4(), "at": uuid4()}, 200), ({"sort": "a"}, 422), ({"harm": "a"}, 422)],
)
def test_odd_addresses_of_today_do_no_harm(desk: Browser, query, status):
    assert desk.get("/today", **query).status == status


def test_unconfirmed_and_unsettled_visits_stand_in_the_queue_and_holds_beside(desk: Browser, office):
    settled = office.visit(at(23, 9), by=SAM, now=at(20, 9))
    asked = office.visit(at(24, 9), patient=office.maker.patient())
    office.take(at(24, 15))
    page = desk.get("/today")
    first, second = items(page)
    assert "Did it take place?" in first
    assert "First because the visit was to begin 1 h ago and nobody has written down" in first
    assert "Visit not confirmed" in second
    assert "the visit is in 23 h and nobody has confirmed it" in second
    assert "Held 10:00" in text_of(page.one(".side-column"))
    page = page.form(f"confirm-{asked.id}").submit()
    assert page.toasts == ["✓ Confirmed by telephone."]
    assert items(page.form(f"arrive-{settled.id}").submit()) == []
    assert [office.state_of(one.id) for one in (settled, asked)] == ["in_progress", "confirmed"]


def test_what_a_watcher_asked_about_a_visit_stands_there_once(desk: Browser, office):
    visit = office.visit(at(23, 12), by=SAM, now=at(20, 9))
    keep_watch(office.session, now=office.maker.now, by=system("Test"))
    office.session.commit()
    [only] = items(desk.get("/today"))
    assert "Nobody has confirmed the visit at 12:00 PM, their time." in only
    assert "Confirmed by phone" in only
    page = desk.get("/today")
    assert items(page.form(f"confirm-{_row_id_of(page)}").submit()) == []
    assert office.state_of(visit.id) == "confirmed"


def test_a_row_says_whom_to_call_whether_now_is_a_time_and_what_was_said_last(desk: Browser, office, clock, task):
    item = task()
    [row] = items(desk.get("/today"))
    assert "10:00 AM ET there, fine to call No contact yet" in row
    assert desk.get("/today").one(".work-phone").get("href") == f"tel:{phone_of(office.session, office.ana.id).e164}"
    page = desk.get("/today").form(f"call-{item}").submit("Reached")
    assert page.toasts == ["✓ Call saved."]
    assert "Last contact just now: Spoke with the patient (Dana Reyes)" in items(page)[0]
    clock.advance(hours=-3)
    assert "too early to call: from 8:00 AM" in items(desk.get("/today"))[0]


def test_nobody_answered_so_everything_about_her_is_out_of_sight_until_then(
    desk: Browser, office, clock, sign_in_as, task
):
    item = task(kind=WorkKind.MISSED_OFTEN)
    task(kind=WorkKind.PAYMENT_FAILED)
    other = task(of=office.maker.patient())
    page = desk.get("/today")
    assert [f"task-{one}" for one in (other, item)] == [row.get("id") for row in page.select(".work-item")]
    assert "1 more about" in items(page)[1]
    page = page.form(f"call-{item}").submit("No answer, again in 2 h")
    assert page.toasts == ["✓ Call saved. 2 tasks are out of sight; the first is back Mon, Nov 23, 12:00 PM ET."]
    assert [row.get("id") for row in page.select(".work-item")] == [f"task-{other}"]
    assert "2 put off, back by themselves: the first Mon, Nov 23, 12:00 PM ET" in page.text
    assert "No answer (Dana Reyes)" in text_of(page.one("#put-off"))
    back = page.form(f"bring-back-{item}").submit()
    assert len(items(back)) == 2
    for _ in range(10):
        clock.advance(minutes=12)
        later = desk.get("/today")
    assert "1 more about" in text_of(later.one(f"#task-{item}"))
    assert later.select("#put-off") == []


def test_one_call_settles_what_was_ticked_and_goes_on_at_the_next_row(desk: Browser, office, task):
    item, more = task(hours_ago=3), task(kind=WorkKind.PAYMENT_FAILED)
    following = task(of=office.maker.patient())
    form = desk.get("/today").form(f"call-{item}")
    assert form.values["following"] == [str(following)]
    page = form.send("Reached", settled=[str(item), str(more)])
    assert page.toasts == ["✓ Call saved. 2 tasks are done."]
    assert [row.get("id") for row in page.select(".work-item")] == [f"task-{following}"]


def test_danger_is_never_put_off_and_stands_above_a_visit_of_today(desk: Browser, office, task):
    office.visit(at(23, 11), patient=office.maker.patient(), now=at(20, 9))
    item = task(kind=WorkKind.DANGER_SUSPECTED)
    page = desk.get("/today")
    assert page.select(".work-item")[0].get("id") == f"task-{item}"
    assert "call at any hour" in items(page)[0]
    after = page.form(f"call-{item}").submit("No answer")
    assert after.toasts == ["✓ Call saved. It stays in the queue."]
    assert after.select(".work-item")[0].get("id") == f"task-{item}"


def test_the_harms_are_counted_and_each_is_an_address(desk: Browser, office, task):
    task(kind=WorkKind.PAYMENT_FAILED)
    other = task(of=office.maker.patient())
    page = desk.get("/today")
    assert page.texts(".counts .count")[:3] == ["2 all", "1 Stuck", "1 Money and paper"]
    paper = page.click("1 Money and paper")
    assert "A payment did not go through" in items(paper)[0]
    assert str(other) not in "".join(row.get("id") for row in paper.select(".work-item"))
    assert paper.form(f"claim-{_row_id_of(paper)}").values["harm"] == ["paper"]
    assert "Nothing of this kind waits" in desk.get("/today", harm="life").text


def _row_id_of(page) -> str:
    return page.one(".work-item").get("id").removeprefix("task-")


def test_a_locked_link_is_sent_again_from_the_row(desk: Browser, office, task):
    visit = office.visit(at(25, 9))
    item = task(kind=WorkKind.LINK_LOCKED, about=visit.id)
    page = desk.get("/today").form(f"link-{item}").submit()
    assert page.toasts[0].startswith("✓ The link is on its way by text. The task is back Tue, Nov 24")
    page = desk.get("/today").form(f"bring-back-{item}").submit()
    office.cancel_elsewhere(visit)
    assert page.form(f"link-{item}").submit().toasts == ["! Only a visit that is still to come has a link."]


def test_done_with_a_note_keeps_the_note_and_undo_stands_where_the_work_goes_on(desk: Browser, office, task):
    first = task(hours_ago=3)
    second = task(of=office.maker.patient())
    page = desk.get("/today").form(f"note-{first}").submit(note="Her sister will pass it on.")
    assert page.one(".work-undo").getnext().get("id") == f"task-{second}"
    kept = office.session.get_one(WorkItem, first)
    office.session.refresh(kept)
    assert kept.outcome_note == "Her sister will pass it on."


def test_a_day_without_visits_offers_to_book(desk: Browser, office):
    page = desk.get("/day", on="2026-11-29")
    assert "No visits on this day" in page.text
    assert page.click("Book a visit").status == 200


@pytest.mark.parametrize(
    "query", [{"state": "banana"}, {"on": "yesterday"}, {"on": "9999-12-31"}, {"physician": "x"}, {"sort": "name"}]
)
def test_a_day_that_makes_no_sense_is_refused_in_words(desk: Browser, query):
    assert desk.get("/day", **query).status == 422
