"""A file of patients chosen in the browser: sent in pieces, checked, decided about, taken in while the page watches."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Live
from tests.browser.measures import sideways
from tests.domains.people.import_files import csv_of, person
from workers import work


def test_a_file_is_sent_checked_and_taken_in(live: Live, visit_as: Callable[..., Page], tmp_path: Path):
    path = tmp_path / "patients.csv"
    rows = [person(number, address_line="1 A very long street " + "x" * 95) for number in range(10, 910)]
    path.write_bytes(csv_of(*rows, person(5, state="GA"), person(6, birth_date="31/12/1984")))
    assert path.stat().st_size > 184_320
    page = visit_as(live, staff="dana")
    page.goto("/patients")
    page.get_by_role("link", name="Import a file").click()
    page.get_by_label("CSV file").set_input_files(path)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("patients.csv")
    expect(page.get_by_role("progressbar")).to_be_visible()

    work.imports(live.town.runtime, seconds=0)
    expect(page.get_by_text("100 rows checked")).to_be_visible()
    page.evaluate("window.isTheSamePage = true")
    work.imports(live.town.runtime, seconds=1000)
    expect(page.get_by_text("Waits for you")).to_be_visible()
    assert page.evaluate("window.isTheSamePage")
    expect(page.get_by_role("table")).to_contain_text("state: Write FL or NJ.")
    assert violations(page) == []
    page.get_by_role("button", name="Import 900 patients").click()
    work.imports(live.town.runtime, seconds=0)
    expect(page.get_by_text("Being taken in")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".chip", has_text="Stopping")).to_be_visible()
    work.imports(live.town.runtime, seconds=1000)
    expect(page.locator(".chip", has_text="Stopped")).to_be_visible()
    expect(page.get_by_role("link", name="Download rejected.csv")).to_be_visible()


def test_a_workbook_is_refused_with_what_to_do(live: Live, visit_as: Callable[..., Page], tmp_path: Path):
    path = tmp_path / "patients.xlsx"
    path.write_bytes(b"PK\x03\x04" + b"\x00" * 400)
    page = visit_as(live, staff="dana", size=(390, 844))
    page.goto("/patients/import")
    page.get_by_label("CSV file").set_input_files(path)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("Being checked")).to_be_visible()
    work.imports(live.town.runtime, seconds=10)
    expect(page.get_by_text("This is an Excel workbook")).to_be_visible()
    assert sideways(page) == 0


def test_a_file_of_200_mb_never_leaves_the_computer(live: Live, visit_as: Callable[..., Page], tmp_path: Path):
    path = tmp_path / "all.csv"
    with path.open("wb") as out:
        out.truncate(200_000_000)
    page = visit_as(live, staff="dana")
    page.goto("/patients/import")
    page.get_by_label("CSV file").set_input_files(path)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("status").filter(has_text="clinic import patients FILE.csv")).to_be_visible()


def test_without_scripts_rows_are_pasted_and_the_page_refreshes_itself(live: Live, visit_as: Callable[..., Page]):
    page = visit_as(live, staff="dana", java_script_enabled=False)
    page.goto("/patients/import")
    expect(page.get_by_label("CSV file")).to_be_hidden()
    page.get_by_role("textbox", name="Rows").fill(csv_of(person(40)).decode())
    page.get_by_role("button", name="Check the rows").click()
    expect(page.get_by_text("Being checked")).to_be_visible()
    work.imports(live.town.runtime, seconds=10)
    expect(page.get_by_role("button", name="Import 1 patient")).to_be_visible()
