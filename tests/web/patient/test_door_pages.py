"""The page behind a text's link: nothing private before the birth date matches."""

from datetime import timedelta

import pytest

from clinic.kernel.actor import Role
from clinic.worklist import queries as worklist
from tests.web.html import Browser
from tests.web.patient.conftest import type_birth_date


def test_the_door_shows_nothing_private(anybody: Browser, practice):
    page = anybody.get(f"/v/{practice.token()}")
    body = page.response.get_data(as_text=True)
    for secret in ("Marisol", "Benavides", "Okafor", "Nov", "10:30", "Wednesday", str(practice.visit.id), "Follow-up"):
        assert secret not in body
    assert page.response.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page.response.headers["Cache-Control"]


def test_a_dead_link_looks_like_any_other_until_a_birth_date_is_given(anybody: Browser, practice):
    real, unknown = practice.token(), "x" * len(practice.token())
    pages = [anybody.get(f"/v/{token}") for token in (real, unknown)]
    bodies = [page.response.get_data(as_text=True) for page in pages]
    assert pages[0].status == pages[1].status == 200
    assert pages[0].text == pages[1].text
    assert len(bodies[0]) == len(bodies[1])


def test_opening_the_page_many_times_uses_nothing_up(anybody: Browser, practice):
    for _ in range(8):
        page = anybody.get(f"/v/{practice.token()}")
    assert type_birth_date(page, practice.marisol.birth_date).h1 == "Your visit"


def test_a_wrong_birth_date_says_how_many_tries_are_left(anybody: Browser, practice):
    page = anybody.get(f"/v/{practice.token()}")
    wrong = type_birth_date(page, practice.marisol.birth_date + timedelta(days=1))
    assert wrong.status == 422
    assert wrong.title.startswith("Error:")
    assert "4 tries are left" in wrong.text
    assert "Marisol" not in wrong.text


def test_five_wrong_birth_dates_close_the_link_and_open_a_task(anybody: Browser, practice):
    page = anybody.get(f"/v/{practice.token()}")
    for _ in range(5):
        page = type_birth_date(anybody.get(f"/v/{practice.token()}"), practice.marisol.birth_date + timedelta(days=1))
    assert page.status == 410
    assert "This link no longer works" in page.text
    [task] = worklist.open_items(practice.session, roles=[Role.COORDINATOR])
    assert (task.about.title, task.subject_id) == ("Visit link locked", practice.visit.id)
    right = type_birth_date(anybody.get(f"/v/{practice.token()}"), practice.marisol.birth_date)
    assert right.status == 410


def test_the_link_works_again_and_again_until_the_visit_is_over(app, practice, open_link, clock):
    for _ in range(3):
        assert open_link().h1 == "Your visit"
    clock.instant = practice.visit.ends_at + timedelta(minutes=59)
    assert open_link().h1 == "Your past visit"
    clock.instant = practice.visit.ends_at + timedelta(hours=1)
    assert open_link().status == 410


def test_an_opened_link_goes_straight_to_the_visit(practice, open_link):
    page = open_link()
    again = page.browser.get(f"/v/{practice.token()}")
    assert again.h1 == "Your visit"
    assert again.path.startswith("/visit/")


@pytest.mark.parametrize(
    "typed",
    [
        {"born_month": "13", "born_day": "1", "born_year": "1980"},
        {"born_month": "2", "born_day": "30", "born_year": "1980"},
        {"born_month": "", "born_day": "", "born_year": ""},
        {"born_month": "a", "born_day": "b", "born_year": "c"},
    ],
)
def test_something_that_is_no_date_costs_no_try(anybody: Browser, practice, typed):
    page = anybody.get(f"/v/{practice.token()}").form("birth-date").submit(**typed)
    assert page.status == 422
    assert "left" not in page.text
    assert page.errors["born"] == "Enter your birth date, for example 3 12 1984."


def test_a_very_long_or_hidden_token_is_answered_calmly(anybody: Browser):
    assert anybody.get("/v/" + "x" * 3000).status in {200, 404, 414}
    assert anybody.get("/v/abc%00def").status in {404, 422}


def test_the_visit_page_without_an_opened_link_tells_nothing(anybody: Browser, practice):
    page = anybody.get(f"/visit/{practice.visit.id}")
    assert page.status == 401
    assert "Marisol" not in page.text


def test_staff_do_not_enter_by_the_patients_door(sign_in_as, practice):
    assert sign_in_as(Role.COORDINATOR).get(f"/visit/{practice.visit.id}").status in {401, 403}
