"""Importing a file from pages: pieces or paste, the check, the decision, the rest as a file to fix."""

import csv
import io
from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.audit.models import AuditEvent
from clinic.kernel.actor import Role
from clinic.people import queries
from clinic.people.jobs import work_on_imports
from clinic.runtime import Runtime
from tests.domains.people.import_files import GOOD, csv_of, person
from tests.web.html import Browser, Page

Work = Callable[[], int]


@pytest.fixture
def work(runtime: Runtime) -> Work:
    """Let a worker do what waits."""
    return lambda: work_on_imports(runtime.begin, clock=runtime.clock, seconds=100)


def paste(web: Browser, content: bytes) -> Page:
    return web.get("/patients/import").form("paste-rows").submit(rows=content.decode())


def token(web: Browser) -> str:
    return web.get("/patients/import").form("paste-rows").values["csrf_token"][0]


def send_pieces(web: Browser, content: bytes, *, part: int) -> str:
    """Send a file as the page's script does, and return the address of its page."""
    headers = {**web.headers, "X-CSRFToken": token(web), "Accept": "application/json"}
    begun = web.client.post("/patients/import", data={"file_name": "x.csv", "size": len(content)}, headers=headers)
    there = begun.get_json()
    pieces = [content[start : start + part] for start in range(0, len(content), part)]
    for position, piece in enumerate(pieces):
        answer = web.client.post(f"{there['part']}{position}", data=piece, content_type="text/csv", headers=headers)
        assert answer.status_code == 204, answer.get_data(as_text=True)
    page = web.client.post(there["check"], data={"part_count": len(pieces)}, headers=headers).get_json()["page"]
    return str(page)


def test_pasted_rows_are_checked_then_imported(desk: Browser, work: Work, session: Session) -> None:
    page = paste(desk, csv_of(person(1), person(2), person(3, state="GA")))
    assert "Being checked" in page.text
    assert page.one("progress").get("aria-label") == "Checked"
    work()
    page = desk.get(page.path)
    assert "state: Write FL or NJ." in page.text
    assert page.texts("tbody th") == ["4"]
    assert queries.count_patients(session) == 0
    page = page.form("take-in").submit("Import 2 patients")
    assert "Being taken in" in page.text
    work()
    page = desk.get(page.path)
    assert "Done" in page.text
    assert queries.count_patients(session) == 2


def test_cells_copied_from_a_spreadsheet_come_with_tabs(desk: Browser, work: Work) -> None:
    page = paste(desk, csv_of(GOOD).replace(b",", b"\t"))
    work()
    assert "Import 1 patient" in desk.get(page.path).form("take-in").buttons


def test_a_file_sent_in_pieces_is_put_together_byte_by_byte(desk: Browser, work: Work, session: Session) -> None:
    page = desk.get(send_pieces(desk, csv_of(GOOD | {"legal_first_name": "José", "city": "Opa-locka"}), part=7))
    work()
    desk.get(page.path).form("take-in").submit()
    work()
    assert queries.search(session, text="jose")[0].legal_first_name == "José"


@pytest.mark.parametrize("kind", ["multipart/form-data", "application/json", "text/plain"])
def test_pieces_are_taken_as_csv_only(desk: Browser, kind: str) -> None:
    headers = {**desk.headers, "X-CSRFToken": token(desk)}
    begun = desk.client.post("/patients/import", data={"file_name": "x.csv", "size": 5}, headers=headers).get_json()
    answer = desk.client.post(f"{begun['part']}0", data=b"a", content_type=kind, headers=headers)
    assert answer.status_code == 415


def test_no_other_page_takes_csv(desk: Browser) -> None:
    headers = {**desk.headers, "X-CSRFToken": token(desk)}
    assert desk.client.post("/patients/new", data=b"a", content_type="text/csv", headers=headers).status_code == 415


def test_a_piece_without_the_forms_token_is_refused(desk: Browser) -> None:
    headers = {**desk.headers, "X-CSRFToken": token(desk)}
    begun = desk.client.post("/patients/import", data={"file_name": "x.csv", "size": 5}, headers=headers).get_json()
    bare = desk.client.post(f"{begun['part']}0", data=b"a", content_type="text/csv", headers=dict(desk.headers))
    assert bare.status_code in {400, 403}


def test_a_file_of_200_mb_is_told_the_command(desk: Browser) -> None:
    headers = {**desk.headers, "X-CSRFToken": token(desk), "Accept": "application/json"}
    answer = desk.client.post("/patients/import", data={"file_name": "x.csv", "size": 200_000_000}, headers=headers)
    assert answer.status_code == 422
    assert "clinic import patients FILE.csv" in answer.get_json()["detail"]


def test_a_file_that_cannot_be_read_says_how_to_save_it(desk: Browser, work: Work) -> None:
    page = desk.get(send_pieces(desk, csv_of(GOOD | {"city": "José"}).decode().encode("latin-1"), part=5000))
    work()
    page = desk.get(page.path)
    assert "not written in UTF-8" in page.text
    assert "Nothing was changed." in page.text
    assert "take-in" not in page.forms


def test_rejected_rows_come_back_with_reasons_and_can_be_fed_again(desk: Browser, work: Work, session: Session) -> None:
    page = paste(desk, csv_of(person(1), person(2, county="Nowhere", phone="+13055550199")))
    work()
    desk.get(page.path).form("take-in").submit()
    work()
    answer = desk.client.get(f"{page.path}/rejected.csv", headers=dict(desk.headers))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="rejected.csv"'
    (row,) = csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"), newline=""))
    assert (row["line"], row["phone"]) == ("3", "'+13055550199")
    assert row["reason"].startswith("county: We know no such county in Florida.")
    fixed = io.StringIO()
    writer = csv.DictWriter(fixed, list(row))
    writer.writeheader()
    writer.writerow(row | {"county": "12086"})
    again = paste(desk, fixed.getvalue().encode())
    work()
    desk.get(again.path).form("take-in").submit()
    work()
    assert queries.count_patients(session) == 2
    (noted,) = session.scalars(select(AuditEvent.details).where(AuditEvent.action == "patient_import.downloaded"))
    assert noted == {"rows": 1}


def test_an_import_is_stopped_from_its_page(desk: Browser, work: Work, session: Session) -> None:
    page = paste(desk, csv_of(person(1)))
    work()
    page = desk.get(page.path).form("stop").submit()
    assert "Stopped" in page.text
    assert page.forms.keys().isdisjoint({"take-in", "stop"})
    assert queries.count_patients(session) == 0


def test_the_open_page_hears_of_progress(desk: Browser, work: Work) -> None:
    page = paste(desk, csv_of(person(1)))
    before = page.one("#import").get("data-live-pulse")
    assert desk.client.get(f"{page.path}/pulse").get_json() == {"pulse": before}
    work()
    assert desk.client.get(f"{page.path}/pulse").get_json()["pulse"] != before


@pytest.mark.parametrize("role", [Role.ADMIN, Role.PHYSICIAN])
def test_only_coordinators_import_patients(sign_in_as: Callable[..., Browser], role: Role) -> None:
    assert sign_in_as(role, name="Ada Lind").get("/patients/import").status == 403


def test_a_colleague_sees_the_file_and_does_not_decide_about_it(
    desk: Browser, sign_in_as: Callable[..., Browser], work: Work
) -> None:
    page = paste(desk, csv_of(GOOD))
    work()
    other = sign_in_as(Role.COORDINATOR, name="Eve Lind").get(page.path)
    assert "Dana Reyes sent this file and decides about it." in other.text
    assert "take-in" not in other.forms


def test_no_rows_at_all_are_asked_for_again(desk: Browser) -> None:
    page = desk.get("/patients/import").form("paste-rows").submit(rows="")
    assert page.status == 422
    assert page.errors == {"rows": "Paste the rows, with the names of the columns in the first line."}


def test_the_page_names_every_column(desk: Browser, now: datetime) -> None:
    page = desk.get("/patients/import")
    assert {"external_key", "birth_date", "county", "consent_wording"} <= set(page.texts("tbody th"))
