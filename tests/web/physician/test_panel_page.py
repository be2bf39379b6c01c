"""The panel at the browser: a story of real flags, filters that stay, what is new, and who may not look."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from sqlalchemy import select

from clinic.access import actions as access
from clinic.access.models import StaffAccount
from clinic.audit.models import AuditEvent
from clinic.kernel.actor import Role
from clinic.monitoring.rules.findings import FindingKind
from clinic.treatment.rules.phases import Phase
from tests.dashboards.panel_makers import score
from tests.domains.monitoring.check_in_makers import SWEEP
from tests.domains.treatment.plan_makers import CourseClinic, on, take
from tests.domains.vigilance.watch import Watch
from tests.web.html import Browser
from tests.web.physician.conftest import tie

NAME = "tbody th a"


@pytest.fixture
def ill(course: CourseClinic, session) -> Watch:
    """A patient whom a rule holds: impaired at a visit, and worse than at the start."""
    watch = Watch(session, course)
    score(session, watch.patient_id, "phq9", 12, at=on("2026-10-20", 12))
    take(session, watch.plan, at=on("2026-10-26", 10))
    score(session, watch.patient_id, "phq9", 19, at=on("2026-11-16", 12))
    watch.find(FindingKind.IMPAIRED)
    watch.look()
    session.commit()
    return watch


def come_back(browser: Browser, session, now) -> None:
    """Sign Dr. Okafor in anew: after a quarter of an hour a session is over."""
    account = session.scalars(select(StaffAccount.id).where(StaffAccount.full_name == "Amara Okafor")).one()
    browser.sign_in_with(access.start_session(session, account_id=account, now=now, by=SWEEP))
    session.commit()


@pytest.fixture
def well(course: CourseClinic, session) -> object:
    """Somebody in New Jersey of whom nothing is known yet."""
    calm = course.patient(legal_last_name="Calm", state="NJ", county_fips="34013", city="Newark", postal_code="07102")
    plan = course.plan(Phase.EVALUATION, patient=calm)
    session.commit()
    return plan


def test_who_needs_something_stands_first_with_the_sentence_that_says_why(okafor: Browser, ill, well):
    page = okafor.get("/panel")
    assert page.h1 == "My panel"
    assert "2 patients · 1 needs a look" in page.text
    first, second = page.select("tbody tr")
    words = " ".join(" ".join(first.itertext()).split())
    assert ill.open("D21").sentence in words
    assert "■ Hold" in words
    assert "19 moderately severe +7 ↑" in words
    assert "↑ Worse Oct 26" in words
    assert "No score yet" in " ".join(second.itertext())
    assert page.links[ill.open("D21").sentence] == f"/flags/{ill.open('D21').id}"


def test_filters_orders_and_a_kept_view_stay_in_the_address_and_a_name_never_does(okafor: Browser, ill, well):
    held = okafor.get("/panel", risk="hold", sort="silent")
    assert len(held.select(NAME)) == 1
    assert "Show all" in held.links
    saved = held.form("save-view").submit(name="Held, longest silent")
    assert saved.toasts == ["✓ View saved. You find it under Saved views."]
    assert saved.links["Held, longest silent"] == "/panel?risk=hold&sort=silent"
    assert len(saved.click("Held, longest silent").select(NAME)) == 1
    refused = held.form("save-view").submit(name=" ")
    assert refused.status == 422
    assert refused.errors
    gone = saved.form("remove-view-1").submit()
    assert "Held, longest silent" not in gone.links
    assert okafor.get("/panel", state="NJ").texts(NAME) == ["Calm, Ana"]
    assert okafor.get("/panel", phase="evaluation").texts(NAME) == ["Calm, Ana"]
    assert okafor.get("/panel", risk="urgent").text.count("Nobody here") == 1
    assert okafor.get("/panel", risk="worst").status == 422
    found = okafor.get("/panel").form("search").submit(q="calm")
    assert found.texts(NAME) == ["Calm, Ana"]
    assert "1 of 2 patients found" in found.text
    assert "q=" not in "".join(found.links.values())


def test_what_is_new_is_told_once_the_last_visit_is_an_hour_old(okafor: Browser, ill, clock, session):
    assert "new since" not in okafor.get("/panel").text
    clock.advance(minutes=10)
    assert "new since" not in okafor.get("/panel").text
    clock.advance(hours=2)
    come_back(okafor, session, clock())
    assert "nothing new since" in okafor.get("/panel").text
    clock.advance(hours=2)
    come_back(okafor, session, clock())
    score(session, ill.patient_id, "phq9", 23, at=clock() - timedelta(minutes=20))
    ill.find(FindingKind.OUTSIDE_SUPPLY, now=clock() - timedelta(minutes=10), source="friend")
    ill.look(clock() - timedelta(minutes=5))
    session.commit()
    news = okafor.get("/panel").one("#news")
    assert okafor.get("/panel").one("#news") is not None, "a second look within the hour still tells"
    words = " ".join(" ".join(news.itertext()).split())
    assert "1 new score" in words
    assert "PHQ-9 23 (+4)" in words
    assert ill.open("D15").sentence in words
    # What one recorded oneself is no news.
    assert "new finding" not in words


def test_the_file_has_the_same_rows_and_asks_for_the_second_factor(okafor: Browser, ill, well, session, clock):
    answer = okafor.client.get("/panel.csv?sort=name", headers=okafor.headers)
    assert answer.status_code == 200
    rows = list(csv.DictReader(StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert rows[0]["patient"] == "Calm, Ana"
    held = next(row for row in rows if row["risk"] == "Hold")
    assert (held["phq9"], held["phq9_start"], held["phq9_change"]) == ("19", "12", "7")
    assert held["reason"] == ill.open("D21").sentence
    noted = session.scalars(select(AuditEvent).where(AuditEvent.action == "panel.exported")).one()
    assert set(noted.patient_ids) == {ill.patient_id, well.patient_id}
    clock.advance(minutes=11)
    again = okafor.client.get("/panel.csv", headers=okafor.headers)
    assert (again.status_code, "panel.csv" in again.headers["Location"]) == (303, True)


def test_every_look_names_who_was_seen(okafor: Browser, ill, well, session):
    okafor.get("/panel", risk="hold")
    noted = session.scalars(select(AuditEvent).where(AuditEvent.action == "panel.viewed")).one()
    assert noted.patient_ids == [ill.patient_id]


def test_nobody_but_physicians_opens_a_panel_and_a_colleagues_is_another_one(
    okafor: Browser, sign_in_as, course, session, ill
):
    other = course.physician("Dr. Luis Herrera")[0]
    herrera = sign_in_as(Role.PHYSICIAN, name="Luis Other")
    tie(session, other, "Luis Other")
    assert "No patients yet" in herrera.get("/panel").text
    assert herrera.client.get("/panel.csv", headers=herrera.headers).get_data(as_text=True).count("\r\n") == 1
    desk = sign_in_as(Role.COORDINATOR, Role.ADMIN, name="Dana Desk")
    for path in ("/panel", "/panel.csv"):
        answer = desk.client.get(path, headers=desk.headers)
        assert answer.status_code in {403, 404}
        assert ill.open("D21").sentence not in answer.get_data(as_text=True)
