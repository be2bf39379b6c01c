"""The page of outcomes: who may open it, what it keeps back, and its files."""

import csv
from io import StringIO

import pytest

from clinic.kernel.actor import Role
from clinic.treatment.rules.phases import Phase
from tests.domains.treatment.plan_makers import enter, on
from tests.web.html import Browser


@pytest.fixture
def courses(course, session) -> None:
    """Fifteen courses in October, of which five end and one goes on to aftercare in November."""
    for number in range(15):
        plan = course.plan(Phase.INDUCTION, since=on("2026-10-01", 9))
        if number < 6:
            enter(session, plan, Phase.ENDED if number < 5 else Phase.AFTERCARE, by=course.doctor, now=on("2026-11-10"))
    session.commit()


def test_rates_stand_with_what_they_are_of_and_few_people_are_kept_back(okafor: Browser, courses):
    page = okafor.get("/outcomes", first="2026-10-05", last="2026-11-23")
    rows = [" ".join(row.itertext()).split() for row in page.select("#drop_out tbody tr")]
    assert rows[1] == ["October", "2026", "0%", "0", "of", "15", "0%", "0", "of", "15", "–", "–", "–"]
    # One in aftercare is too few, and the rest of the row would tell of that one.
    assert rows[0] == ["November", "2026", "33%", "5", "of", "15", "few", "–", "–", "few"]
    assert page.select("#drop_out .chart")
    answer = okafor.client.get("/outcomes/drop_out.csv?first=2026-10-05&last=2026-11-23", headers=okafor.headers)
    found = list(csv.DictReader(StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert {"month": "2026-10", "phase": "all", "patients": "0", "of_patients": "15"}.items() <= found[0].items()
    assert found[-1]["of_patients"] == "under 5"


def test_admins_may_see_counts_and_coordinators_may_not(okafor: Browser, sign_in_as, courses):
    assert sign_in_as(Role.ADMIN, name="Morgan Count").get("/outcomes").status == 200
    desk = sign_in_as(Role.COORDINATOR, name="Dana Desk")
    assert desk.get("/outcomes").status in {403, 404}
    assert "Outcomes" not in desk.get("/reports/visits").links
    assert "Outcomes" in okafor.get("/reports/visits").links


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ({"first": "2026-11-01", "last": "2026-10-01"}, "before the first"),
        ({"first": "2024-11-01", "last": "2026-11-01"}, "at most 24 months"),
        ({"first": "soon"}, "first"),
    ],
)
def test_days_that_make_no_sense_are_refused_with_a_way_out(okafor: Browser, days, said):
    page = okafor.get("/outcomes", **days)
    assert page.status in {400, 422}
    assert said in page.text
