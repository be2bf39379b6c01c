"""The list of patients and the search, as a coordinator sees them."""

import pytest

NEXT = "Next \u203a"


def test_an_empty_clinic_offers_to_add_the_first_patient(web):
    page = web.get("/patients")
    assert "No patients yet" in page.text
    assert page.click("Add a patient").h1 == "Add a patient"


def test_the_list_names_each_patient_and_opens_the_record(web, dana):
    page = web.get("/patients")
    assert "1 patient" in page.text
    assert page.click("O'Neill, Daniela (Dana)").h1 == "Daniela O'Neill (Dana)"


def test_two_hundred_patients_come_in_pages(web, more):
    more(120)
    page = web.get("/patients")
    assert "50 of 120 patients" in page.text
    assert len(page.select("tbody tr")) == 50
    last = page.click(NEXT).click(NEXT)
    assert len(last.select("tbody tr")) == 20
    assert NEXT not in last.links
    assert web.get("/patients?page=99").select("tbody tr")


@pytest.mark.parametrize(
    "query", ["sort=legal_name%3Bdrop", "sort=", "page=0", "page=-1", "page=x", "page=1e9", "rows=5"]
)
def test_an_unknown_order_or_page_is_refused_in_words(web, dana, query):
    page = web.get(f"/patients?{query}")
    assert page.status == (200 if query == "sort=" else 422)


@pytest.mark.parametrize("sort", ["name", "newest", "birth_date", "state"])
def test_each_order_is_marked_as_the_current_one(web, more, sort):
    more(3)
    page = web.get("/patients", sort=sort)
    assert [item.get("href") for item in page.select(".tabs [aria-current=page]")] == [f"/patients?sort={sort}"]


def test_seeing_the_list_is_one_audit_row_that_names_everybody_on_it(web, dana, events):
    web.get("/patients")
    (event,) = events("patients.listed")
    assert event.patient_ids == [dana.id]


def test_a_search_is_sent_in_the_body_and_finds_by_any_part(web, dana):
    page = web.get("/patients").form("search-patients").submit(q="oneill 0123")
    assert page.status == 200
    assert "1 patient" in page.text
    assert "oneill" not in page.path
    assert page.click("O'Neill, Daniela (Dana)").status == 200


def test_a_search_that_finds_nobody_says_what_to_try(web, dana):
    page = web.get("/patients").form("search-patients").submit(q="nobody")
    assert "Nobody found for “nobody”" in page.text
    assert "Add a patient" in page.links


def test_an_empty_search_asks_for_a_word(web, dana):
    assert "Type a name" in web.get("/patients").form("search-patients").submit(q="").text


@pytest.mark.parametrize("typed", ["Ana\x00", "Ana\u202e", "x" * 300])
def test_a_search_with_hidden_characters_or_without_end_is_refused(web, dana, typed):
    page = web.get("/patients").form("search-patients").submit(q=typed)
    assert page.status == 422
    assert page.errors["q"]


@pytest.mark.parametrize("typed", ["' or '1'='1", "%", "_", "<script>alert(1)</script>", "\\", "{{config}}"])
def test_a_search_for_wild_characters_is_a_search_for_those_characters(web, dana, typed):
    page = web.get("/patients").form("search-patients").submit(q=typed)
    assert page.status == 200
    assert typed in page.text
    assert not page.select("tbody tr")


def test_a_found_page_cannot_be_opened_again_by_its_address(web, dana):
    assert web.get("/patients/search").h1 == "Patients"


def suggest(browser, typed, **fields):
    token = browser.get("/patients").form("search-patients").values["csrf_token"][0]
    headers = {"Accept": "application/json", "Sec-Fetch-Site": "same-origin"}
    return browser.client.post("/patients/search", data={"csrf_token": token, "q": typed, **fields}, headers=headers)


def test_typing_gets_eight_suggestions_and_how_many_more(web, more, dana):
    more(12)
    found = suggest(web, "zol").get_json()  # record numbers have no O and no L
    assert (len(found["results"]), found["more"]) == (8, 4)
    (only,) = suggest(web, "dani").get_json()["results"]
    assert only == {
        "href": f"/patients/{dana.id}",
        "name": "O'Neill, Daniela (Dana)",
        "detail": f"Mar 12, 1984 · FL · {dana.record_number}",
    }


def test_typing_something_unusable_gets_a_problem_document(web):
    response = suggest(web, "Ana\x00")
    assert response.status_code == 422
    assert response.mimetype == "application/problem+json"


def test_a_search_is_audited_with_whom_it_showed_and_without_what_was_typed(web, dana, events):
    suggest(web, "dani")
    (event,) = events("patients.searched")
    assert event.patient_ids == [dana.id]
    assert "dani" not in str(event.details)


@pytest.mark.parametrize("who", ["physician", "admin"])
@pytest.mark.parametrize("path", ["/patients", "/patients/new"])
def test_the_list_is_for_coordinators(browse, door, who, path):
    assert browse(who).get(path).status == 403
    assert len(door.turned_away) == 1


def test_a_stranger_is_sent_to_sign_in(browse):
    response = browse("nobody").client.get("/patients")
    assert response.status_code == 303
    assert response.headers["Location"].startswith("/sign-in")
